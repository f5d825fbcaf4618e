"""What every family shares: a year of weekly spend, demand through the year, curves of touches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from families.log import START, Array, EventLog

CHANNELS = (
    *("feed_ads", "live_room", "kol_posts", "koc_posts", "display", "shop_ads"),
    *("search_brand", "affiliates"),
)
SEARCH = CHANNELS.index("search_brand")
WEEKS, HORIZON, PEOPLE = 52, 8, 20_000


@dataclass
class Terms:
    """What the planner is told.

    Attributes
    ----------
    budget
        Money a week.
    today, upper
        (C,) money a week of the last eight weeks, and the most a channel may get.
    """

    budget: float
    today: Array
    upper: Array


class Company(ABC):
    """One company: its history as tables, and the truth of any evenly paced plan."""

    exact = True  # whether `future` is free of sampling noise and may be differentiated

    def __init__(
        self,
        rng: np.random.Generator,
        channels: int,
        follow: float = 0.0,
        rests: float = 0.04,
        vary: float = 0.4,
    ) -> None:
        """
        Parameters
        ----------
        rng
            Draws everything that is the company's own.
        channels
            How many of `CHANNELS` it has.
        follow
            How closely budgets follow demand; 0 for not at all.
        rests
            Share of weeks in which a channel gets nothing.
        vary
            Log-standard deviation of weekly spend.
        """
        self.channels = CHANNELS[:channels]
        self.demand = _demand(rng)
        touches = PEOPLE * rng.uniform(0.04, 0.2, channels) / 7
        usual = touches * 7 * np.exp(rng.normal(np.log(1.2), 0.4, channels))
        fill = rng.uniform(0.3, 1.8, channels)
        self._shape = rng.integers(0, 3, channels)
        self._scale = usual / fill
        self._ceiling = np.ones(channels)
        self._ceiling = touches / self.touches_a_day(usual)
        self.spend = _spending(rng, usual, self.demand, follow, vary)
        self.spend[rng.random(self.spend.shape) < rests] = 0.0
        today = self.spend[-HORIZON:].mean(axis=0)
        self.terms = Terms(float(today.sum()), today, 1.5 * self.spend.max(axis=0))
        self._nothing: float | None = None

    def touches_a_day(self, spend: Array) -> Array:
        """(C,) touches that money a week buys: concave in spend, of three shapes."""
        u = np.asarray(spend, float) / self._scale
        curves = (u / (1 + u), 1 - np.exp(-u), u**0.6)
        return self._ceiling * np.choose(self._shape, curves)

    def extra(self, plan: Array) -> float:
        """Customers of the horizon beyond those of spending nothing; money a week, paced evenly."""
        if self._nothing is None:
            self._nothing = self.future(np.zeros(len(self.channels)))
        return self.future(np.maximum(plan, 0.0)) - self._nothing

    @abstractmethod
    def future(self, plan: Array) -> float:
        """Expected customers of the horizon under a plan."""

    @abstractmethod
    def events(self) -> pd.DataFrame:
        """The history as one table of events."""

    def spending(self) -> pd.DataFrame:
        """The history of spend: week, channel, spend."""
        weeks = [str((START + np.timedelta64(7 * t, "D")).astype("M8[D]")) for t in range(WEEKS)]
        rows = [
            (week, channel, self.spend[t, i])
            for t, week in enumerate(weeks)
            for i, channel in enumerate(self.channels)
        ]
        return pd.DataFrame(rows, columns=["week", "channel", "spend"])


def _demand(rng: np.random.Generator) -> Array:
    """Organic demand by day, about 1: a season and two peaks."""
    day = np.arange(7 * (WEEKS + HORIZON + 1))
    phase = rng.random()
    out = 1 + rng.uniform(0.1, 0.35) * np.sin(2 * np.pi * (day / 364 + phase))
    for _ in range(2):
        peak = rng.integers(30, 7 * WEEKS)
        out *= 1 + rng.uniform(0.3, 0.8) * np.exp(-0.5 * ((day - peak) / 6) ** 2)
    return out


def _spending(
    rng: np.random.Generator, usual: Array, demand: Array, follow: float, vary: float
) -> Array:
    """(T, C) money by week: an autoregression in logs, in step with demand as far as asked."""
    noise = rng.normal(0, 1, (WEEKS, len(usual)))
    level = np.zeros_like(noise)
    level[0] = noise[0]
    for t in range(1, WEEKS):
        level[t] = 0.75 * level[t - 1] + 0.66 * noise[t]
    weekly = demand[: 7 * WEEKS].reshape(WEEKS, 7).mean(axis=1)
    power = follow * rng.uniform(0.8, 2.0, len(usual))
    return np.round(usual * np.exp(vary * level) * (weekly[:, None] / weekly.mean()) ** power)


def last_touch(hit: Array, rng: np.random.Generator) -> tuple[list[tuple[Array, Array]], Array]:
    """Seconds of a day's touches by channel, and of each person's last."""
    seconds = np.zeros(len(hit))
    touches: list[tuple[Array, Array]] = []
    for channel in range(hit.shape[1]):
        users = np.flatnonzero(hit[:, channel])
        when = rng.integers(0, 60_000, len(users))
        seconds[users] = np.maximum(seconds[users], when)
        touches.append((users, when))
    return touches, seconds


class Populations(Company):
    """Companies whose people move between a few states, so that the mean can be run exactly.

    A subclass gives `step`, `day`, and the attributes.

    Attributes
    ----------
    start
        (S,) people by state before the year.
    aim
        (C, S) how likely a channel meets a person of a state, beside the others.
    history
        Seed and stream that draw the year as it happened.
    """

    start: Array
    aim: Array
    history: tuple[int, int]

    @abstractmethod
    def step(self, people: Array, spend: Array, day: int) -> tuple[Array, float]:
        """People by state after a day, and the day's customers."""

    @abstractmethod
    def day(
        self,
        state: Array,
        met: Array,
        seconds: Array,
        day: int,
        rng: np.random.Generator,
        log: EventLog,
    ) -> Array:
        """Every person's state after a day; what they do is logged.

        Parameters
        ----------
        state
            (N,) each person's.
        met
            (N, C) touches of the day.
        seconds
            (N,) when the last of them was.
        """

    def rates(self, people: Array, spend: Array) -> Array:
        """(C, S) touches a day for each person of a state."""
        shown = (self.aim * people).sum(axis=1)
        return self.aim * (self.touches_a_day(spend) / np.maximum(shown, 1e-9))[:, None]

    def recorded(self, users: Array, rng: np.random.Generator) -> Array:
        """The ids under which people are seen: their own."""
        return users

    def events(self) -> pd.DataFrame:
        rng, log = rng_of(*self.history), EventLog()
        start = self.settled()
        states = len(start)
        state = rng.choice(states, PEOPLE, p=start / start.sum())
        for day in range(7 * WEEKS):
            people = np.bincount(state, minlength=states)
            met = rng.poisson(self.rates(people, self.spend[day // 7])[:, state].T)
            touches, seconds = last_touch(met > 0, rng)
            for channel, (users, when) in zip(self.channels, touches, strict=True):
                log.put(self.recorded(users, rng), day, when, "touch", channel)
            state = self.day(state, met, seconds, day, rng, log)
        return log.frame()

    def settled(self) -> Array:
        """People by state on the first day: sixty days of the usual spend before it."""
        people = self.start.copy()
        for _ in range(60):
            people = self.step(people, self.spend.mean(axis=0), 0)[0]
        return people

    def future(self, plan: Array) -> float:
        people = self._today()
        customers = 0.0
        for day in range(7 * WEEKS, 7 * (WEEKS + HORIZON)):
            people, bought = self.step(people, plan, day)
            customers += bought
        return customers

    _end: Array | None = None

    def _today(self) -> Array:
        if self._end is None:
            people = self.settled()
            for day in range(7 * WEEKS):
                people = self.step(people, self.spend[day // 7], day)[0]
            self._end = people
        return self._end


def rng_of(seed: int, *stream: Any) -> np.random.Generator:
    """A generator of a company's own for each of its uses."""
    return np.random.default_rng([seed, *stream])
