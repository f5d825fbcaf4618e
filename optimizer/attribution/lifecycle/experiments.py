"""Lift tests and geo hold-outs correct the lifecycle model: precision-weighted, and felt by
siblings.

A test says: because of a channel, so many orders came (or the channel's effect is so many times
what the model says), give or take. The model says the same with its own error. The channel's
incrementality moves to the precision-weighted mean of both (a Gaussian update of all factors at
once); channels of the same platform or tier, whose errors are believed to be alike, move part of
the way; all others keep theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimizer.attribution.lifecycle.incrementality import Incrementality
from optimizer.attribution.lifecycle.model import Lifecycle
from optimizer.attribution.lifecycle.partial_pooling import pooling_weights
from optimizer.attribution.lifecycle.sequence import Array
from optimizer.errors import Problem, Problems
from optimizer.messages import Message, _
from optimizer.registry import did_you_mean

ALIKE = 0.5  # prior correlation of incrementality between siblings
INTERVAL_90 = 3.29  # width of a 90 % interval, in standard errors


@dataclass(frozen=True)
class Experiment:
    """One test.

    Parameters
    ----------
    channel
        What was tested.
    effect, error
        Orders caused by the channel's touches on the days of the test, and the standard error.
    start, end
        First day and the day after the last, counted from the data's first; None: the whole
        history.
    relative
        Effect and error are multiples of what the model says instead.
    """

    channel: str
    effect: float
    error: float
    start: int | None = None
    end: int | None = None
    relative: bool = False


@dataclass(frozen=True)
class Adjustment:
    """What tests changed, by channel.

    Parameters
    ----------
    channels
        C names.
    before, after
        (C,) orders credited.
    error_before, error_after
        (C,) standard errors of the incrementality for buying.
    """

    channels: tuple[str, ...]
    before: Array
    after: Array
    error_before: Array
    error_after: Array


def read_experiments(
    given: Iterable[Mapping[str, Any]], channels: tuple[str, ...], first_day: str = ""
) -> list[Experiment]:
    """Check experiments; all problems at once.

    Parameters
    ----------
    given
        Mappings with `channel`; `effect` and `standard_error` (or `error`), or `multiplier` with
        `low` and `high` (90 % interval); optionally `from` and `to`, the first and last day as
        dates, or `start` and `end` as days counted from the data's first.
    channels
        Names of the journeys' channels.
    first_day
        The data's first day, ISO.

    Raises
    ------
    Problems
        One for each experiment that makes no sense.
    """
    read = [
        _experiment(
            {k: v for k, v in dict(test).items() if v is not None},
            f"experiments[{i}]",
            channels,
            first_day,
        )
        for i, test in enumerate(given)
    ]
    wrong = [test for test in read if isinstance(test, Problem)]
    if wrong:
        raise Problems(wrong)
    return [test for test in read if isinstance(test, Experiment)]


def _experiment(
    entry: dict[str, Any], where: str, channels: tuple[str, ...], first_day: str
) -> Experiment | Problem:
    """One experiment, or what is wrong with it."""
    channel = entry.get("channel")
    if channel not in channels:
        return Problem(
            _("'{channel}' is no channel of the journeys", channel=channel),
            where,
            did_you_mean(str(channel), channels),
        )
    relative = "multiplier" in entry
    effect: Any = entry.get("multiplier") if relative else entry.get("effect")
    error: Any = entry.get("standard_error", entry.get("error"))
    if relative and error is None and _finite(entry.get("low")) and _finite(entry.get("high")):
        error = (float(entry["high"]) - float(entry["low"])) / INTERVAL_90
    if not _finite(effect) or not _finite(error) or float(error) <= 0:
        return Problem(
            _("effect {effect} with standard error {error}", effect=effect, error=error),
            where,
            _("two numbers, the error above 0"),
        )
    try:
        start = _day(entry.get("from"), first_day) if "from" in entry else entry.get("start")
        end = _day(entry.get("to"), first_day) + 1 if "to" in entry else entry.get("end")
    except ValueError:
        return Problem(
            _("from {start} to {end}", start=entry.get("from"), end=entry.get("to")),
            where,
            _("write dates like 2026-03-31"),
        )
    if start is not None and end is not None and not 0 <= start < end:
        return Problem(
            _("from day {start} to day {end} of the data", start=start, end=end),
            where,
            _("within the data, its beginning before its end"),
        )
    return Experiment(str(channel), float(effect), float(error), start, end, relative)


def _day(date: Any, first_day: str) -> int:
    """Days from the data's first to a date; `ValueError` where it is none."""
    return int((np.datetime64(str(date), "D") - np.datetime64(first_day, "D")).astype(int))


