"""What every simulated world is: users in hidden states, pushed by touches, with exact
expectations.

A world is a finite Markov chain per class of users. It is told twice: `sample` draws one company's
users day by day, `day` moves whole (expected) populations. Touches of a channel on a day are
Poisson with the volume bought and fall on users in proportion to `reach`, so the expectation of a
day, given the populations, is exact; over many users the populations follow their expectation (mean
field), which is what "expected customers of a plan" means.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.messages import _
from optimizer.registry import Registry
from optimizer.simulate.company import Array, Company
from optimizer.simulate.knobs import Knobs

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Happened:
    """What one sampled day left behind: the users' new states and the milestones that showed.

    Parameters
    ----------
    state
        Of every user.
    user, kind, hour
        Of every milestone: who, index into the world's `milestones`, hours since the day began (may
        pass 24).
    buyers
        Users who bought.
    """

    state: Index
    user: Index
    kind: Index
    hour: Array
    buyers: Index


class World(ABC):
    """One mechanism. S hidden states, G classes of users, C paid channels.

    Parameters
    ----------
    company, knobs
        Whom it happens to.
    rng
        Of the mechanism's own parameters.

    Attributes
    ----------
    classes
        (G,) share of users in each class.
    weight
        (G,) how readily a class is reached; mean 1 over users.
    reach
        (C, S) relative chance that a touch of c falls on a user in state s.
    own
        (S,) visits per user-day that nobody pays for (`direct`).
    milestones
        Names of the events this world writes; the last one is the purchase.
    states
        S.
    """

    classes: Array
    weight: Array
    reach: Array
    own: Array
    milestones: tuple[str, ...]
    states: int

    def __init__(self, company: Company, knobs: Knobs, rng: np.random.Generator) -> None:
        self.company, self.knobs = company, knobs
        self.weight, self.classes = _classes(knobs.heavy)

    @abstractmethod
    def start(self) -> Array:
        """(G, S) expected users in each state when the history begins; nobody has bought yet."""

    @abstractmethod
    def day(self, users: Array, volume: Array, season: float) -> tuple[Array, Array, Array]:
        """One expected day.

        Parameters
        ----------
        users
            (n, G, S) expected users.
        volume
            (n, C) touches.
        season
            Factor on organic demand.

        Returns
        -------
        tuple
            Users the day after, new customers (n,), orders (n,).
        """

    @abstractmethod
    def sample(
        self,
        rng: np.random.Generator,
        state: Index,
        touched: list[tuple[Index, Array]],
        season: float,
    ) -> Happened:
        """One drawn day; `touched` holds per paid channel the users touched and the hours of the
        touches.

        Parameters
        ----------
        rng
            Where all chance comes from.
        state
            (users,) hidden state of each user this morning; not changed.
        touched
            One (users touched, hours since the day began) per paid channel, in the order of the
            channels; a user may be in it several times.
        season
            Factor on organic demand.

        Returns
        -------
        Happened
            The new states and what showed. `about_to_buy` was asked for the same day before: its
            luck is used here.
        """

    @abstractmethod
    def about_to_buy(self, rng: np.random.Generator, state: Index, season: float) -> Index:
        """Users whom `sample` will let buy today whatever the touches: what a harvesting channel
        sniffs out.

        Parameters
        ----------
        rng
            Where all chance comes from.
        state
            (users,) hidden state of each user this morning.
        season
            Factor on organic demand.

        Returns
        -------
        Index
            Numbers of users, sorted.
        """

    def hidden(self) -> dict[str, Any]:
        """The hidden rates, for truth.json."""
        return {}

    def rates(self, users: Array, volume: Array) -> Array:
        """Touches per user-day, (n, C, G, S), when `volume` (n, C) touches fall on `users` (n, G,
        S).

        Parameters
        ----------
        users
            (n, G, S) expected users.
        volume
            (n, C) touches in a day.

        Returns
        -------
        Array
            0 where a channel reaches nobody.
        """
        pull = self.weight[:, None] * self.reach[:, None, :]  # C, G, S
        mass = np.einsum("cgs,ngs->nc", pull, users)
        per = np.divide(volume, mass, out=np.zeros_like(volume), where=mass > 0)
        out: Array = per[:, :, None, None] * pull
        return out

    def run(self, users: Array, volumes: Array, seasons: Array) -> tuple[Array, Array, Array]:
        """Expected new customers and orders over days.

        Parameters
        ----------
        users
            (G, S) at the start.
        volumes
            (n, days, C) touches.
        seasons
            (days,) factor on organic demand.

        Returns
        -------
        tuple
            New customers (n,), orders (n,), users at the end (n, G, S).
        """
        now = np.broadcast_to(users, (len(volumes), *users.shape)).copy()
        new, orders = np.zeros(len(volumes)), np.zeros(len(volumes))
        for d in range(volumes.shape[1]):
            now, bought, ordered = self.day(now, volumes[:, d], float(seasons[d]))
            new += bought
            orders += ordered
        return new, orders, now


WORLDS: Registry[type[World]] = Registry(
    _("world"), "optimizer.worlds", home="optimizer.simulate.worlds"
)


def _classes(heavy: float, count: int = 5) -> tuple[Array, Array]:
    """Equal classes of users whose reach spreads like a lognormal of that sigma; mean 1."""
    from scipy.special import ndtri

    weight = np.exp(heavy * ndtri((np.arange(count) + 0.5) / count))
    return weight / weight.mean(), np.full(count, 1.0 / count)
