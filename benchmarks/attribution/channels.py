"""What the lifecycle's parts cost as channels grow: processor time and exponents, in one process.

    python benchmarks/attribution/channels.py [EVENTS] [--times 1 5 10 20]

Each channel of the events (scenarios/growing_brand by default) is split at random into so many;
users, days and touches stay. One round of the estimation, buyers, the calendar, and credit are
timed; exponents are slopes of log seconds in log channels between the first and the last.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.attribution.lifecycle import fit
from optimizer.attribution.lifecycle.buyers import fit_buyers
from optimizer.attribution.lifecycle.em import em_step
from optimizer.attribution.lifecycle.history import daily_series, exposure_classes
from optimizer.attribution.lifecycle.incrementality import fit_incrementality
from optimizer.attribution.lifecycle.sequence import arrange
from optimizer.attribution.lifecycle.stage_chain import stage_chain
from optimizer.data.open import open_events
from optimizer.journeys.event_days import EventDays, event_days

ROOT = Path(__file__).resolve().parent.parent.parent


def split(days: EventDays, times: int) -> EventDays:
    """The same life with each channel divided into so many."""
    rng = np.random.default_rng(times)
    user, day, channel, count, post = days.touch
    part = rng.integers(0, times, len(channel))
    names = tuple(f"{name}/{i:03}" for name in days.channels for i in range(times))
    volume = np.repeat(days.volume, times, axis=1) / times
    return replace(
        days, channels=names, touch=(user, day, channel * times + part, count, post), volume=volume
    )


def parts(days: EventDays) -> dict[str, float]:
    """Processor seconds by part."""
    seconds: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        made = work()
        seconds[name] = time.process_time() - start
        return made

    inputs = fit._inputs(days, None, ("direct",), 200)
    weight, __ = exposure_classes(days)
    seq = timed("arrange", lambda: arrange(days, inputs.same_day, 1, inputs.inert))
    parameters, counts = timed(
        "a round",
        lambda: em_step(seq, inputs.touches, inputs.guess, inputs.guess, 200, inputs.pooling),
    )
    buyers = timed("buyers", lambda: fit_buyers(days, inputs.same_day, 200, inputs.inert))
    chain = stage_chain(parameters, counts, buyers, weight)
    signs, sales = daily_series(days)
    timed(
        "calendar",
        lambda: fit_incrementality(
            chain, parameters.emission, inputs.touches, inputs.entering, signs, sales
        ),
    )
    return seconds


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument(
        "events", nargs="?", default=str(ROOT / "scenarios/growing_brand/data/events.parquet")
    )
    given.add_argument("--times", type=int, nargs="+", default=[1, 5, 10, 20])
    words = given.parse_args()
    days = event_days(open_events(words.events))
    found = {}
    for times in words.times:
        many = split(days, times)
        found[len(many.channels)] = parts(many)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        told = "  ".join(f"{name} {s:.2f} s" for name, s in found[len(many.channels)].items())
        print(f"{len(many.channels):5} channels: {told}  peak {peak:.0f} MB", flush=True)
    low, high = min(found), max(found)
    for name, first in found[low].items():
        slope = np.log(found[high][name] / first) / np.log(high / low)
        print(f"{name:10} grows as channels to the {slope:.2f}")


if __name__ == "__main__":
    main()
