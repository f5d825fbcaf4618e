"""Journeys to a first purchase only: what acquisition is credited for, and what CAC counts."""

from __future__ import annotations

from optimizer.data.engine import literal
from optimizer.data.tables import Events
from optimizer.journeys.touches import whole_scale


def until_first(events: Events, conversion: str = "purchase") -> Events:
    """The same events, each user's only up to the first purchase: every journey that converts wins
    a new customer.

    A user's later touches and purchases are left out; touches at the very time of the purchase
    stay (they come before it). The handle names a query, nothing is copied.

    Parameters
    ----------
    events
        An opened events table.
    conversion
        The event that wins a customer.
    """
    bought, when = f"event = {literal(conversion)}", events.moment
    table = (
        f"(SELECT user_id, {events.timed}, channel, event, value, segment FROM (SELECT *,"
        f" min(CASE WHEN {bought} THEN {when} END) OVER (PARTITION BY user_id) AS won,"
        f" row_number() OVER (PARTITION BY user_id, {bought}"
        f" ORDER BY {when}, value DESC NULLS LAST) AS nth"
        f" FROM {events.table}) AS numbered"
        f" WHERE (won IS NULL OR {when} <= won) AND NOT ({bought} AND nth > 1))"
        " AS to_first_purchase"
    )
    return events.over(table)


def customers(events: Events, conversion: str = "purchase") -> tuple[int, float]:
    """How many users bought at all, and the value (currency) of all that they bought.

    Parameters
    ----------
    events
        An opened events table.
    conversion
        The event that counts.

    Returns
    -------
    Users, and currency.
    """
    bought = f"FROM {events.table} WHERE event = {literal(conversion)}"
    users, top = events.engine.rows(
        f"SELECT count(DISTINCT user_id), COALESCE(max(value), 0.0) {bought}"
    )[0]
    # added up as whole numbers: a sum of doubles depends on how many threads share the rows
    value = events.engine.amount("COALESCE(value, 0.0)", whole_scale(float(top)))
    return int(users), float(events.engine.rows(f"SELECT {value} {bought}")[0][0] or 0.0)
