"""What every simulated world is: users in hidden states, pushed by touches, with exact expectations.

A world is a finite Markov chain per class of users. It is told twice: `sample` draws one company's users day by
day, `day` moves whole (expected) populations. Touches of a channel on a day are Poisson with the volume bought and
fall on users in proportion to `reach`, so the expectation of a day, given the populations, is exact; over many
users the populations follow their expectation (mean field), which is what "expected customers of a plan" means.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.messages import _
from optimizer.registry import Registry
from optimizer.simulate.company import Array, Company
from optimizer.simulate.knobs import Knobs

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Happened:
    """What one sampled day left behind: the user's new states and the milestones that showed.

    kind: index into the world's `milestones`; hour: hours since the day began (may pass 24)
    """

    state: Index
    user: Index
    kind: Index
    hour: Array
    buyers: Index


class World(ABC):
    """One mechanism. S hidden states, G classes of users, C paid channels.

    classes:  (G,) share of users in each class
    weight:   (G,) how readily a class is reached; mean 1 over users
    reach:    (C, S) relative chance that a touch of c falls on a user in state s
    own:      (S,) visits per user-day that nobody pays for (`direct`)
    milestones: event names this world writes
    """

    classes: Array
    weight: Array
    reach: Array
    own: Array
    milestones: tuple[str, ...]
    states: int

    def __init__(self, company: Company, knobs: Knobs) -> None:
        self.company, self.knobs = company, knobs
        self.weight, self.classes = _classes(knobs.heavy)

    @abstractmethod
    def start(self) -> Array:
        """(G, S) expected users in each state when the history begins; nobody has bought yet."""

    @abstractmethod
    def day(self, users: Array, volume: Array, season: float) -> tuple[Array, Array, Array]:
        """One expected day. users (n, G, S), volume (n, C) touches -> users, new customers (n,), orders (n,)."""

    @abstractmethod
    def sample(
        self,
        rng: np.random.Generator,
        state: Index,
        touched: list[tuple[Index, Array]],
        season: float,
    ) -> Happened:
        """One drawn day; `touched` holds per paid channel the users touched and the hours of the touches."""

    @abstractmethod
    def about_to_buy(self, rng: np.random.Generator, state: Index, season: float) -> Index:
        """Users whom `sample` will let buy today whatever the touches: what a harvesting channel sniffs out."""

    def rates(self, users: Array, volume: Array) -> Array:
        """Touches per user-day, (n, C, G, S), when `volume` (n, C) touches fall on `users` (n, G, S)."""
        pull = self.weight[:, None] * self.reach[:, None, :]  # C, G, S
        mass = np.einsum("cgs,ngs->nc", pull, users)
        per = np.divide(volume, mass, out=np.zeros_like(volume), where=mass > 0)
        out: Array = per[:, :, None, None] * pull
        return out

    def run(self, users: Array, volumes: Array, seasons: Array) -> tuple[Array, Array, Array]:
        """Expected new customers and orders over days. users (G, S); volumes (n, days, C); -> (n,), (n,), users."""
        now = np.broadcast_to(users, (len(volumes), *users.shape)).copy()
        new, orders = np.zeros(len(volumes)), np.zeros(len(volumes))
        for d in range(volumes.shape[1]):
            now, bought, ordered = self.day(now, volumes[:, d], float(seasons[d]))
            new += bought
            orders += ordered
        return new, orders, now


WORLDS: Registry[type[World]] = Registry(_("world"), "optimizer.worlds")


def _classes(heavy: float, count: int = 5) -> tuple[Array, Array]:
    """Equal classes of users whose reach spreads like a lognormal of that sigma; mean 1."""
    from scipy.special import ndtri

    weight = np.exp(heavy * ndtri((np.arange(count) + 0.5) / count))
    return weight / weight.mean(), np.full(count, 1.0 / count)
