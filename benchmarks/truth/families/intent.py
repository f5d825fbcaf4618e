"""People without a need, with one to come, or about to buy; ads may be aimed at the latter."""

from __future__ import annotations

import numpy as np

from families.company import PEOPLE, Populations, rng_of
from families.log import Array, EventLog

CALM, RISING, HIGH = range(3)
RISE = 0.25  # chance a day that a coming need has come
SHOWN = 0.8  # share of steps that leave an event


class Intent(Populations):
    """Touches raise intent or convert it; needs also arise, and buy, by themselves.

    Some channels convert rather than raise, up to two do nothing at all.
    """

    def __init__(
        self,
        seed: int,
        aim: float,
        follow: float = 0.0,
        second_id: float = 0.0,
        rests: float = 0.04,
    ) -> None:
        """
        Parameters
        ----------
        seed
            Of the company.
        aim
            How much likelier platforms show ads to people whose intent rises or is high.
        follow, rests
            See `Company`.
        second_id
            Share of touches and purchases that are recorded under a person's second id.
        """
        rng = rng_of(seed, 77)
        super().__init__(rng, 7, follow, rests)
        self.history = (seed, 78)
        self._second_id = second_id
        channels = len(self.channels)
        self._arise = 0.0016 * rng.uniform(0.7, 1.4)
        self._hazard = 0.03 * rng.uniform(0.7, 1.3)
        self._fade = 0.05
        raises, converts = rng.uniform(0.001, 0.012, channels), rng.uniform(0.005, 0.10, channels)
        near = rng.random(channels) < 0.4
        raises[near] *= 0.2
        converts[near] *= 1.6
        converts[~near] *= 0.3
        idle = np.zeros(channels, bool)
        idle[rng.permutation(channels)[: rng.integers(0, 3)]] = True
        raises[idle] = converts[idle] = 0.0
        self._raises, self._converts = raises, converts
        self.aim = np.ones((channels, 3))
        self.aim[:, RISING] += aim * rng.uniform(0, 8, channels)
        self.aim[:, HIGH] += aim * rng.uniform(0, 10, channels)
        self.aim[near | idle, HIGH] *= 1.8
        self.start = PEOPLE * np.array([0.97, 0.01, 0.02])

    def step(self, people: Array, spend: Array, day: int) -> tuple[Array, float]:
        rate = self.rates(people, spend)
        raised = 1 - np.exp(-(rate[:, CALM] @ self._raises))
        buying = 1 - np.exp(-(rate[:, HIGH] @ self._converts + self._hazard))
        up = people[CALM] * raised
        arising = people[CALM] * (1 - raised) * min(self._arise * self.demand[day], 1.0)
        risen = people[RISING] * RISE
        bought = people[HIGH] * buying
        faded = (people[HIGH] - bought) * self._fade
        moved = (bought + faded - up - arising, arising - risen, up + risen - bought - faded)
        return people + np.array(moved), float(bought)

    def recorded(self, users: Array, rng: np.random.Generator) -> Array:
        if not self._second_id:
            return users
        return users + PEOPLE * (rng.random(len(users)) < self._second_id)

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
        chance = rng.random(met.shape)
        calm, high = state == CALM, state == HIGH
        raised = calm & (chance < 1 - (1 - self._raises) ** met).any(axis=1)
        arising = calm & ~raised & (rng.random(PEOPLE) < self._arise * self.demand[day])
        risen = (state == RISING) & (rng.random(PEOPLE) < RISE)
        won = high & (chance < 1 - (1 - self._converts) ** met).any(axis=1)
        alone = high & ~won & (rng.random(PEOPLE) < 1 - np.exp(-self._hazard))
        after = state.copy()
        after[arising] = RISING
        after[raised | risen] = HIGH
        after[high & ~won & ~alone & (rng.random(PEOPLE) < self._fade)] = CALM
        after[won | alone] = CALM
        viewed = np.flatnonzero(arising & (rng.random(PEOPLE) < SHOWN))
        log.put(viewed, day, rng.integers(60_000, 80_000, len(viewed)), "product_view")
        carted = np.flatnonzero((raised | risen) & (rng.random(PEOPLE) < SHOWN))
        later = rng.integers(60_000, 80_000, len(carted))
        log.put(carted, day, np.where(raised[carted], seconds[carted] + 60, later), "add_to_cart")
        buyers = np.flatnonzero(won)
        paid = rng.lognormal(5, 0.4, len(buyers))
        log.put(self.recorded(buyers, rng), day, seconds[buyers] + 90, "purchase", value=paid)
        buyers = np.flatnonzero(alone)
        when = rng.integers(60, 86_000, len(buyers))
        seen = rng.random(len(buyers)) < 0.5
        log.put(buyers[seen], day, when[seen] - 60, "touch", "direct")
        paid = rng.lognormal(5, 0.4, len(buyers))
        log.put(buyers, day, when, "purchase", value=paid)
        return after
