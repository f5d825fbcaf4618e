"""Paths whose touches are joined otherwise than by `>`: read where that is sure, asked about where
it is not.

A JSON list and an arrow can mean nothing else. A bar or a comma may be part of a name: where no
path holds a `>` but some hold one of these, the user is asked once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.data.engine import literal
from optimizer.data.raw import Raw
from optimizer.data.reading.values import Found
from optimizer.errors import UserError
from optimizer.messages import Message, _

OURS = ">"
ARROWS = (">>>", ">>", "→", "⇒", "➔", "➜", "⟶", "»", "›", "->", "=>")
DOUBTFUL = ("|", ",", ";", "，", "、", "；", "｜")
LIST = r"\s*\[.*\]\s*"
SAMPLE = 1000  # rows that are looked at before all are


@dataclass(frozen=True)
class Joined:
    """How the touches of a table's paths are joined.

    Attributes
    ----------
    path
        The column, its touches joined by `>`.
    notes
        What was read as what.
    """

    path: Found
    notes: tuple[Message, ...] = ()


def joined(raw: Raw, path: Found, separator: str | None = None) -> Joined:
    """The column of paths with its touches joined by `>`.

    Parameters
    ----------
    raw, path
        The table and its column of paths.
    separator
        What joins touches, as the user says; None: look.

    Raises
    ------
    UserError
        Where the paths seem to be joined by something else, and which cannot be known; where a
        name holds the `>` that joins touches here.
    """
    if separator is not None:
        return _stated(raw, path, separator.strip() or separator)
    if not raw.local or not path.is_text or not _odd(raw, path, sample=True):
        return Joined(path)
    rows, angled, lists, *found = _looked(raw, path)
    if lists and lists == rows:
        _no_angle(raw, path, angled, _("a list"))
        note = _("{file}: the paths are lists, taken as touches in order", file=raw.label)
        return Joined(_rewritten(path, _list(path.sql)), (note,))
    hits = dict(zip((*ARROWS, *DOUBTFUL), found, strict=True))
    arrow = next((one for one in ARROWS if hits[one]), None)
    if arrow is not None and _alone(raw, path, arrow, angled):
        note = _(
            "{file}: '{sign}' is taken to join touches, as '>' does", file=raw.label, sign=arrow
        )
        return Joined(_rewritten(path, _swapped(path.sql, arrow)), (note,))
    sign = max(DOUBTFUL, key=lambda one: hits[one])
    if not angled and hits[sign]:
        raise UserError(
            _(
                "no path holds '>', and {hits} of {rows} hold '{sign}': does it join touches?",
                hits=f"{hits[sign]:,}",
                rows=f"{rows:,}",
                sign=sign,
            ),
            _("{label}: column {column}", label=raw.label, column=path.name),
            _(
                "say separator '{sign}' if it does, separator '>' if it is part of a name "
                "(--separator, or journeys: {{separator: ...}})",
                sign=sign,
            ),
        )
    return Joined(path)


def _stated(raw: Raw, path: Found, separator: str) -> Joined:
    if separator == OURS:
        return Joined(path)
    if separator in ("json", "list"):
        return Joined(_rewritten(path, _list(path.sql)))
    bare = f"replace({path.sql}, {literal(separator)}, '')"
    _no_angle(raw, path, _rows_with(raw, f"contains({bare}, '>')"), f"'{separator}'")
    return Joined(_rewritten(path, _swapped(path.sql, separator)))


def _rewritten(path: Found, sql: str) -> Found:
    return replace(path, sql=f"({sql})", kind="VARCHAR")


def _swapped(path: str, sign: str) -> str:
    """SQL: the path with `>` for the sign."""
    return f"replace({path}, {literal(sign)}, ' > ')"


def _list(path: str) -> str:
    """SQL: the touches of a list as JSON or Python writes it, joined by `>`.

    What is no such list becomes a path with an empty touch, which is refused with its row.
    """
    text = f"CASE WHEN contains({path}, '\"') THEN {path} ELSE replace({path}, '''', '\"') END"
    return (
        f"CASE WHEN {path} IS NULL THEN NULL WHEN json_valid({text}) THEN"
        f" array_to_string(json_extract_string({text}, '$[*]'), ' > ') ELSE '>' END"
    )


def _odd(raw: Raw, path: Found, sample: bool) -> bool:
    """Whether the first rows leave any doubt that `>` joins touches."""
    signs = " OR ".join(f"contains(cell, {literal(sign)})" for sign in ARROWS)
    ((angled, odd),) = raw.attempt(
        "SELECT COALESCE(bool_or(contains(cell, '>')), FALSE),"
        f" COALESCE(bool_or({signs} OR starts_with(ltrim(cell), '[')), FALSE)"
        f" FROM (SELECT {path.sql} AS cell FROM {raw.view} LIMIT {SAMPLE}) AS head"
    )
    return bool(odd or not angled)


def _looked(raw: Raw, path: Found) -> tuple[int, ...]:
    """Rows with a path, with '>', of lists, and with each sign."""
    counts = ", ".join(
        f"count_if(contains(cell, {literal(sign)}))" for sign in (*ARROWS, *DOUBTFUL)
    )
    ((*found,),) = raw.attempt(
        "SELECT count(cell), count_if(contains(cell, '>')),"
        f" count_if(regexp_full_match(cell, {literal(LIST)})), {counts}"
        f" FROM (SELECT {path.sql} AS cell FROM {raw.view}) AS cells"
    )
    return tuple(int(number or 0) for number in found)


def _alone(raw: Raw, path: Found, arrow: str, angled: int) -> bool:
    """Whether nothing but the arrow can join touches: no '>' stands outside it."""
    if OURS not in arrow:
        return not angled
    bare = f"replace({path.sql}, {literal(arrow)}, '')"
    return not _rows_with(raw, f"contains({bare}, '>')")


def _rows_with(raw: Raw, condition: str) -> int:
    ((number,),) = raw.attempt(f"SELECT count_if({condition}) FROM {raw.view}")
    return int(number or 0)


def _no_angle(raw: Raw, path: Found, rows: int, sign: object) -> None:
    if rows:
        raise UserError(
            _(
                "{rows} paths hold a '>', which joins touches here and so cannot stand in a name "
                "(they are joined by {sign})",
                rows=f"{rows:,}",
                sign=sign,
            ),
            _("{label}: column {column}", label=raw.label, column=path.name),
            _("write the names with '›' instead"),
        )
