"""Touches of one moment: no file says which came first, so each of their orders counts evenly.

A journey with ties is told as many times as its tied touches have orders, each with an equal part
of the journey. So whatever is counted is the mean over the orders: nothing depends on what channels
are called. A journey with very many orders is told in some that are drawn (by a hash of user and
channel, the same in every run).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations
from math import factorial, log

from optimizer.journeys.journey_sql import JOURNEY, MOST_ORDERS

LISTED = 4  # touches of one moment whose orders are listed one by one
KEYS = 2**30
# (moments with ties up to which, orders of a journey that are all told, orders drawn of others)
BUDGETS = ((100_000, MOST_ORDERS, MOST_ORDERS), (1_000_000, 6, 6), (None, 2, 1))


@dataclass(frozen=True)
class Ties:
    """How tied touches are told.

    Parameters
    ----------
    all_up_to
        Orders of a journey up to which each is told.
    drawn
        Orders told of a journey with more.
    bucket
        (SQL of a text, n) -> SQL of a pseudo-random number below n, see `Engine.bucket`.
    """

    all_up_to: int
    drawn: int
    bucket: Callable[[str, int], str]

    @classmethod
    def budgeted(cls, moments: int, bucket: Callable[[str, int], str]) -> Ties:
        """What can be afforded where so many moments hold touches of several channels."""
        every, drawn = next(
            (every, drawn) for most, every, drawn in BUDGETS if most is None or moments <= most
        )
        return cls(every, drawn, bucket)


def in_every_order(sql: str, last: str, ties: Ties) -> str:
    """SQL: a WITH clause, longer by `ordered`: the rows of `last` once per order, with `place`
    among the touches of their moment and their part of the journey's amounts.

    Parameters
    ----------
    sql
        The clause so far.
    last
        Name of its last relation: trip, part, bucket, timestamp, channel, conversions, value,
        nulls.
    ties
        How many orders are told.

    Returns
    -------
    str
        `ordered` has the columns of `last`; each order is a journey of its own, whose `part` is
        MOST_ORDERS times the journey's and the number of the order.
    """
    ways = " ".join(f"WHEN {size} THEN {factorial(size)}" for size in range(1, LISTED + 1))
    begins = "CASE WHEN turn = 1 THEN ln(ways) ELSE 0.0 END"
    listed = ", ".join(
        f"({size}, {number}, {turn}, {place})"
        for size in range(2, LISTED + 1)
        for number, order in enumerate(permutations(range(1, size + 1)))
        for turn, place in enumerate(order, 1)
    )
    copies = ", ".join(f"({copy})" for copy in range(MOST_ORDERS))
    number = "CAST(floor(copy / preceding) AS INTEGER) % ways"
    key = ties.bucket(
        "CAST(trip AS VARCHAR) || ':' || CAST(part AS VARCHAR) || ':' || CAST(copy AS VARCHAR)"
        " || ':' || CAST(channel AS VARCHAR) || ':' || CAST(turn AS VARCHAR)",
        KEYS,
    )
    return f"""{sql}, tied AS (
  SELECT *, row_number() OVER (PARTITION BY trip, part, timestamp ORDER BY channel) AS turn,
         CASE WHEN min(channel) OVER moment = max(channel) OVER moment THEN 1
              ELSE count(*) OVER moment END AS size
  FROM {last} WINDOW moment AS (PARTITION BY trip, part, timestamp)
), weighed AS (
  SELECT *, CASE size {ways} ELSE {2 * MOST_ORDERS} END AS ways FROM tied
), counted_orders AS (
  SELECT *, least(sum({begins}) OVER journey, {log(1e6)!r}) AS log_orders,
         least(sum({begins}) OVER so_far, {log(1e6)!r}) - ln(ways) AS log_preceding
  FROM weighed WINDOW journey AS ({JOURNEY}), so_far AS ({JOURNEY} ORDER BY timestamp)
), shared AS (
  SELECT *, log_orders <= {log(ties.all_up_to) + 1e-6!r} AS listed_all,
         CASE WHEN log_orders <= {log(ties.all_up_to) + 1e-6!r}
              THEN CAST(round(exp(log_orders)) AS INTEGER) ELSE {ties.drawn} END AS orders,
         round(exp(log_preceding)) AS preceding
  FROM counted_orders
), copied AS (
  SELECT s.*, c.copy FROM shared AS s
  JOIN (VALUES {copies}) AS c(copy) ON c.copy < s.orders
), ordered AS (
  SELECT trip, part * {MOST_ORDERS} + copy AS part, bucket, timestamp, channel,
         conversions * 1.0 / orders AS conversions, value / orders AS value,
         nulls * 1.0 / orders AS nulls,
         CASE WHEN NOT listed_all THEN {key} ELSE COALESCE(l.place, k.turn) END AS place
  FROM copied AS k LEFT JOIN (VALUES {listed}) AS l(of_size, numbered, of_turn, place)
    ON k.listed_all AND l.of_size = k.size AND l.of_turn = k.turn AND l.numbered = {number}
)"""
