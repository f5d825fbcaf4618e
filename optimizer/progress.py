"""How far long work is. Whoever works tells, whoever listens (the command line) shows it; else this
costs nothing.

A loop says `for item in counted(items)`; loops within loops divide the outer one's part. Nobody
passes anything on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from optimizer.messages import Quantity, Text, _

T = TypeVar("T")
Expected = Sequence[tuple[Text, float]]  # steps in order, with the seconds each usually takes


@dataclass(frozen=True)
class _Span:
    """The part of the whole that the work at hand fills: from `start`, `width` wide, of 1."""

    start: float
    width: float
    tell: Callable[[float], None]


_here: ContextVar[_Span | None] = ContextVar("optimizer.progress", default=None)


@contextmanager
def listening(tell: Callable[[float], None]) -> Iterator[None]:
    """Whoever shows how far the work inside is, in this thread.

    Parameters
    ----------
    tell
        Called with the share done, 0 to 1.

    Examples
    --------
    >>> seen = []
    >>> with listening(seen.append):
    ...     total = sum(counted([1, 2, 3, 4]))
    >>> seen
    [0.25, 0.5, 0.75, 1.0]
    """
    token = _here.set(_Span(0.0, 1.0, tell))
    try:
        yield
    finally:
        _here.reset(token)


def counted(items: Sequence[T]) -> Iterator[T]:
    """The items, one by one; each is an equal part of the work at hand."""
    return weighed(items, [1.0] * len(items)) if _here.get() is not None else iter(items)


def weighed(items: Sequence[T], weights: Sequence[float]) -> Iterator[T]:
    """The items, one by one, each as much of the work at hand as its weight says.

    Parameters
    ----------
    items
        What is worked through.
    weights
        How much work each is, in any unit.
    """
    here, whole, done = _here.get(), sum(weights), 0.0
    if here is None or not whole > 0:
        yield from items
        return
    for item, weight in zip(items, weights, strict=True):
        _here.set(
            _Span(here.start + here.width * done / whole, here.width * weight / whole, here.tell)
        )
        try:
            yield item
        finally:
            _here.set(here)
        done += weight
        here.tell(here.start + here.width * done / whole)


@contextmanager
def part(first: float, last: float) -> Iterator[None]:
    """The work inside is one part of the work at hand.

    Parameters
    ----------
    first, last
        Where it begins and ends, 0 to 1.
    """
    here = _here.get()
    if here is None:
        yield
        return
    _here.set(_Span(here.start + here.width * first, here.width * (last - first), here.tell))
    try:
        yield
    finally:
        _here.set(here)
        here.tell(here.start + here.width * last)


class Meter:
    """Where the work stands.

    Parameters
    ----------
    expected
        The steps that will come, if known. Without them only the step at hand is known, and only
        where it counts.
    clock
        Gives seconds.
    """

    def __init__(
        self, expected: Expected = (), clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._steps = [(str(name), seconds) for name, seconds in expected]
        self._clock = clock
        self._at = -1  # the step at hand
        self._within = 0.0  # share of it that is done
        self._began = self._told = clock()
        self._left: float | None = None

    def step(self, name: Text) -> None:
        """The next step of this name begins; what lies between was skipped or is done."""
        if not self._steps:
            self._began = self._told = self._clock()
            self._within, self._left = 0.0, None
            return
        for i in range(self._at + 1, len(self._steps)):
            if self._steps[i][0] == str(name):
                self._at, self._within = i, 0.0
                self._measure()
                return

    def tick(self, share: float) -> None:
        """So much of the step at hand is done, 0 to 1; never less than before."""
        self._within = max(self._within, min(share, 1.0))
        self._measure()

    @property
    def share(self) -> float | None:
        """Share of the whole that is done, by the usual times; None: not known."""
        if not self._steps:
            return self._within or None
        return self._done / self._whole if self._whole > 0 else None

    @property
    def left(self) -> float | None:
        """Seconds to go: the last estimate less the time since, at least 0; None: not known."""
        passed = self._clock() - self._told
        return None if self._left is None else max(0.0, self._left - passed)

    @property
    def _whole(self) -> float:
        return sum(seconds for __, seconds in self._steps)

    @property
    def _done(self) -> float:
        before = sum(seconds for __, seconds in self._steps[: max(self._at, 0)])
        return before + (self._steps[self._at][1] * self._within if self._at >= 0 else 0.0)

    def _measure(self) -> None:
        self._told = self._clock()
        passed = self._told - self._began
        if not self._steps:
            self._left = passed * (1 - self._within) / self._within if self._within > 0 else None
            return
        # the first seconds say little about this machine's pace: one at the usual pace is thrown in
        self._left = (self._whole - self._done) * (passed + 1.0) / (self._done + 1.0)


def remaining(seconds: float | None) -> Text:
    """Time left in words, rounded as an estimate should be; empty where it is not known.

    Parameters
    ----------
    seconds
        Estimated time to go; None: not known.

    Examples
    --------
    >>> str(remaining(100.0))
    'about 2 min left'
    """
    if seconds is None:
        return ""
    if seconds < 5:
        return _("a few seconds left")
    if seconds < 90:
        return _("about {count} s left", count=5 * round(seconds / 5))
    if seconds < 90 * 60:
        return _("about {count} min left", count=max(2, round(seconds / 60)))
    return _("about {count} h left", count=Quantity(seconds / 3600, digits=1))
