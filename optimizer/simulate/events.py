"""A company's event table, drawn day by day from a world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.simulate.company import DIRECT, Array, Company, found
from optimizer.simulate.knobs import Knobs
from optimizer.simulate.truth import Terms, Truth, best_plan, history
from optimizer.simulate.world import WORLDS, Happened, Index, World

START = np.datetime64("2025-01-06")  # a Monday


@dataclass(frozen=True)
class Events:
    """The event table as columns, in order of time.

    Parameters
    ----------
    user, second
        Who, and when in seconds since START.
    channel
        Index into `channels` (-1: none).
    kind
        Index into `kinds`.
    value
        Currency, NaN where the event is no purchase.
    channels, kinds
        Their names.
    """

    user: Index
    second: Index
    channel: Index
    kind: Index
    value: Array
    channels: tuple[str, ...]
    kinds: tuple[str, ...]


def draw(
    seed: int, knobs: Knobs, world: str = "stages", naming: str = "trade"
) -> tuple[Truth, Events]:
    """A company's truth and its events, in memory.

    Parameters
    ----------
    seed
        The same seed gives the same company.
    knobs
        Its size and its traps.
    world
        A name in `WORLDS`.
    naming
        What the channels are called; see `company.names`.
    """
    rng = np.random.default_rng([seed, 20_250_106])
    company = found(rng, knobs, naming)
    process = WORLDS[world](company, knobs, rng)
    horizon = max(1, min(8, knobs.weeks // 3))
    day = np.arange(7 * (knobs.weeks + horizon))
    seasons = 1 + knobs.season * np.sin(2 * np.pi * (day / 364 + rng.random()))
    # marketing about pays for itself
    order_value = float(np.round(np.exp(rng.normal(np.log(420), 0.3)), 2))
    end, total, organic, customers, orders = history(process, company, seasons)
    truth = Truth(
        process,
        company,
        knobs,
        _terms(company, horizon),
        seasons,
        order_value,
        end,
        (total[0], total[1] * order_value),
        (organic[0], organic[1] * order_value),
        customers,
        orders * order_value,
        {},
    )
    truth.best.update(best_plan(truth))
    return truth, _events(rng, process, company, knobs, seasons, order_value)


def _terms(company: Company, horizon: int) -> Terms:
    """About the last weeks' money, spread freely, but no channel above 40 % (more when there are
    few channels).
    """
    count = len(company.channels)
    budget = _round(
        float(company.spend[-horizon:].sum()) or float(company.spend.mean(axis=0).sum()) * horizon
    )
    cap = _round(budget * max(0.4, min(1.0, 1.5 / count)))
    return Terms(budget, horizon, np.zeros(count), np.full(count, cap))


def _round(amount: float) -> float:
    """Two leading digits, as people write budgets."""
    return float(f"{amount:.2g}")


@dataclass
class _Part:
    """Events that were drawn together: who, hours since START, channel and kind."""

    user: Index
    hour: Array
    channel: Index
    kind: Index


def _events(
    rng: np.random.Generator,
    process: World,
    company: Company,
    knobs: Knobs,
    seasons: Array,
    order_value: float,
) -> Events:
    """Draw every user's days. Columns are collected per day and joined once."""
    people = knobs.users
    group = np.arange(people) % len(process.classes)
    weight = process.weight[group]
    start = process.start()
    chance = np.cumsum(start / start.sum(axis=1, keepdims=True), axis=1)
    state: Index = (
        (rng.random(people)[:, None] > chance[group]).sum(axis=1).clip(0, process.states - 1)
    )
    weekly = company.touches(company.spend) * company.noise
    parts: list[_Part] = []
    direct = len(company.channels)
    for day in range(7 * knobs.weeks):
        season, midnight = float(seasons[day]), day * 24
        buyers = process.about_to_buy(rng, state, season)
        touched: list[tuple[Index, Array]] = []
        for c in range(direct):
            pull = weight * process.reach[c, state]
            if company.role[c] == "harvest":
                pull[buyers] *= 1 + knobs.harvest
            who = _reached(rng, pull, int(rng.poisson(weekly[day // 7, c] / 7)))
            when = rng.uniform(8, 23.5, len(who))
            touched.append((who, when))
            parts.append(_Part(who, midnight + when, _all(c, who), _all(0, who)))
        visits = np.flatnonzero(rng.random(people) < process.own[state])
        happened = process.sample(rng, state, touched, season)
        _before_buying(rng, company, happened, touched, parts, midnight)
        at = midnight + rng.uniform(8, 24, len(visits))
        parts.append(_Part(visits, at, _all(direct, visits), _all(0, visits)))
        who = happened.user
        parts.append(_Part(who, midnight + happened.hour, _all(-1, who), happened.kind + 1))
        state = happened.state
    return _joined(rng, parts, process, company, knobs, order_value)


def _all(value: int, like: Index) -> Index:
    return np.full(len(like), value, dtype=np.int64)


def _joined(
    rng: np.random.Generator,
    parts: list[_Part],
    process: World,
    company: Company,
    knobs: Knobs,
    order_value: float,
) -> Events:
    """The parts as one table in order of time; purchases get their value."""
    user = np.concatenate([part.user for part in parts])
    hour = np.concatenate([part.hour for part in parts])
    channel = np.concatenate([part.channel for part in parts])
    kind = np.concatenate([part.kind for part in parts])
    keep = hour < 7 * 24 * knobs.weeks  # what happens after the window is not in the data
    user, hour, channel, kind = user[keep], hour[keep], channel[keep], kind[keep]
    order = np.lexsort((kind, channel, user, hour))
    kinds = ("touch", *process.milestones)
    bought = kind[order] == len(kinds) - 1
    value = np.full(len(order), np.nan)
    value[bought] = np.round(order_value * rng.gamma(4.0, 0.25, int(bought.sum())), 2)
    return Events(
        user[order].astype(np.int64),
        np.floor(hour[order] * 3600).astype(np.int64),
        channel[order].astype(np.int64),
        kind[order].astype(np.int64),
        value,
        (*company.channels, DIRECT),
        kinds,
    )


def _before_buying(
    rng: np.random.Generator,
    company: Company,
    happened: Happened,
    touched: list[tuple[Index, Array]],
    parts: list[_Part],
    midnight: int,
) -> None:
    """A harvesting channel's touch on someone who buys that day comes in the hour before the
    purchase.
    """
    if not len(happened.buyers):
        return
    latest = zip(happened.user[::-1].tolist(), happened.hour[::-1].tolist(), strict=True)
    at = dict(latest)
    first = len(parts) - len(touched)  # the day's touches, a part per paid channel
    for c, role in enumerate(company.role):
        if role != "harvest":
            continue
        who, when = touched[c]
        for i in np.flatnonzero(np.isin(who, happened.buyers)).tolist():
            when[i] = max(0.0, at[int(who[i])] - rng.uniform(0.02, 1.0))
        parts[first + c].hour = midnight + when


def _reached(rng: np.random.Generator, pull: Array, count: int) -> Index:
    """`count` users drawn in proportion to their pull (a user may be touched more than once a
    day).
    """
    total = np.cumsum(pull)
    if not count or total[-1] <= 0:
        return np.zeros(0, dtype=np.int64)
    who: Index = (
        np.searchsorted(total, rng.random(count) * total[-1], side="right")
        .clip(0, len(pull) - 1)
        .astype(np.int64)
    )
    return who
