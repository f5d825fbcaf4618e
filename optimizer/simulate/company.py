"""A company's outside: channels, what their touches cost, and how its weekly spend wandered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.simulate.knobs import Knobs

Array = NDArray[np.float64]

NAMES = (
    "xiaohongshu/koc",
    "douyin/feed",
    "baidu",
    "wecom",
    "xiaohongshu/waist",
    "bilibili/waist",
    "douyin/koc",
    "weibo/feed",
    "taobao/search",
    "kuaishou/feed",
    "zhihu/waist",
    "xiaohongshu/nano",
    "douyin/head",
    "community",
    "bilibili/nano",
    "wechat_oa",
    "jd/search",
    "pinduoduo",
    "toutiao/feed",
    "weibo/nano",
)
ABROAD = (
    "meta/feed",
    "tiktok/feed",
    "google/brand_search",
    "email",
    "google/shopping",
    "youtube/creators",
    "pinterest",
    "affiliates",
)
DIRECT = "direct"  # people who come by themselves: touches that nobody pays for


@dataclass(frozen=True)
class Company:
    """What an outsider could know, and the true volume curves.

    Parameters
    ----------
    channels
        Names of the paid channels (C).
    role
        Per paid channel: "work" | "harvest" | "null" (its touches change nothing).
    spend
        (weeks, C), currency.
    ceiling, scale
        True volume curve of each channel: touches per week and currency per week.
    bend
        0: x/(s+x), 1: 1-exp(-x/s), 2: log(1+x/s); the true curves are not all of one family.
    noise
        (weeks, C), what a week's touches were multiplied by (mean 1).
    """

    channels: tuple[str, ...]
    role: tuple[str, ...]
    spend: Array
    ceiling: Array
    scale: Array
    bend: NDArray[np.int64]
    noise: Array

    def touches(self, spend: Array) -> Array:
        """Expected touches per week at a weekly spend.

        Parameters
        ----------
        spend
            (..., C) currency per week.

        Returns
        -------
        Array
            (..., C) touches per week, without a week's noise.
        """
        x = np.asarray(spend, dtype=float) / self.scale
        shapes = np.stack([x / (1 + x), 1 - np.exp(-x), np.log1p(x)])
        out: Array = (
            self.ceiling
            * np.take_along_axis(shapes, np.broadcast_to(self.bend, x.shape)[None], axis=0)[0]
        )
        return out


NAMINGS: dict[str, tuple[str, ...]] = {"trade": NAMES, "abroad": ABROAD, "generic": ()}


def names(count: int, naming: str = "trade") -> tuple[str, ...]:
    """Names of `count` paid channels: the trade's in China, those of a brand abroad, or channel_01,
    channel_02, ...

    Parameters
    ----------
    count
        How many.
    naming
        trade | abroad | generic; where the names of a trade end, site_21/feed, ... follow.

    Returns
    -------
    tuple[str, ...]
        All different, paid channels only.
    """
    if naming == "generic":
        return tuple(f"channel_{i + 1:02d}" for i in range(count))
    known = NAMINGS[naming]
    return tuple(known[i] if i < len(known) else f"site_{i + 1:02d}/feed" for i in range(count))


def found(rng: np.random.Generator, knobs: Knobs, naming: str = "trade") -> Company:
    """Draw a company: roles, volume curves, and a history of spend that wanders and pauses.

    Parameters
    ----------
    rng
        Where all chance comes from.
    knobs
        Its size and traps.
    naming
        What the channels are called; see `names`.
    """
    count, weeks = knobs.channels, knobs.weeks
    labels = names(count, naming)
    role = ["work"] * count
    spare = list(range(count))
    if knobs.harvest > 0 and count >= 3:
        role[2] = "harvest"
        spare.remove(2)
    for i in list(reversed(spare))[: knobs.null]:
        role[i] = "null"
    tiny = [i for i in reversed(spare) if role[i] == "work"][: knobs.tiny]

    reach = knobs.users * rng.uniform(0.08, 0.25, count)  # touches per week at the usual spend
    reach[tiny] *= 0.05
    price = np.exp(rng.normal(np.log(1.2), 0.35, count))  # currency per touch at the usual spend
    usual = reach * price
    fill = rng.uniform(0.4, 1.6, count)  # usual spend in units of the curve's scale
    bend = rng.integers(0, 3, count)
    at_usual = np.stack([fill / (1 + fill), 1 - np.exp(-fill), np.log1p(fill)])[
        bend, np.arange(count)
    ]
    noise = np.exp(rng.normal(0, knobs.noise, (weeks, count)) - knobs.noise**2 / 2)
    return Company(
        labels, tuple(role), _wander(rng, knobs, usual), reach / at_usual, usual / fill, bend, noise
    )


def _wander(rng: np.random.Generator, knobs: Knobs, usual: Array) -> Array:
    """Weekly spend: a slow log-random walk pulled back to the usual spend, part of it shared, with
    pauses.
    """
    weeks, count = knobs.weeks, len(usual)
    own = _ar(rng.normal(0, 1, (weeks, count)))
    shared = _ar(rng.normal(0, 1, (weeks, 1)))
    path = np.sqrt(1 - knobs.in_step**2) * own + knobs.in_step * shared
    spend = usual * np.exp(0.45 * path)
    pause = rng.random((weeks, count)) < knobs.pauses * (1 - knobs.in_step)
    pause |= rng.random((weeks, 1)) < knobs.pauses * knobs.in_step
    pause[0] = False  # a history starts with every channel on
    out: Array = np.where(pause, 0.0, np.round(spend, 2))
    return out


def _ar(shocks: Array, memory: float = 0.75) -> Array:
    """Unit-variance AR(1) along the first axis."""
    out = np.empty_like(shocks)
    out[0] = shocks[0]
    for t in range(1, len(shocks)):
        out[t] = memory * out[t - 1] + np.sqrt(1 - memory**2) * shocks[t]
    return out
