"""Needs arise; people consider for some days, then choose among us and competitors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from families.company import HORIZON, PEOPLE, SEARCH, WEEKS, Company, last_touch, rng_of
from families.log import Array, EventLog

DECIDE = 0.22  # chance a day that one who considers decides
SAMPLE = 6_000  # people whose days are run for the truth


@dataclass
class People:
    """What each person carries: taste for us, fading memory, an open need, what was met in it."""

    taste: Array
    memory: Array
    need: Array
    met: Array

    def copy(self) -> People:
        return People(self.taste, self.memory.copy(), self.need.copy(), self.met.copy())


class Choice(Company):
    """Discrete choice: utility of us = constant + taste + memory of touches + touches met while
    considering; the others' is 0. Ads lean to those who consider and those who like us.
    """

    exact = False

    def __init__(self, seed: int, follow: float = 0.5) -> None:
        rng = rng_of(seed, 81)
        super().__init__(rng, 8, follow)
        self._seed = seed
        channels = len(self.channels)
        self._need = 0.006 * rng.uniform(0.7, 1.4)
        self._constant = rng.uniform(-4.2, -3.0)
        self._taste = rng.uniform(0.4, 0.9)
        self._remembered = rng.uniform(0.02, 0.30, channels) * (rng.random(channels) < 0.6)
        self._keep = 0.5 ** (1 / rng.uniform(7, 40))  # of a memory, each day
        self._weighed = rng.uniform(0.2, 1.6, channels) * (rng.random(channels) < 0.5)
        self._remembered[SEARCH] = 0.0
        self._weighed[SEARCH] = 0.0 if rng.random() < 0.5 else rng.uniform(0.6, 1.8)
        self._to_need = 1 + rng.uniform(0, 10, channels)
        self._to_liking = rng.uniform(0, 1.0, channels)
        self._to_need[SEARCH], self._to_liking[SEARCH] = 25.0, 1.5
        self._to_need[5] = 15.0  # shop ads
        self._end: tuple[People, Array] | None = None

    def _begin(self, n: int, rng: np.random.Generator) -> People:
        return People(rng.normal(0, self._taste, n), np.zeros(n), np.zeros(n, bool), np.zeros(n))

    def _day(self, people: People, spend: Array, day: int, chance: Array) -> tuple[Array, ...]:
        """A day of everyone, in place: touches, who decides, and each one's chance to choose us.

        `chance` is (n, C + 2): a number for each touch, for deciding, for a new need.
        """
        n, channels = len(people.taste), len(self.channels)
        liking = np.exp(np.clip(people.taste + people.memory, -3, 4))[:, None] ** self._to_liking
        weight = np.where(people.need[:, None], self._to_need, 1.0) * liking
        weight[~people.need, SEARCH] = 0.02
        touches = self.touches_a_day(spend) * n / PEOPLE
        hit = chance[:, :channels] < 1 - np.exp(-weight * (touches / weight.sum(axis=0)))
        people.met += np.where(people.need, hit @ self._weighed, 0.0)
        people.memory = people.memory * self._keep + hit @ self._remembered
        decides = people.need & (chance[:, channels] < DECIDE)
        utility = self._constant + people.taste + people.memory + people.met
        arises = ~people.need & (chance[:, channels + 1] < self._need * self.demand[day])
        people.need = (people.need & ~decides) | arises
        met, people.met = people.met, np.where(decides, 0.0, people.met)
        return hit, decides, 1 / (1 + np.exp(-utility)), met

    def future(self, plan: Array) -> float:
        """Every plan meets the same people with the same chances."""
        shape = (SAMPLE, len(self.channels) + 2)
        if self._end is None:
            rng = rng_of(self._seed, 82)
            people = self._begin(SAMPLE, rng)
            for day in range(7 * WEEKS):
                chance = rng.random(shape, dtype=np.float32)
                self._day(people, self.spend[day // 7], day, chance)
            self._end = people, rng.random((7 * HORIZON, *shape), dtype=np.float32)
        people, chances = self._end[0].copy(), self._end[1]
        customers = 0.0
        for day, chance in enumerate(chances, start=7 * WEEKS):
            _, decides, ours, _ = self._day(people, plan, day, chance)
            customers += float(ours[decides].sum())
        return customers * PEOPLE / SAMPLE

    def events(self) -> pd.DataFrame:
        rng, log = rng_of(self._seed, 83), EventLog()
        people = self._begin(PEOPLE, rng)
        shape = (PEOPLE, len(self.channels) + 2)
        for day in range(7 * WEEKS):
            considering = people.need.copy()
            chance = rng.random(shape, dtype=np.float32)
            hit, decides, ours, met = self._day(people, self.spend[day // 7], day, chance)
            touches, seconds = last_touch(hit, rng)
            for channel, (users, when) in zip(self.channels, touches, strict=True):
                log.put(users, day, when, "touch", channel)
            moved = considering & (hit @ (self._weighed + self._remembered) > 0)
            viewed = np.flatnonzero(moved & (rng.random(PEOPLE) < 0.4))
            log.put(viewed, day, seconds[viewed] + 30, "product_view")
            leaning = met + people.memory + people.taste > 0.8
            carted = considering & ~decides & leaning & (rng.random(PEOPLE) < 0.3)
            users = np.flatnonzero(carted)
            log.put(users, day, rng.integers(60_000, 80_000, len(users)), "add_to_cart")
            buyers = np.flatnonzero(decides & (rng.random(PEOPLE) < ours))
            seen = rng.random(len(buyers)) < 0.4
            log.put(buyers[seen], day, 81_000, "touch", "direct")
            paid = rng.lognormal(5, 0.4, len(buyers))
            log.put(buyers, day, 82_000, "purchase", value=paid)
        return log.frame()
