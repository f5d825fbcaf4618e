"""From a cell as it came to a typed value: SQL expressions that give NULL for what is absent or not understood.

A wrong guess is worse than a question: a cell that can be read in two ways is not read. `1,234` is refused (1234
in one country, 1.234 in another), `03/04/2026` too unless other rows of the column settle the order, and a time
zone's abbreviation (CST is both Chicago and Shanghai).
"""

from __future__ import annotations

from optimizer.data.engine import literal

BLANKS = " \t\r\n\u00a0\u3000\ufeff"
BLANK = r"[ \t\r\n\x{a0}\x{3000}\x{feff}]"  # one of them, in a regular expression
LARGEST = 1e15
ISO = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}([.]\d{1,9})?)?)?"
ZONED = r"\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}(:\d{2}([.]\d{1,9})?)? ?(Z|UTC|[+-]\d{2}(:?\d{2})?)"
SLASHED = r"(\d{1,2})/(\d{1,2})/(\d{4})( \d{1,2}:\d{2}(:\d{2})?)?"


def is_text(kind: str) -> bool:
    return kind == "VARCHAR" or kind.startswith("ENUM")


def is_nested(kind: str) -> bool:
    """Lists, records and bytes: no single cell to read."""
    return kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION", "BLOB"))


def is_number(kind: str) -> bool:
    return kind.startswith(
        (
            "TINYINT",
            "SMALLINT",
            "INTEGER",
            "BIGINT",
            "HUGEINT",
            "UTINYINT",
            "USMALLINT",
            "UINTEGER",
            "UBIGINT",
            "UHUGEINT",
            "FLOAT",
            "DOUBLE",
            "DECIMAL",
        )
    )


def text(column: str, kind: str) -> str:
    """Text without blanks around it; NULL where nothing is left."""
    inner = column if kind == "VARCHAR" else f"CAST({column} AS VARCHAR)"
    return f"NULLIF(trim({inner}, {literal(BLANKS)}), '')"


def number(column: str, kind: str) -> str:
    """A double; NULL where absent or no number. Infinity, NaN and minus come through, to be named as problems."""
    if is_number(kind):
        return f"CAST({column} AS DOUBLE)"
    if is_text(kind):
        # DuckDB also reads 1_000 as a number; a spreadsheet does not.
        return f"CASE WHEN contains({column}, '_') THEN NULL ELSE TRY_CAST({text(column, kind)} AS DOUBLE) END"
    return "CAST(NULL AS DOUBLE)"


def zoned(column: str, kind: str) -> str:
    """Whether the cell carries its time zone."""
    if kind.startswith("TIMESTAMP WITH TIME ZONE"):
        return "TRUE"
    if is_text(kind):
        return (
            f"regexp_full_match({text(column, kind)}, {literal(ZONED)} || '|' || {literal(EPOCH)})"
        )
    return "TRUE" if is_number(kind) else "FALSE"


EPOCH = r"1\d{9}|1\d{12}|1\d{15}"


def _epoch(seconds: str) -> str:
    """UTC wall time of seconds, milliseconds or microseconds since 1970 (told apart by their size)."""
    return (
        f"CASE WHEN {seconds} BETWEEN 1000000000 AND 1999999999 THEN make_timestamp({seconds} * 1000000)"
        f" WHEN {seconds} BETWEEN 1000000000000 AND 1999999999999 THEN make_timestamp({seconds} * 1000)"
        f" WHEN {seconds} BETWEEN 1000000000000000 AND 1999999999999999 THEN make_timestamp({seconds}) END"
    )


def time(column: str, kind: str, zone: str = "UTC", slashes: str | None = None) -> str:
    """A TIMESTAMP on the clock of `zone`; NULL where absent or not understood.

    Read: ISO 8601 with or without zone, 2026/8/13 9:05, 20260813, 20260813093000, 2026年8月13日, seconds,
    milliseconds or microseconds since 1970. slashes: "dm" or "md" for 13/8/2026, once the column has settled it.
    """
    shift = "" if zone == "UTC" else f" AT TIME ZONE 'UTC' AT TIME ZONE {literal(zone)}"
    if kind.startswith("TIMESTAMP WITH TIME ZONE"):
        return f"CAST({column} AS TIMESTAMPTZ) AT TIME ZONE {literal(zone)}"
    if kind.startswith(("TIMESTAMP", "DATE")):
        return f"CAST({column} AS TIMESTAMP)"
    if is_number(kind):
        whole = f"TRY_CAST({column} AS BIGINT)"
        return (
            f"COALESCE(({_epoch(whole)}){shift}, try_strptime(CAST({whole} AS VARCHAR), '%Y%m%d'))"
        )
    if not is_text(kind):
        return "CAST(NULL AS TIMESTAMP)"
    cell = text(column, kind)
    whole = f"TRY_CAST({cell} AS BIGINT)"
    slashed = ""
    if slashes:
        day = "%d/%m/%Y" if slashes == "dm" else "%m/%d/%Y"
        forms = ", ".join(f"'{day}{clock}'" for clock in ("", " %H:%M", " %H:%M:%S"))
        slashed = f" WHEN regexp_full_match({cell}, {literal(SLASHED)}) THEN try_strptime({cell}, [{forms}])"
    chinese = ", ".join(
        f"'%Y年%m月%d日{clock}'"
        for clock in ("", " %H:%M", " %H:%M:%S", "%H:%M", "%H:%M:%S", " %H时%M分")
    )
    return (
        f"CASE WHEN regexp_full_match({cell}, {literal(ISO)}) THEN TRY_CAST({cell} AS TIMESTAMP)"
        f" WHEN regexp_full_match({cell}, {literal(ZONED)}) THEN TRY_CAST({cell} AS TIMESTAMPTZ) AT TIME ZONE {literal(zone)}"
        f" WHEN regexp_full_match({cell}, '\\d{{8}}') THEN try_strptime({cell}, '%Y%m%d')"
        f" WHEN regexp_full_match({cell}, '2\\d{{13}}') THEN try_strptime({cell}, '%Y%m%d%H%M%S')"
        f" WHEN regexp_full_match({cell}, {literal(EPOCH)}) THEN ({_epoch(whole)}){shift}"
        f"{slashed}"
        f" WHEN contains({cell}, '年') THEN try_strptime({cell}, [{chinese}]) END"
    )
