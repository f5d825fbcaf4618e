"""People move through states of a market: how they favour us, and how near they are to buying.

The idea of populations in market states follows Chen et al., "The Google Marketing System
Simulator" (2017); rates and rules are our own.
"""

from __future__ import annotations

import numpy as np

from families.company import PEOPLE, SEARCH, Populations, rng_of
from families.log import Array, EventLog

UNAWARE, NEUTRAL, FAVOURABLE = range(3)
IDLE, EXPLORING, BUYING = range(3)
LAPSE = 0.08  # chance a day that one who explores stops
LEAVE = 0.25  # chance a day that one about to buy buys elsewhere or not at all


class Market(Populations):
    """Favour (unaware, neutral, favourable) by need (idle, exploring, about to buy).

    A channel may raise favour, start or advance a search, win the buyer, or several of these;
    brand search meets buyers and does nothing in half of the companies.
    """

    def __init__(self, seed: int, follow: float = 0.5) -> None:
        rng = rng_of(seed, 79)
        super().__init__(rng, 8, follow)
        self.history = (seed, 80)
        channels = len(self.channels)
        self._explore = 0.004 * rng.uniform(0.6, 1.5)
        self._commit = 0.06 * rng.uniform(0.7, 1.3)
        self._forget = np.array([0.0, 0.004, 0.008]) * rng.uniform(0.6, 1.5)
        self._take = np.array([0.02, 0.10, 0.30]) * rng.uniform(0.7, 1.3)
        does = rng.random((channels, 3)) < np.array([0.5, 0.35, 0.3])
        does[~does.any(axis=1), 0] = True
        strength = np.column_stack(
            [
                rng.uniform(low, high, channels)
                for low, high in ((0.01, 0.10), (0.005, 0.06), (0.02, 0.20))
            ]
        )
        self._does = np.where(does, strength, 0.0)  # (C, 3): raises favour, advances need, wins
        if rng.random() < 0.5:
            self._does[SEARCH] = 0.0
        else:
            self._does[SEARCH, 2] = rng.uniform(0.05, 0.25)
        by_need = np.ones((channels, 3))
        by_need[:, EXPLORING] += rng.uniform(0, 6, channels)
        by_need[:, BUYING] += rng.uniform(0, 10, channels)
        by_need[SEARCH] = [0.05, 2, 20]
        by_favour = np.ones((channels, 3))
        by_favour[:, FAVOURABLE] += rng.uniform(0, 1.5, channels)
        by_favour[SEARCH] = [0.1, 1, 4]
        self.aim = (by_favour[:, :, None] * by_need[:, None, :]).reshape(channels, 9)
        self.start = PEOPLE * np.array([0.8, 0, 0, 0.15, 0, 0, 0.05, 0, 0])

    def step(self, people: Array, spend: Array, day: int) -> tuple[Array, float]:
        rate = self.rates(people, spend)
        favour, need, win = (1 - np.exp(-(effect @ rate)).reshape(3, 3) for effect in self._does.T)
        here = people.reshape(3, 3)
        bought = here[:, BUYING] * (1 - (1 - self._take) * (1 - win[:, BUYING]))
        after = here.copy()
        after[:, BUYING] -= bought
        after[FAVOURABLE, IDLE] += bought.sum()  # a buyer favours us and needs nothing more
        left = after[:, BUYING] * LEAVE
        after[:, BUYING] -= left
        after[:, IDLE] += left
        own = min(self._explore * self.demand[day], 1.0)
        exploring = here[:, IDLE] * (1 - (1 - own) * (1 - need[:, IDLE]))
        committed = here[:, EXPLORING] * (1 - (1 - self._commit) * (1 - need[:, EXPLORING]))
        lapsed = (here[:, EXPLORING] - committed) * LAPSE
        after[:, IDLE] += lapsed - exploring
        after[:, EXPLORING] += exploring - committed - lapsed
        after[:, BUYING] += committed
        up = after[:FAVOURABLE] * favour[:FAVOURABLE]
        reminded = np.vstack([favour[NEUTRAL:FAVOURABLE], np.zeros((1, 3))])
        down = after[NEUTRAL:] * self._forget[NEUTRAL:, None] * (1 - reminded)
        after[:FAVOURABLE] += down - up
        after[NEUTRAL:] += up - down
        return after.reshape(9), float(bought.sum())

    def day(
        self,
        state: Array,
        met: Array,
        seconds: Array,
        day: int,
        rng: np.random.Generator,
        log: EventLog,
    ) -> Array:
        """Every person's state after a day; what they do is logged."""
        favour, need = np.divmod(state, 3)
        chance = rng.random((*met.shape, 3))
        does = chance < 1 - (1 - self._does) ** met[:, :, None]
        liked, pushed, drawn = np.moveaxis(does.any(axis=1), 1, 0)
        won = (need == BUYING) & drawn
        alone = (need == BUYING) & ~drawn & (rng.random(PEOPLE) < self._take[favour])
        own = self._explore * self.demand[day]
        exploring = (need == IDLE) & (pushed | (rng.random(PEOPLE) < own))
        committed = (need == EXPLORING) & (pushed | (rng.random(PEOPLE) < self._commit))
        lapsed = (need == EXPLORING) & ~committed & (rng.random(PEOPLE) < LAPSE)
        left = (need == BUYING) & ~won & ~alone & (rng.random(PEOPLE) < LEAVE)
        raised = liked & (favour < FAVOURABLE)
        forgotten = ~liked & (favour > UNAWARE) & (rng.random(PEOPLE) < self._forget[favour])
        need = np.where(exploring, EXPLORING, np.where(committed, BUYING, need))
        need = np.where(lapsed | left | won | alone, IDLE, need)
        favour = np.where(won | alone, FAVOURABLE, favour + raised - forgotten)
        engaged = np.flatnonzero(raised & (rng.random(PEOPLE) < 0.5))
        log.put(engaged, day, seconds[engaged] + 30, "engage")
        for moved, event in ((exploring, "product_view"), (committed, "add_to_cart")):
            shown = np.flatnonzero(moved & (rng.random(PEOPLE) < 0.8))
            later = rng.integers(0, 80_000, len(shown))
            log.put(shown, day, np.where(pushed[shown], seconds[shown] + 60, later), event)
        direct = np.flatnonzero(alone & (rng.random(PEOPLE) < 0.4))
        log.put(direct, day, rng.integers(60_000, 80_000, len(direct)), "touch", "direct")
        buyers = np.flatnonzero(won | alone)
        when = np.where(won[buyers], seconds[buyers] + 90, 82_000)
        log.put(buyers, day, when, "purchase", value=rng.lognormal(5, 0.4, len(buyers)))
        return np.asarray(favour * 3 + need)
