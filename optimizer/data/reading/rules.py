"""What must hold for the cells of a table of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from optimizer.data.reading.values import LARGEST, Found, is_number
from optimizer.messages import Message, Text, _

FINITE = 1.7976931348623157e308


@dataclass(frozen=True)
class Check:
    """A rule for cells.

    Attributes
    ----------
    column
        Ours, whose cells it is about.
    wrong
        SQL over the raw view, true where the rule is broken.
    what
        What is wrong then.
    fix
        What to try.
    shows
        Whether the message shows the cell.
    """

    column: str
    wrong: str
    what: Message
    fix: Text
    shows: bool = False


def number_checks(
    name: str, column: Found, required: bool = False, negative: bool = False
) -> list[Check]:
    """Rules for cells that hold amounts or numbers of things.

    No text, no infinity, nothing beyond 1e15; nothing negative but where `negative` allows it,
    nothing empty where `required`.
    """
    number, absent = column.number, column.absent
    typed = is_number(column.kind) and not column.cell
    given = "FALSE" if typed else f"NOT ({absent}) AND {number} IS NULL"
    rules = [
        Check(
            name,
            given,
            _("{name} is no number", name=name),
            _("write 1234.5, without thousands separators, units or signs"),
            shows=True,
        ),
        # NaN is above every number in DuckDB, Spark and PostgreSQL alike.
        Check(
            name,
            f"{number} > {FINITE!r} OR {number} < {-FINITE!r}",
            _("{name} is not a finite number", name=name),
            _("write a number of 0 or more"),
            shows=True,
        ),
        Check(
            name,
            f"{number} < {-LARGEST if negative else 0!r} AND {number} >= {-FINITE!r}",
            _("{name} is negative", name=name),
            _("write 0 or more; net refunds before"),
            shows=True,
        ),
        Check(
            name,
            f"{number} > {LARGEST!r} AND {number} <= {FINITE!r}",
            _("{name} is larger than 1e15", name=name),
            _("check the unit"),
            shows=True,
        ),
    ]
    if required:
        fix = _("write 0 where it is nothing")
        rules.append(Check(name, absent, _("{name} is empty", name=name), fix))
    return rules


@dataclass(frozen=True)
class Rules:
    """What a table of ours is made of, and what must hold for its cells.

    Attributes
    ----------
    kind
        What the table is, for the relation's name.
    columns
        Found columns -> {our name: SQL over the raw view}.
    checks
        Found columns -> the rules.
    zone, slashes
        How times are read (see `Found.time`).
    totals
        Whether a row that says so is one of totals though it breaks no rule: in a table of amounts
        it would count them twice.
    """

    kind: str
    columns: Callable[[Mapping[str, Found]], Mapping[str, str]]
    checks: Callable[[Mapping[str, Found]], Sequence[Check]]
    zone: str = "UTC"
    slashes: str | None = None
    totals: bool = False
