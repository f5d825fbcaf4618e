"""Simulated companies whose truth is known: data as a founder has it, and beside it what is really going on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.simulate import goodwill_world as goodwill_world
from optimizer.simulate import stage_worlds as stage_worlds
from optimizer.simulate.company import DIRECT, Array, Company, found
from optimizer.simulate.knobs import Knobs
from optimizer.simulate.truth import Terms, Truth, best_plan, history
from optimizer.simulate.world import WORLDS, Index, World

__all__ = ["WORLDS", "Events", "Knobs", "Terms", "Truth", "draw", "simulate"]

START = np.datetime64("2025-01-06")  # a Monday


@dataclass(frozen=True)
class Events:
    """The event table as columns, in order of time; `kind` indexes `kinds`, `channel` indexes `channels` (-1: none)."""

    user: Index
    second: Index  # seconds since START
    channel: Index
    kind: Index
    value: Array  # currency, NaN where the event is no purchase
    channels: tuple[str, ...]
    kinds: tuple[str, ...]


def simulate(
    folder: Path | str,
    seed: int = 1,
    users: int = 20_000,
    weeks: int = 26,
    channels: int = 6,
    world: str = "stages",
    generic_names: bool = False,
    **knobs: Any,
) -> Truth:
    """Write data/events, data/spend.csv, scenario.yaml and truth.json into `folder`; the same seed gives the same bytes.

    world: a name in `WORLDS`; knobs: see `Knobs`. Events are csv up to a million rows, parquet above.
    """
    from optimizer.simulate.write import write

    truth, events = draw(
        seed,
        Knobs().but(users=users, weeks=weeks, channels=channels, **knobs),
        world,
        generic_names,
    )
    write(Path(folder), truth, events, seed)
    return truth


def draw(
    seed: int, knobs: Knobs, world: str = "stages", generic_names: bool = False
) -> tuple[Truth, Events]:
    """A company's truth and its events, in memory."""
    rng = np.random.default_rng([seed, 20_250_106])
    company = found(rng, knobs, generic_names)
    mechanism: Any = WORLDS[world]
    process: World = mechanism(company, knobs, rng)
    horizon = max(1, min(8, knobs.weeks // 3))
    day = np.arange(7 * (knobs.weeks + horizon))
    seasons = 1 + knobs.season * np.sin(2 * np.pi * (day / 364 + rng.random()))
    order_value = float(
        np.round(np.exp(rng.normal(np.log(420), 0.3)), 2)
    )  # marketing about pays for itself
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
    """About the last weeks' money, spread freely, but no channel above 40 % (more when there are few channels)."""
    count = len(company.channels)
    budget = _round(
        float(company.spend[-horizon:].sum()) or float(company.spend.mean(axis=0).sum()) * horizon
    )
    cap = _round(budget * max(0.4, min(1.0, 1.5 / count)))
    return Terms(budget, horizon, np.zeros(count), np.full(count, cap))


def _round(amount: float) -> float:
    """Two leading digits, as people write budgets."""
    return float(f"{amount:.2g}")


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
    parts: list[tuple[Index, Array, Index, Index]] = []
    direct = len(company.channels)
    for day in range(7 * knobs.weeks):
        season = float(seasons[day])
        buyers = process.about_to_buy(rng, state, season)
        touched: list[tuple[Index, Array]] = []
        for c in range(direct):
            pull = weight * process.reach[c, state]
            if company.role[c] == "harvest":
                pull[buyers] *= 1 + knobs.harvest
            who = _reached(rng, pull, int(rng.poisson(weekly[day // 7, c] / 7)))
            when = rng.uniform(8, 23.5, len(who))
            touched.append((who, when))
            parts.append(
                (who, day * 24 + when, np.full(len(who), c), np.zeros(len(who), dtype=np.int64))
            )
        visits = np.flatnonzero(rng.random(people) < process.own[state])
        happened = process.sample(rng, state, touched, season)
        _before_buying(
            rng, company, happened.user, happened.hour, happened.buyers, touched, parts, day
        )
        parts.append(
            (
                visits,
                day * 24 + rng.uniform(8, 24, len(visits)),
                np.full(len(visits), direct),
                np.zeros(len(visits), dtype=np.int64),
            )
        )
        parts.append(
            (
                happened.user,
                day * 24 + happened.hour,
                np.full(len(happened.user), -1),
                happened.kind + 1,
            )
        )
        state = happened.state
    user, hour, channel, kind = (np.concatenate(column) for column in zip(*parts, strict=True))
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
    users: Index,
    hours: Array,
    buyers: Index,
    touched: list[tuple[Index, Array]],
    parts: list[tuple[Index, Array, Index, Index]],
    day: int,
) -> None:
    """A harvesting channel's touch on someone who buys that day comes in the hour before the purchase."""
    if not len(buyers):
        return
    at = dict(zip(users[::-1].tolist(), hours[::-1].tolist(), strict=True))
    for c, role in enumerate(company.role):
        if role != "harvest":
            continue
        who, when = touched[c]
        for i in np.flatnonzero(np.isin(who, buyers)).tolist():
            when[i] = max(0.0, at[int(who[i])] - rng.uniform(0.02, 1.0))
        place = (
            next(
                i for i in range(len(parts) - 1, -1, -1) if len(parts[i][2]) and parts[i][2][0] == c
            )
            if len(who)
            else -1
        )
        if place >= 0:
            parts[place] = (who, day * 24 + when, parts[place][2], parts[place][3])


def _reached(rng: np.random.Generator, pull: Array, count: int) -> Index:
    """`count` users drawn in proportion to their pull (a user may be touched more than once a day)."""
    total = np.cumsum(pull)
    if not count or total[-1] <= 0:
        return np.zeros(0, dtype=np.int64)
    who: Index = (
        np.searchsorted(total, rng.random(count) * total[-1], side="right")
        .clip(0, len(pull) - 1)
        .astype(np.int64)
    )
    return who
