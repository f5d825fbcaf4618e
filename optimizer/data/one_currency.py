"""The currency of a table's amounts, which are never added up across currencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.data.raw import Raw
from optimizer.data.reading.cells import MISSING
from optimizer.data.reading.columns import Column, column
from optimizer.data.reading.inference.currency import DOLLARS, code_of, named_sql
from optimizer.data.reading.values import Found
from optimizer.errors import UserError
from optimizer.messages import _, listed

# a sign that several currencies share: the code that it is read as, and those that it may mean
SHARED = {"$": ("USD", {"USD", *DOLLARS}), "¥": ("CNY", {"CNY", "JPY"})}


def may_be(found: str, currency: str) -> bool:
    """Whether amounts of which that is known may be in a currency.

    >>> may_be("$", "HKD"), may_be("USD", "HKD")
    (True, False)
    """
    return currency in SHARED[found][1] if found in SHARED else found == currency


def currency_column() -> Column:
    """The column of a layout that names it."""
    return column("currency", "currency", "currency code", "币种", "货币", prefer=True)


def one_currency(
    raw: Raw, found: Mapping[str, Found], amounts: Sequence[str], signs: Sequence[str] = ()
) -> str | None:
    """The currency that mapping.yaml says, else that the table names ("$" and "¥" where nothing but
    such a sign does); None: nothing does.

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
    named = set(heads)
    if "currency" in found:
        entry = found["currency"]
        some = " OR ".join(f"{amount.shown} IS NOT NULL" for amount in there) or "TRUE"
        rows = raw.attempt(f"SELECT DISTINCT {named_sql(entry.shown)} FROM {raw.view} WHERE {some}")
        named |= {str(row[0]) for row in rows} - {"None", *(word.upper() for word in MISSING)}
    for sign, (code, several) in SHARED.items():
        if code in signs:
            signs = [other for other in signs if other != code]
            named |= set() if named and named <= several else {sign}
    named |= set(signs)
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
