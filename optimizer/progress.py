"""How far long work is. Whoever works tells, whoever listens (the command line) shows it; else this
costs nothing.

A loop says `for item in counted(items)`; loops within loops divide the outer one's part. Nobody
passes anything on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


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
