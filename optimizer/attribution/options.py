"""The choices of all attribution models, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from optimizer.errors import UserError
from optimizer.journeys.declared import TIES
from optimizer.journeys.direct import USUAL
from optimizer.journeys.journey_sql import Shape
from optimizer.messages import Message, _
from optimizer.registry import did_you_mean


@dataclass(frozen=True)
class Options:
    """The choices of all models; each has the default that the docs name.

    Parameters
    ----------
    order
        Touches that a Markov state remembers, 1 or more.
    lookback_days
        Touches older than this before the journey's end are left out (None: none), days.
    nulls
        Whether journeys without a conversion take part in the chain.
    collapse
        Whether consecutive repeats of a channel count as one touch before histories are built.
    truncate
        "longest" cuts the chain's sum at the longest collapsed path + 1 steps, a number at that
        many; None: the exact infinite sum.
    half_life_days
        `time_decay`: a touch this much older counts half, days.
    position
        First, middle and last share of `position`; the middle is split evenly. They add up to 1.
    direct
        Channels that `last_non_direct` passes over; "direct" stands for every usual spelling
        ("(direct) / (none)", "Direct", ...).
    conversion
        Events that close a journey (events tables).
    segment
        Only what the people of this segment did (events tables); the latest that is known of a
        user counts.
    platforms
        Whether tiers are rolled up: `xiaohongshu/koc` counts as `xiaohongshu`.
    touch
        Events that are touches (events tables).
    reuse
        Whether a conversion takes all touches before it, those of earlier conversions too; else a
        conversion closes the journey.
    ties
        Touches of one moment: "split" (each of their orders counts evenly) or "name" (in the order
        of their names).
    lifecycle
        What the lifecycle model alone takes, by name (stages, windows, tests).

    Raises
    ------
    UserError
        For a value that no model can work with.

    Examples
    --------
    >>> Options(order=2, direct="direct").direct
    ('direct',)
    """

    order: int = 1
    lookback_days: float | None = None
    nulls: bool = True
    collapse: bool = False
    truncate: int | str | None = None
    half_life_days: float = 7.0
    position: tuple[float, float, float] = (0.4, 0.2, 0.4)
    direct: tuple[str, ...] = USUAL
    conversion: tuple[str, ...] = ("purchase",)
    segment: str | None = None
    platforms: bool = False
    touch: tuple[str, ...] = ("touch",)
    reuse: bool = False
    ties: str = "split"
    lifecycle: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(
            isinstance(self.order, int) and not isinstance(self.order, bool) and self.order >= 1,
            _("order is {order}", order=repr(self.order)),
            _("write a whole number of touches, 1 or more, or 'auto'"),
        )
        _check(
            self.lookback_days is None or _number(self.lookback_days) > 0,
            _("lookback is {lookback_days} days", lookback_days=repr(self.lookback_days)),
            _("write a number of days above 0"),
        )
        _check(
            0 < _number(self.half_life_days) < np.inf,
            _("half_life_days is {half_life_days}", half_life_days=repr(self.half_life_days)),
            _("write a number of days above 0"),
        )
        _check(
            self.truncate is None
            or self.truncate == "longest"
            or (isinstance(self.truncate, int) and self.truncate >= 1),
            _("truncate is {truncate}", truncate=repr(self.truncate)),
            _("write 'longest' or a whole number of steps"),
        )
        shares = tuple(_number(part) for part in self.position)
        _check(
            len(shares) == 3
            and all(0 <= part <= 1 for part in shares)
            and abs(sum(shares) - 1) < 1e-9,
            _("position is {position}", position=repr(self.position)),
            _("write three shares that add up to 1: first, middle, last"),
        )
        object.__setattr__(self, "position", shares)
        object.__setattr__(self, "direct", _names(self.direct))
        object.__setattr__(self, "conversion", _names(self.conversion))
        object.__setattr__(self, "touch", _names(self.touch))
        _check(
            self.ties in TIES,
            _("ties is {ties}", ties=repr(self.ties)),
            _("write split (each order counts evenly) or name (in the order of names)"),
        )

    def shape(self, back: int = 0) -> Shape:
        """What these options say of journeys, with so many touches before each touch."""
        return Shape(
            back,
            self.lookback_days,
            self.collapse,
            self.nulls,
            self.conversion,
            self.touch,
            self.reuse,
            self.ties == "split",
        )

    def counted(self) -> dict[str, Any]:
        """What a count is told of journeys in every dialect, by its own names."""
        names = (
            *("lookback_days", "nulls", "collapse", "direct", "conversion"),
            *("segment", "platforms", "reuse"),
        )
        return {name: getattr(self, name) for name in names}

    @classmethod
    def of(cls, **given: Any) -> Options:
        """Options by name.

        Raises
        ------
        UserError
            For an unknown name, with the nearest known one.

        Examples
        --------
        >>> Options.of(half_life_days=3).half_life_days
        3
        """
        known = [entry.name for entry in fields(cls)]
        for name in given:
            if name not in known:
                raise UserError(
                    _("unknown option '{name}'", name=name), fix=did_you_mean(name, known)
                )
        return cls(**given)


def _names(given: str | tuple[str, ...]) -> tuple[str, ...]:
    """One name or several, as several."""
    return (given,) if isinstance(given, str) else tuple(given)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise UserError(_("{raw} is not a number", raw=repr(value))) from None


def _check(holds: bool, what: Message, fix: Message) -> None:
    if not holds:
        raise UserError(what, fix=fix)
