"""Models that hand out each journey's conversion among its own touches: one function, one SQL expression.

The expression is evaluated once per touch inside the data engine and says which part of the journey's conversion
(and of its value) this touch receives. It may use these columns of the touch:

    pos                 1 for the first touch of the journey, up to n
    n                   touches in the journey
    repeats             touches of this channel in this journey
    distinct_channels   different channels in this journey
    days_to_last        days (a fraction) between this touch and the journey's last touch; NULL in a paths table
    is_direct           whether the channel is one of `Options.direct`
    last_named          position of the last touch that is not direct; NULL where all are

and `sum(...) OVER journey` for a sum over the touches of the journey. To add a model of this kind, write one
function here: nothing else changes.
"""

from __future__ import annotations

from optimizer.attribution.family import Options, share_of_journey


@share_of_journey()
def first(options: Options) -> str:
    """All credit to the first touch of the journey."""
    return "CASE WHEN pos = 1 THEN 1.0 ELSE 0.0 END"


@share_of_journey()
def last(options: Options) -> str:
    """All credit to the last touch before the conversion."""
    return "CASE WHEN pos = n THEN 1.0 ELSE 0.0 END"


@share_of_journey()
def last_non_direct(options: Options) -> str:
    """All credit to the last touch that is not direct traffic; to the last touch where all are direct."""
    return "CASE WHEN pos = COALESCE(last_named, n) THEN 1.0 ELSE 0.0 END"


@share_of_journey()
def linear(options: Options) -> str:
    """The same credit to every touch of the journey."""
    return "1.0 / n"


@share_of_journey()
def position(options: Options) -> str:
    """40 % to the first touch, 40 % to the last, 20 % spread over those between (shares configurable).

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


@share_of_journey(timed=True)
def time_decay(options: Options) -> str:
    """More credit to touches nearer the conversion: a touch `half_life_days` (7) older counts half.

    Real time. Measuring from the last touch instead of the conversion changes no share, and does not underflow.
    """
    rate = (
        f"exp(-{0.6931471805599453 / options.half_life_days!r} * COALESCE(days_to_last, n - pos))"
    )
    return f"{rate} / sum({rate}) OVER journey"


@share_of_journey()
def shapley(options: Options) -> str:
    """Shapley value of the channels, v(S) = conversions on paths whose channels are all in S.

    v is a sum of unanimity games, one per path, so the value is exactly an even split over the distinct channels
    of each path (Shapley 1953): linear time, any number of channels.
    """
    return "1.0 / (distinct_channels * repeats)"


@share_of_journey(by_default=False, by_position=True)
def shapley_ordered(options: Options) -> str:
    """Ordered Shapley value (Zhao et al. 2018): Shapley credit, told apart by the position of the touch.

    A channel's even share of the path is split over the positions at which it occurs, so the positions add up to
    the channel's credit and the channels' credit is that of `shapley`.
    """
    return "1.0 / (distinct_channels * repeats)"


@share_of_journey(by_default=False, effect=True)
def touched(options: Options) -> str:
    """Share of conversions whose journey touches the channel: what a chain of unlimited memory calls its removal effect."""
    return "1.0 / repeats"
