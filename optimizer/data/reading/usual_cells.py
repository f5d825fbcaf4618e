"""The forms that most cells have: DuckDB's own readings, and SQL that says they can be trusted."""

from __future__ import annotations

from optimizer.data.engine import literal
from optimizer.data.reading.cells import MISSING, NUMBER_TYPE, accept

# one group of three digits alone may also be decimals, but for counted things
_GROUPED = r"[1-9][0-9]{0,2}((,[0-9]{3}){2,3}(\.[0-9]{1,9})?|,[0-9]{3}\.[0-9]{1,9})"
_COUNTED = r"[1-9][0-9]{0,2}(,[0-9]{3}){1,3}(\.[0-9]{1,9})?"


# one line that neither begins nor ends with a blank, a dash or the dress of a spreadsheet
_EDGE = r"\s\x{a0}\x{3000}\x{200b}\x{feff}"


_BARE_TEXT = rf"[^{_EDGE}='\x{{2014}}\x{{2013}}/\\#-]([^\n]*[^{_EDGE}])?"


_CASED = {v for w in MISSING for v in (w, w.upper(), w.capitalize(), w.title())}


_MISSING_TEXTS = ", ".join(literal(w) for w in sorted((_CASED | {"NaN", "N/a"}) - {""}))


def usual(kind: str, raw: str, value: str, positive: bool) -> tuple[str, str] | None:
    """The forms most cells have, for loading; the other texts are read by the functions below.

    Parameters
    ----------
    kind
        The column's kind.
    raw
        SQL of the text.
    value
        Name of the column that holds the value in the second expression.
    positive
        Whether amounts below 0 cannot stand.

    Returns
    -------
    tuple of str, or None
        SQL of the value, and SQL that says the cell has the usual form. None: there is no short
        way.
    """
    if kind in ("count", "money", "number", "rate"):
        return _fast_number(kind, raw, value, positive)
    if kind == "day":
        # DuckDB's own reading, of 2026-08-13, 2026/8/13 and, with its dashes put in, 20260813
        whole = (
            f"CASE WHEN length({raw}) = 8 AND {raw}[5] NOT IN ('-', '/')"
            f" THEN {raw}[:4] || '-' || {raw}[5:6] || '-' || {raw}[7:] ELSE {raw} END"
        )
        form = (
            f"({raw} LIKE '____-__-__' OR length({raw}) BETWEEN 8 AND 10"
            f" AND {raw}[5] IN ('-', '/') OR regexp_full_match({raw}, '[0-9]{{8}}'))"
        )
        sound = accept("day", value, False)
        return f"try_cast({whole} AS DATE)", f"{sound} AND {form} AND NOT contains({raw}, ' ')"
    if kind == "time":  # seconds or none, no zone: a minus after the day would be one
        form = (
            f"(length({raw}) BETWEEN 13 AND 19 AND {raw}[-3] = ':'"
            f" OR length({raw}) = 23 AND {raw}[17] = ':' AND {raw}[20] = '.')"
            f" AND {raw}[5] IN ('-', '/') AND NOT contains({raw}, '+')"
            f" AND NOT contains({raw}[9:], '-')"
        )
        return (
            f"try_cast({raw} AS TIMESTAMP)",
            f"{accept('time', value, False)} AND ({raw} LIKE '____-__-__ __:__:__' OR {form})"
            f" AND NOT suffix({raw}, 'Z')",
        )
    if kind == "id":  # ="123" and a tab at the end are what spreadsheets need to leave an id alone
        read = (
            f"CASE WHEN suffix({raw}, chr(9)) THEN rtrim({raw}, chr(9))"
            f" WHEN prefix({raw}, '=\"') AND suffix({raw}, '\"') THEN {raw}[3:-2] ELSE {raw} END"
        )
        return read, (
            f"regexp_full_match({value}, '[0-9]+') OR ({_bare(value)}"
            f" AND NOT contains({value}, '+') AND NOT contains({value}, '\"'))"
        )
    return (raw, f"({_bare(raw)})") if kind == "text" else None


def dotted(raw: str) -> str:
    """SQL: the text ends in a point and three digits, which may be thousands."""
    return f"(length({raw}) BETWEEN 5 AND 8 AND {raw}[-4] = '.' AND {raw}[1] <> '0')"


def _bare(raw: str) -> str:
    """SQL: the text needs no undressing, and is no word for "no value"."""
    form = literal(_BARE_TEXT)
    return f"regexp_full_match({raw}, {form}) AND {raw} NOT IN ({_MISSING_TEXTS})"


def _fast_number(kind: str, raw: str, value: str, positive: bool) -> tuple[str, str]:
    """DuckDB's own reading, but for commas (only where they part thousands), a point before the last
    three digits (1.500 may be 1,500), exponents (a spreadsheet's, or a damaged decimal point) and _
    (Python's). A cast that fails costs ten times one that does not, so what is sure to fail is kept
    from it.
    """
    grouped = literal("-?" + (_COUNTED if kind == "count" else _GROUPED))
    read = (
        f"CASE WHEN contains({raw}, ',') THEN"
        f" CASE WHEN regexp_full_match({raw}, {grouped})"
        f" THEN try_cast(replace({raw}, ',', '') AS {NUMBER_TYPE}) END"
        f" WHEN {raw} IN ('-', '--') THEN NULL ELSE try_cast({raw} AS {NUMBER_TYPE}) END"
    )
    if kind == "count":
        sound = f"{value} >= 0 AND {value} % 1 = 0"
    else:
        sound = f"{value} >= 0" if positive else f"{value} IS NOT NULL"
    if kind == "rate":
        part = f"try_cast(try_cast({raw}[:-2] AS {NUMBER_TYPE}) AS DOUBLE)"
        read = (
            f"CASE WHEN suffix({raw}, '%') THEN CASE WHEN NOT contains({raw}, ',')"
            f" THEN try_cast({part} * 0.01 AS {NUMBER_TYPE}) END ELSE {read} END"
        )
    usual = f"{sound} AND " + " AND ".join(f"NOT contains({raw}, '{mark}')" for mark in "eE_")
    if kind != "rate":
        usual += f" AND NOT {dotted(raw)}"
    return read, f"({usual}) OR {raw} IN ('-', '--')"
