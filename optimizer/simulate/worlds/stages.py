"""Worlds with a hidden stage process: `stages`, and `direct_response` where only the last touch
matters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.simulate.company import Array, Company
from optimizer.simulate.knobs import Knobs
from optimizer.simulate.world import WORLDS, Happened, Index, World


class StageWorld(World):
    """Hidden stages 0..K-1 before the first purchase, then K (bought once) and K+1 (bought again).

    Attributes
    ----------
    organic
        (S,) daily chance to step with no touch; from K-1 a step is the first purchase, from K on an
        order.
    push
        (C, S) chance that one touch makes the user step.
    leap
        (S,) daily chance to buy outright from an early stage.
    fade
        (S,) daily chance to fall back one stage.
    shows
        Milestone (index) that a step *out of* stage s leaves, with probability `seen[s]`.
    before
        K.
    burn
        Days of marketing before the history begins.
    """

    organic: Array
    push: Array
    leap: Array
    fade: Array
    shows: tuple[int, ...]
    seen: Array
    before: int
    burn: int = 90

    def __init__(self, company: Company, knobs: Knobs, rng: np.random.Generator) -> None:
        super().__init__(company, knobs, rng)
        self.draw(rng)
        self.organic = np.minimum(self.organic * knobs.organic, 0.5)
        self.leap = np.minimum(self.leap * knobs.organic, 0.5)
        null = np.array([r != "work" for r in company.role])
        self.push[null] = 0.0
        self.states = len(self.organic)

    def draw(self, rng: np.random.Generator) -> None:
        """Set the rates of the process.

        Parameters
        ----------
        rng
            Where all chance comes from. A subclass sets `before`, `organic`, `leap`, `fade`,
            `push`, `reach`, `own`, `shows` and `seen`; knobs for organic demand and for channels
            that do nothing are put on them afterwards.
        """
        raise NotImplementedError

    def hidden(self) -> dict[str, Any]:
        """The rates of the process, by channel and stage."""
        return {
            "push": {
                c: [round(float(x), 6) for x in row]
                for c, row in zip(self.company.channels, self.push, strict=True)
            },
            "organic": [round(float(x), 6) for x in self.organic],
            "fade": [round(float(x), 6) for x in self.fade],
            "leap": [round(float(x), 6) for x in self.leap],
        }

    def start(self) -> Array:
        """Marketing as usual for `burn` days, without buyers."""
        usual = self.company.touches(self.company.spend.mean(axis=0)) / 7
        users = np.zeros((1, len(self.classes), self.states))
        users[0, :, 0] = self.classes * self.knobs.users
        for _ in range(self.burn):
            users, _, _ = self.day(users, usual[None], 1.0)
            fresh = users[0, :, : self.before]  # forget the buyers: the brand had no shop yet
            users[0, :, : self.before] = (
                fresh
                / fresh.sum(axis=1, keepdims=True)
                * (self.classes * self.knobs.users)[:, None]
            )
            users[0, :, self.before :] = 0
        out: Array = users[0]
        return out

    def day(self, users: Array, volume: Array, season: float) -> tuple[Array, Array, Array]:
        """Steps by themselves or by a touch, then leaps, then falls.

        Parameters
        ----------
        users, volume, season
            As `World.day` takes them.
        """
        k = self.before
        stay = (1 - np.minimum(self.organic * season, 1)) * np.exp(
            -np.einsum("ncgs,cs->ngs", self.rates(users, volume), self.push)
        )
        stepped = users * (1 - stay)
        rest = users - stepped
        leapt = rest * np.minimum(self.leap * season, 1)
        rest = rest - leapt
        faded = rest * self.fade
        after = rest - faded
        after[..., 1:] += stepped[..., :-1]
        after[..., -1] += stepped[..., -1]
        after[..., k] += leapt[..., :k].sum(axis=-1)
        after[..., :-1] += faded[..., 1:]
        new = stepped[..., k - 1].sum(axis=1) + leapt[..., :k].sum(axis=(1, 2))
        return after, new, new + stepped[..., k:].sum(axis=(1, 2))

    def about_to_buy(self, rng: np.random.Generator, state: Index, season: float) -> Index:
        """Those in the last stage who step by themselves.

        Parameters
        ----------
        rng, state, season
            As `World.about_to_buy` takes them.
        """
        chance = np.where(
            np.arange(self.states) >= self.before - 1, np.minimum(self.organic * season, 1), 0.0
        )
        self._steps = rng.random(len(state)) < np.minimum(self.organic * season, 1)[state]
        return np.flatnonzero(self._steps & (chance[state] > 0))

    def sample(
        self,
        rng: np.random.Generator,
        state: Index,
        touched: list[tuple[Index, Array]],
        season: float,
    ) -> Happened:
        """The day drawn, as `day` expects it.

        Parameters
        ----------
        rng, state, touched, season
            As `World.sample` takes them.
        """
        k, n = self.before, len(state)
        hour = rng.uniform(8, 24, n)  # when an untouched step happens
        stepped = self._steps.copy()
        for c, (who, when) in enumerate(touched):
            hit = rng.random(len(who)) < self.push[c, state[who]]
            lucky, at = who[hit], when[hit]
            # the step follows the touch by some hours
            hour[lucky] = at + rng.exponential(3.0, len(lucky)) + 0.02
            stepped[lucky] = True
        rest = ~stepped
        leapt = rest & (rng.random(n) < np.minimum(self.leap * season, 1)[state]) & (state < k)
        faded = rest & ~leapt & (rng.random(n) < self.fade[state])
        bought = leapt | (stepped & (state >= k - 1))
        shows = stepped & (state < k - 1)
        shows[shows] = rng.random(int(shows.sum())) < self.seen[state[shows]]
        after = state.copy()
        after[stepped] = np.minimum(state[stepped] + 1, self.states - 1)
        after[leapt] = k
        after[faded] -= 1
        seen = np.flatnonzero(shows)
        buyers = np.flatnonzero(bought)
        kinds = np.concatenate(
            [
                np.array(self.shows, dtype=np.int64)[state[seen]],
                np.full(len(buyers), len(self.milestones) - 1, dtype=np.int64),
            ]
        )
        who = np.concatenate([seen, buyers])
        return Happened(after, who, kinds, hour[who], buyers)


def _push(
    rng: np.random.Generator,
    company: Company,
    work: list[int],
    stages: int,
    strong: tuple[float, float],
) -> Array:
    """Chance per touch by channel and stage: each channel has one stage it is made for, and a
    little elsewhere.
    """
    count = len(company.channels)
    push = rng.uniform(0.0, 0.012, (count, stages))
    for c in range(count):
        push[c, work[c]] = rng.uniform(*strong)
    return push


@WORLDS.register
class stages(StageWorld):
    """Hidden awareness, interest and decision; touches push a stage on, people fade back, most
    steps show.
    """

    milestones = ("engage", "product_view", "add_to_cart", "purchase")

    def draw(self, rng: np.random.Generator) -> None:
        """Each channel works in one stage, and the private domain on those who have bought."""
        company, knobs = self.company, self.knobs
        count = len(company.channels)
        self.before = 3
        self.organic = np.array([0.0035, 0.006, 0.011, 0.004, 0.009]) * rng.uniform(0.7, 1.3, 5)
        self.leap = np.array([0.00008, 0.0003, 0.0, 0.0, 0.0]) * rng.uniform(0.5, 1.5, 5)
        self.fade = np.array([0.0, 0.022, 0.04, 0.0, 0.015]) * rng.uniform(0.6, 1.4, 5)
        work = [(1, 0, 2, 2)[c] if c < 4 else int(rng.integers(0, 3)) for c in range(count)]
        self.push = _push(rng, company, work, 5, (0.03, 0.11))
        if count > 3:
            self.push[3, 3:] = rng.uniform(0.03, 0.08, 2)  # the private domain brings buyers back
        affinity = np.ones((count, 5))
        for c in range(count):
            affinity[c] = 0.5
            affinity[c, work[c]] = 4.0
        self.reach = (1 - knobs.targeting) + knobs.targeting * affinity
        for c, role in enumerate(company.role):
            if role == "harvest":
                self.reach[c] = [0.03, 0.15, 1.0, 0.1, 0.1]
            if role == "null":
                self.reach[c] = 1.0
        self.own = np.array([0.002, 0.01, 0.05, 0.02, 0.04])
        self.shows = (0, 2, 3, 3, 3)
        self.seen = np.full(5, knobs.seen)


@WORLDS.register
class direct_response(StageWorld):
    """People come into the market by themselves; a touch then sells at once or not at all. Last
    touch is right here.
    """

    milestones = ("product_view", "add_to_cart", "purchase")

    def draw(self, rng: np.random.Generator) -> None:
        """Every channel works on those in the market."""
        company, knobs = self.company, self.knobs
        count = len(company.channels)
        self.before = 2
        self.organic = np.array([0.012, 0.004, 0.002, 0.004]) * rng.uniform(0.7, 1.3, 4)
        self.leap = np.zeros(4)
        self.fade = np.array([0.0, 0.05, 0.0, 0.01]) * rng.uniform(0.7, 1.3, 4)
        self.push = np.zeros((count, 4))
        self.push[:, 1] = rng.uniform(0.01, 0.12, count)
        self.push[:, 2:] = rng.uniform(0.0, 0.01, (count, 1))
        self.reach = (1 - knobs.targeting) + knobs.targeting * np.tile(
            [0.7, 1.8, 0.7, 0.7], (count, 1)
        )
        for c, role in enumerate(company.role):
            if role == "harvest":
                self.reach[c] = [0.1, 1.0, 0.1, 0.1]
        self.own = np.array([0.002, 0.03, 0.01, 0.03])
        self.shows = (0, 2, 2, 2)
        self.seen = np.full(4, 0.5 * knobs.seen)
