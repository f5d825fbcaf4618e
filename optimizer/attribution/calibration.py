"""Lift tests and geo hold-outs correct the lifecycle model: precision-weighted, and felt by siblings.

A test says: because of a channel, so many orders came (or the channel's effect is so many times what the model
says), give or take. The model says the same with its own error. The channel's factor kappa moves to the
precision-weighted mean of both (a Gaussian update of all kappas at once); channels of the same platform or tier,
whose errors are believed to be alike, move part of the way; all others keep theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimizer.attribution.lifecycle.model import Lifecycle, siblings
from optimizer.attribution.lifecycle.sequence import Array
from optimizer.attribution.lifecycle.timing import Timing, calibrated
from optimizer.errors import Problem, Problems
from optimizer.messages import _
from optimizer.registry import did_you_mean

KIN = 0.5  # prior correlation of kappa between siblings


@dataclass(frozen=True)
class Experiment:
    """One test. effect, error: orders caused by the channel's touches on days `start` to before `end` (counted from the
    data's first day; None: the whole history), and the standard error. relative: both are multiples of what the model
    says instead."""

    channel: str
    effect: float
    error: float
    start: int | None = None
    end: int | None = None
    relative: bool = False


@dataclass(frozen=True)
class Adjusted:
    """Before and after, by channel: orders credited (C,), and standard errors of kappa for buying."""

    channels: tuple[str, ...]
    before: Array
    after: Array
    error_before: Array
    error_after: Array


def read(
    experiments: Iterable[Any], channels: tuple[str, ...], first_day: str = ""
) -> list[Experiment]:
    """Check experiments; all problems at once. Each is a mapping with `channel`; `effect` and `standard_error` (or
    `error`), or `multiplier` with `low` and `high` (90 % interval); optionally `from` and `to`, the first and last day
    as dates, or `start` and `end` as days counted from the data's first."""
    out, wrong = [], []
    for i, given in enumerate(experiments):
        entry = {k: v for k, v in dict(given).items() if v is not None}
        where = f"experiments[{i}]"
        channel = entry.get("channel")
        if channel not in channels:
            wrong.append(
                Problem(
                    _("'{channel}' is no channel of the journeys", channel=channel),
                    where,
                    did_you_mean(str(channel), channels),
                )
            )
            continue
        relative = "multiplier" in entry
        effect: Any = entry.get("multiplier") if relative else entry.get("effect")
        error: Any = entry.get("standard_error", entry.get("error"))
        if relative and error is None and _finite(entry.get("low")) and _finite(entry.get("high")):
            error = (float(entry["high"]) - float(entry["low"])) / 3.29
        if not _finite(effect) or not _finite(error) or float(error) <= 0:
            wrong.append(
                Problem(
                    _("effect {effect} with standard error {error}", effect=effect, error=error),
                    where,
                    _("two numbers, the error above 0"),
                )
            )
            continue
        try:
            start = _day(entry.get("from"), first_day) if "from" in entry else entry.get("start")
            end = _day(entry.get("to"), first_day) + 1 if "to" in entry else entry.get("end")
        except ValueError:
            wrong.append(
                Problem(
                    _("from {start} to {end}", start=entry.get("from"), end=entry.get("to")),
                    where,
                    _("write dates like 2026-03-31"),
                )
            )
            continue
        if start is not None and end is not None and not 0 <= start < end:
            wrong.append(
                Problem(
                    _("from day {start} to day {end} of the data", start=start, end=end),
                    where,
                    _("within the data, its beginning before its end"),
                )
            )
            continue
        out.append(Experiment(str(channel), float(effect), float(error), start, end, relative))
    if wrong:
        raise Problems(wrong)
    return out


def _day(date: Any, first_day: str) -> int:
    return int((np.datetime64(str(date), "D") - np.datetime64(first_day, "D")).astype(int))


def _finite(value: Any) -> bool:
    try:
        return bool(np.isfinite(float(value)))
    except (TypeError, ValueError):
        return False


def calibrate(life: Lifecycle, experiments: Iterable[Any]) -> tuple[Lifecycle, Adjusted]:
    """The lifecycle after its tests, and what changed. Raises `Problems` for tests that make no sense."""
    tests = read(experiments, life.channels, life.start)
    count = len(life.channels)
    before = life.split("orders").by_stage[0].sum(axis=1)
    timing = _with_kin(life.timing, life.channels)
    current = life
    for test in sorted(tests, key=lambda t: (t.channel, t.start or 0, t.effect)):
        c = life.channels.index(test.channel)
        days = slice(test.start, test.end)
        says = float(current.split("orders").by_day[0, days, c].sum())
        here = timing.kappa[:, c]
        scale = says / max(
            float(here.mean()), 1e-3
        )  # orders per unit of kappa, credit being nearly linear in it
        if scale <= 0:
            continue
        design = np.zeros(2 * count)
        design[c] = design[count + c] = 0.5
        unit = says if test.relative else 1.0
        level, error = test.effect * unit / scale, test.error * unit / scale
        gain = timing.covariance @ design / (design @ timing.covariance @ design + error**2)
        mean = timing.kappa.ravel() + gain * (level - design @ timing.kappa.ravel())
        covariance = timing.covariance - np.outer(gain, design @ timing.covariance)
        kappa = np.maximum(mean, 0.0).reshape(2, count)
        split = np.stack([kappa, kappa])  # a test settles whether the channel is at work
        other = timing.split + (kappa - timing.kappa)
        split[:, :, np.arange(count) != c] = np.maximum(other[:, :, np.arange(count) != c], 0.0)
        timing = replace(
            timing, kappa=kappa, covariance=(covariance + covariance.T) / 2, split=split
        )
        current = replace(
            current,
            timing=timing,
            chain=calibrated(life.raw, timing.kappa[None], life.rates.mean(axis=0), timing.apart),
        )
    draws = current.replicates(100)
    uplift = current.chain.up[0] + current.chain.buy[0]
    current = replace(current, uplift=uplift, error=(draws.up + draws.buy).std(axis=0))
    after = current.split("orders").by_stage[0].sum(axis=1)
    return current, Adjusted(
        life.channels, before, after, life.timing.error[1], current.timing.error[1]
    )


def _with_kin(timing: Timing, channels: tuple[str, ...]) -> Timing:
    """The same uncertainty, with siblings' errors tied together where they were not."""
    kin = siblings(channels)
    if not kin.any():
        return timing
    tie = np.kron(np.ones((2, 2)), np.eye(len(channels)) + KIN * kin)
    sd = np.sqrt(np.diag(timing.covariance))
    tied = np.where(
        np.kron(np.ones((2, 2)), kin) > 0, np.outer(sd, sd) * tie * 0.8, timing.covariance
    )
    low = float(np.linalg.eigvalsh(tied).min())
    if low < 1e-9:  # keep it a covariance
        tied = tied + (1e-9 - low) * np.eye(len(tied))
    return replace(timing, covariance=tied)


def told(adjusted: Adjusted) -> tuple[str, ...]:
    """Before and after, in sentences, for channels that moved by more than a hundredth."""
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
