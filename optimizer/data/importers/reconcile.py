"""One line per file to hold against the platform's own page: how much, how long, how many channels,
what was left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.data.importers import merge
from optimizer.data.importers.checks import REPEATED
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.source import FOOTNOTE, TOTAL
from optimizer.data.reading.typed import Typed
from optimizer.messages import Message, Quantity, Text, _, listed, ngettext

NAMES = {"spend": _("spend"), "gmv": _("sales"), "value": _("value"), "revenue": _("sales")}
# the amount that a table is about
AMOUNT = {"spend": "spend", "shop": "gmv", "orders": "value", "events": "value"}


@dataclass(frozen=True)
class Reconciled:
    """What a file came to, as its own page can be asked.

    Attributes
    ----------
    file
        What the user calls it.
    table
        Which of our tables it becomes.
    name, amount
        The amount it is about and its sum, in currency units.
    currency
        ISO 4217; "" where the file names none.
    unit
        day, week or month: what a row of spend covers.
    periods, first, last
        How many there are, and the first and the last, as ISO days.
    channels, customers, rows
        How many; None where the table has none.
    left_out
        {totals | footnotes | repeats | not_paid: rows} that do not count.
    """

    file: Text
    table: str
    name: str
    amount: float | None
    currency: str
    unit: str | None
    periods: int
    first: str | None
    last: str | None
    channels: int | None
    customers: int | None
    rows: int
    left_out: Mapping[str, int]

    @property
    def text(self) -> Message:
        """The line: "spend.csv: spend 12,345.00 USD, 30 days, 4 channels, 3 rows left out
        (totals)".
        """
        facts: list[Message] = []
        if self.amount is not None:
            facts.append(_amount(self.name, self.amount, self.currency))
        if self.table in ("orders", "events"):
            rows = ngettext("{n} row", "{n} rows", self.rows)
            orders = ngettext("{n} order", "{n} orders", self.rows)
            facts.append(orders if self.table == "orders" else rows)
        if self.customers is not None:
            facts.append(ngettext("{n} customer", "{n} customers", self.customers))
        if self.periods and self.table in ("spend", "shop", "totals"):
            facts.append(_span(self.unit, self.periods))
        if self.channels is not None and self.table in ("spend", "shop"):
            facts.append(ngettext("{n} channel", "{n} channels", self.channels))
        for why, n in self.left_out.items():
            facts.append(_left_out(why, n))
        return _("{where}: {facts}", where=self.file, facts=listed(facts))

    def record(self) -> dict[str, Any]:
        """The same as data, for JSON."""
        return {
            "file": self.file,
            "table": self.table,
            "amount": self.name,
            "sum": self.amount,
            "currency": self.currency or None,
            "unit": self.unit,
            "periods": self.periods,
            "first": self.first,
            "last": self.last,
            "channels": self.channels,
            "customers": self.customers,
            "rows": self.rows,
            "left_out": dict(self.left_out),
            "line": self.text,
        }


def _amount(name: str, amount: float, currency: str) -> Message:
    # a sum is confirmed to the cent, whatever its size
    shown = Quantity(amount, "number", digits=2)
    said = NAMES.get(name, name)
    if currency:
        return _("{name} {amount} {currency}", name=said, amount=shown, currency=currency)
    return _("{name} {amount}", name=said, amount=shown)


def _span(unit: str | None, n: int) -> Message:
    if unit == "week":
        return ngettext("{n} week", "{n} weeks", n)
    if unit == "month":
        return ngettext("{n} month", "{n} months", n)
    return ngettext("{n} day", "{n} days", n)


def _left_out(why: str, n: int) -> Message:
    if why == "totals":
        return ngettext("{n} row left out (totals)", "{n} rows left out (totals)", n)
    if why == "not_paid":
        return ngettext(
            "{n} order left out (cancelled, unpaid or refunded)",
            "{n} orders left out (cancelled, unpaid or refunded)",
            n,
        )
    if why == "footnotes":
        return ngettext("{n} row left out (a footnote)", "{n} rows left out (footnotes)", n)
    return ngettext("{n} row left out (a repeat)", "{n} rows left out (repeats)", n)


def reconciled(
    connection: Any,
    parts: Sequence[Typed],
    said: Mapping[str, Choices],
    currencies: Mapping[str, str],
) -> tuple[Reconciled, ...]:
    """What each part came to, after everything was left out that does not count.

    Parameters
    ----------
    connection
        DuckDB's, with the parts' tables.
    parts, said
        What was read, and what the user says of each, by its table.
    currencies
        {part's table: ISO code} where it is known.
    """
    return tuple(
        _one(connection, part, said.get(part.table, Choices()), currencies.get(part.table, ""))
        for part in parts
        if part.layout.table in (*AMOUNT, "totals")
    )


def _one(connection: Any, part: Typed, choices: Choices, currency: str) -> Reconciled:
    table = part.layout.table
    if table == "totals":
        source, has = part.table, set(part.columns)
        source = f"{part.table} WHERE _state = 0"
    else:
        source, has = f"({merge.relation(part, choices)})", set(merge.COLUMNS[table])
    unpaid = 0
    if table == "orders":
        paid = "state IS NULL OR state = 'paid'"
        (unpaid,) = connection.execute(
            f"SELECT count(*) FROM {source} WHERE NOT ({paid})"
        ).fetchone()
        source = f"{source} WHERE {paid}"
    name = AMOUNT.get(table, next((c for c in ("revenue", "orders") if c in has), "rows"))
    # rows of one order are one; a cancellation is none
    counted = (
        "count(DISTINCT order_id) FILTER (value > 0)"
        " + count(*) FILTER (order_id IS NULL AND value > 0)"
        if table == "orders"
        else "count(*)"
    )
    time = "period" if "period" in has else "timestamp"
    unit = part.grain.unit if "until" not in part.columns else "day"
    amount, periods, first, last, channels, customers, rows = connection.execute(
        f"SELECT {f'CAST(sum({name}) AS DOUBLE)' if name in has else 'NULL'},"
        f" count(DISTINCT CAST({time} AS DATE)), CAST(min({time}) AS VARCHAR),"
        f" CAST(max({time}) AS VARCHAR),"
        f" {'count(DISTINCT channel)' if 'channel' in has else 'NULL'},"
        f" {'count(DISTINCT user_id)' if 'user_id' in has else 'NULL'}, {counted} FROM {source}"
    ).fetchone()
    states = dict(
        connection.execute(
            f"SELECT _state, count(*) FROM {part.table} WHERE _state <> 0 GROUP BY 1"
        ).fetchall()
    )
    kinds = (("totals", TOTAL), ("footnotes", FOOTNOTE), ("repeats", REPEATED))
    left_out = {why: int(states[state]) for why, state in kinds if states.get(state)}
    if unpaid:
        left_out["not_paid"] = int(unpaid)
    return Reconciled(
        *(part.part.where, table, name, amount, currency, unit, int(periods)),
        *(first and first[:10], last and last[:10], channels, customers, int(rows), left_out),
    )
