"""Rules of thumb: each journey's conversion is handed out among its own touches."""

from __future__ import annotations

from math import log

from optimizer.attribution.options import Options
from optimizer.attribution.registry import share_of_journey
from optimizer.messages import _


@share_of_journey(title=_("First touch"), rank=10)
def first(options: Options) -> str:
    """All credit to the first touch of the journey."""
    return "CASE WHEN pos = 1 THEN 1.0 ELSE 0.0 END"


@share_of_journey(title=_("Last touch"), rank=20)
def last(options: Options) -> str:
    """All credit to the last touch before the conversion."""
    return "CASE WHEN pos = n THEN 1.0 ELSE 0.0 END"


@share_of_journey(title=_("Last non-direct touch"), rank=30)
def last_non_direct(options: Options) -> str:
    """All credit to the last touch that is not direct traffic; to the last touch where all are
    direct."""
    return "CASE WHEN pos = COALESCE(last_named, n) THEN 1.0 ELSE 0.0 END"


@share_of_journey(title=_("Linear"), rank=40)
def linear(options: Options) -> str:
    """The same credit to every touch of the journey."""
    return "1.0 / n"


@share_of_journey(title=_("Position-based"), rank=50)
def position(options: Options) -> str:
    """40 % to the first touch, 40 % to the last, 20 % spread over those between (shares
    configurable).

    A journey of one touch gives it all; of two, the first and the last share in their proportion.
    """
    head, middle, tail = options.position
    ends = head + tail
    two_head = head / ends if ends else 0.5
    lone_ends = f"CASE WHEN pos = 1 THEN {two_head!r} ELSE {1 - two_head!r} END"
    many = (
        f"CASE WHEN pos = 1 THEN {head!r} WHEN pos = n THEN {tail!r} ELSE {middle!r} / (n - 2) END"
    )
    return f"CASE WHEN n = 1 THEN 1.0 WHEN n = 2 THEN {lone_ends} ELSE {many} END"


@share_of_journey(title=_("Time decay"), timed=True, rank=60)
def time_decay(options: Options) -> str:
    """More credit to touches nearer the conversion: a touch `half_life_days` (7) older counts half.

    Real time. Measuring from the last touch instead of the conversion changes no share, and does
    not underflow.
    """
    rate = f"exp(-{log(2) / options.half_life_days!r} * COALESCE(days_to_last, n - pos))"
    return f"{rate} / sum({rate}) OVER journey"


@share_of_journey(title=_("Touched journeys"), by_default=False, effect=True, rank=90)
def touched(options: Options) -> str:
    """Share of conversions whose journey touches the channel: what a chain of unlimited memory
    calls its removal effect."""
    return "1.0 / repeats"
