"""Rules for cells that hold amounts or numbers of things, shared by all tables."""

from __future__ import annotations

from optimizer.data.reading import values
from optimizer.data.reading.checking import Check, Found
from optimizer.messages import _

FINITE = 1.7976931348623157e308


def number_checks(name: str, column: Found, required: bool = False) -> list[Check]:
    """No text, no infinity, nothing negative, nothing beyond 1e15; nothing empty where `required`."""
    number = values.number(column.sql, column.kind)
    if values.is_number(column.kind):
        given, absent = "FALSE", f"{column.sql} IS NULL"
    else:
        filled = values.text(column.sql, column.kind)
        given, absent = f"{filled} IS NOT NULL AND {number} IS NULL", f"{filled} IS NULL"
    rules = [
        Check(
            name,
            given,
            f"{name} is no number: {{cell}}",
            _("write 1234.5, without thousands separators, units or signs"),
        ),
        # NaN is above every number in DuckDB, Spark and PostgreSQL alike.
        Check(
            name,
            f"{number} > {FINITE!r} OR {number} < {-FINITE!r}",
            f"{name} is not a finite number: {{cell}}",
            _("write a number of 0 or more"),
        ),
        Check(
            name,
            f"{number} < 0 AND {number} >= {-FINITE!r}",
            f"{name} is negative: {{cell}}",
            _("write 0 or more; net refunds before"),
        ),
        Check(
            name,
            f"{number} > {values.LARGEST!r} AND {number} <= {FINITE!r}",
            f"{name} is larger than 1e15: {{cell}}",
            _("check the unit"),
        ),
    ]
    if required:
        rules.append(
            Check(name, absent, _("{name} is empty", name=name), _("write 0 where it is nothing"))
        )
    return rules
