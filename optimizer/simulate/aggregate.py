"""Write a simulated company as most founders know theirs: spend and claims by week, orders, no
journeys.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from optimizer.results import disk
from optimizer.simulate.company import Array
from optimizer.simulate.events import START, Events
from optimizer.simulate.truth import Truth

DAY = 86_400  # seconds
CLAIM = 7 * DAY  # how long after its touch a platform claims a purchase


def write_aggregate(folder: Path, truth: Truth, events: Events, seed: int) -> None:
    """The folder: data/spend.csv (with what platforms claim), data/orders.csv, scenario.yaml,
    truth.json.

    Parameters
    ----------
    folder
        Made ready for a commit, empty.
    truth, events
        As drawn; the events' touches are known to the platforms only.
    seed
        Said in the scenario's first line.
    """
    disk.make(folder / "data")
    bought = events.kind == len(events.kinds) - 1
    _write_orders(folder / "data" / "orders.csv", events, bought)
    _write_spend(folder / "data" / "spend.csv", truth, claims(truth, events, bought))
    told = json.dumps(truth.as_dict(), ensure_ascii=False, indent=2) + "\n"
    disk.write(folder / "truth.json", told.encode("utf-8"))
    disk.write(folder / "scenario.yaml", _scenario(truth, seed).encode("utf-8"))


def claims(
    truth: Truth, events: Events, bought: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Array:
    """(weeks, C) purchases within seven days of a channel's touch, by the week of the purchase.

    Every platform counts for itself: one purchase may be claimed by several.
    """
    weeks, channels = truth.company.spend.shape
    out = np.zeros((weeks, channels))
    span = int(events.second.max(initial=0)) + CLAIM + 1
    place = events.user.astype(np.int64) * span + events.second  # a person's time, no two overlap
    sold = place[bought]
    week = events.second[bought] // (7 * DAY)
    for channel in range(channels):
        touched = np.sort(place[(events.channel == channel) & (events.kind == 0)])
        last = np.searchsorted(touched, sold, side="right") - 1
        near = (
            (last >= 0) & (sold - touched[np.maximum(last, 0)] <= CLAIM)
            if len(touched)
            else last >= 0
        )
        out[:, channel] = np.bincount(week[near], minlength=weeks)[:weeks]
    return out


def _write_orders(
    target: Path, events: Events, bought: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> None:
    stamps = (START.astype("datetime64[s]") + events.second[bought]).astype("datetime64[s]")
    rows = zip(events.user[bought], stamps, events.value[bought], strict=True)
    lines = ["user_id,timestamp,value"]
    lines += [f"c{user},{when},{value:.2f}" for user, when, value in rows]
    disk.write(target, ("\n".join(lines) + "\n").encode("utf-8"))


def _write_spend(target: Path, truth: Truth, claimed: Array) -> None:
    lines = ["period,channel,spend,claimed"]
    for week, row in enumerate(truth.company.spend):
        monday = START + 7 * week
        lines += [
            f"{monday},{channel},{amount:.2f},{claimed[week, at]:.0f}"
            for at, (channel, amount) in enumerate(zip(truth.channels, row, strict=True))
        ]
    disk.write(target, ("\n".join(lines) + "\n").encode("utf-8"))


def _scenario(truth: Truth, seed: int) -> str:
    world = type(truth.world).__name__
    lines = [
        f"# A simulated company (world {world}, seed {seed}) that cannot tell who saw its ads. "
        "What is really true of it: truth.json",
        f"name: Simulated shop {seed}",
        "currency: USD",
        "period: week",
        f"horizon: {truth.terms.horizon}",
        f"budget: {truth.terms.budget:.0f}                "
        f"# about what the last {truth.terms.horizon} weeks cost",
        "goal: customers",
        "data: {spend: data/spend.csv, orders: data/orders.csv}",
        "channels:",
        *(
            f"  {channel}: {{max: {high:.0f}}}"
            for channel, high in zip(truth.channels, truth.terms.upper, strict=True)
        ),
    ]
    return "\n".join(lines) + "\n"
