"""Journeys of like length are compared with one another; long ones in classes."""

from __future__ import annotations

EXACT = 12  # touches up to which each length stands for itself
EDGES = (15, 20, 30, 50, 100)  # the longest of each class above


def length_class(column: str) -> str:
    """SQL: the class of a number of touches, a whole number that grows with it.

    Parameters
    ----------
    column
        SQL of the number, 0 or more.

    Examples
    --------
    >>> length_class("n")[:42]
    'CASE WHEN n <= 12 THEN n WHEN n <= 15 THEN'
    """
    classes = " ".join(
        f"WHEN {column} <= {edge} THEN {EXACT + i}" for i, edge in enumerate(EDGES, 1)
    )
    last = EXACT + len(EDGES) + 1
    return f"CASE WHEN {column} <= {EXACT} THEN {column} {classes} ELSE {last} END"
