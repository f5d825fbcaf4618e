"""The currency of a table's amounts, which are never added up across currencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.data.raw import Raw
from optimizer.data.reading.columns import Column, column
from optimizer.data.reading.inference.currency import code_of, named_sql
from optimizer.data.reading.values import Found
from optimizer.errors import UserError
from optimizer.messages import _, listed


def currency_column() -> Column:
    """The column of a layout that names it."""
    return column("currency", "currency", "currency code", "币种", "货币", prefer=True)


def one_currency(
    raw: Raw, found: Mapping[str, Found], amounts: Sequence[str], signs: Sequence[str] = ()
) -> str | None:
    """The currency that mapping.yaml says, else that the table names; None: nothing does.

    Parameters
    ----------
    raw, found
        The table and its columns: `currency`, where it has one.
    amounts
        Our names of the columns that hold money.
    signs
        Codes of the signs that stand beside amounts.

    Raises
    ------
    UserError
        Where it names several, which cannot be added up.
    """
    if raw.mapping.currency is not None:
        return raw.mapping.currency
    there = [found[name] for name in amounts if name in found]
    heads = {code for entry in there if (code := code_of(entry.name)) is not None}
    named = {*heads, *signs}
    if "currency" in found:
        entry = found["currency"]
        some = " OR ".join(f"{amount.shown} IS NOT NULL" for amount in there) or "TRUE"
        rows = raw.attempt(f"SELECT DISTINCT {named_sql(entry.shown)} FROM {raw.view} WHERE {some}")
        named |= {str(row[0]) for row in rows if row[0] is not None}
    if len(named) > 1:
        where = _("{label}: column {column}", label=raw.label, column=there[0].name)
        if "currency" in found:
            where = _("{label}: column {column}", label=raw.label, column=found["currency"].name)
        raise UserError(
            _("amounts are in several currencies: {names}", names=listed(sorted(named))),
            where,
            _("convert the amounts to one currency"),
        )
    return next(iter(named), None)