def _finite(value: Any) -> bool:
    """Whether it is a number, and a finite one."""
    try:
        return bool(np.isfinite(float(value)))
    except (TypeError, ValueError):
        return False


def calibrate(
    life: Lifecycle, experiments: Iterable[Mapping[str, Any]]
) -> tuple[Lifecycle, Adjustment]:
    """The lifecycle after its tests, and what changed.

    Parameters
    ----------
    life
        As fitted.
    experiments
        See `read_experiments`.

    Raises
    ------
    Problems
        For tests that make no sense.
    """
    tests = read_experiments(experiments, life.channels, life.start)
    before = life.split("orders").by_stage[0].sum(axis=1)
    incrementality = _with_siblings(life.incrementality, life.channels)
    current = life
    for test in sorted(tests, key=lambda t: (t.channel, t.start or 0, t.effect)):
        c = life.channels.index(test.channel)
        days = slice(test.start, test.end)
        says = float(current.split("orders").by_day[0, days, c].sum())
        # orders per unit of the factor, credit being nearly linear in it
        scale = says / max(float(incrementality.factor[:, c].mean()), 1e-3)
        if scale <= 0:
            continue
        unit = says if test.relative else 1.0
        incrementality = _updated(
            incrementality, c, test.effect * unit / scale, test.error * unit / scale
        )
        current = life.adjusted(incrementality)
    after = current.split("orders").by_stage[0].sum(axis=1)
    return current, Adjustment(
        life.channels, before, after, life.incrementality.error[1], current.incrementality.error[1]
    )


def _updated(held: Incrementality, c: int, level: float, error: float) -> Incrementality:
    """The factors after a test that says channel c's is `level`, give or take `error` (a Kalman
    update).
    """
    count = held.factor.shape[1]
    design = np.zeros(2 * count)
    design[c] = design[count + c] = 0.5
    gain = held.covariance @ design / (design @ held.covariance @ design + error**2)
    mean = held.factor.ravel() + gain * (level - design @ held.factor.ravel())
    covariance = held.covariance - np.outer(gain, design @ held.covariance)
    factor = np.maximum(mean, 0.0).reshape(2, count)
    split = np.stack([factor, factor])  # a test settles whether the channel is at work
    other = held.split + (factor - held.factor)
    split[:, :, np.arange(count) != c] = np.maximum(other[:, :, np.arange(count) != c], 0.0)
    return replace(
        held, factor=factor, covariance=(covariance + covariance.T) / 2, split=split, drawn=None
    )


def _with_siblings(held: Incrementality, channels: tuple[str, ...]) -> Incrementality:
    """The same uncertainty, with siblings' errors tied together where they were not."""
    pooling = pooling_weights(channels)
    if not pooling.any():
        return held
    tie = np.kron(np.ones((2, 2)), np.eye(len(channels)) + ALIKE * pooling)
    sd = np.sqrt(np.diag(held.covariance))
    tied = np.where(
        np.kron(np.ones((2, 2)), pooling) > 0, np.outer(sd, sd) * tie * 0.8, held.covariance
    )
    low = float(np.linalg.eigvalsh(tied).min())
    if low < 1e-9:  # keep it a covariance
        tied = tied + (1e-9 - low) * np.eye(len(tied))
    return replace(held, covariance=tied)


def adjustment_notes(adjusted: Adjustment) -> tuple[Message, ...]:
    """Before and after, in sentences, for channels that moved by more than a hundredth.

    Parameters
    ----------
    adjusted
        What `calibrate` changed.
    """
    return tuple(
        _(
            "tests moved {name} from {before} to {after} orders (standard error of its "
            "factor {old} to {new})",
            name=name,
            before=f"{before:,.1f}",
            after=f"{after:,.1f}",
            old=f"{old:.2f}",
            new=f"{new:.2f}",
        )
        for name, before, after, old, new in zip(
            adjusted.channels,
            adjusted.before,
            adjusted.after,
            adjusted.error_before,
            adjusted.error_after,
            strict=True,
        )
        if abs(after - before) > 0.01 * max(abs(before), 1e-9) or abs(new - old) > 0.01
    )
