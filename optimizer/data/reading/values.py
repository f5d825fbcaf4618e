"""A column of any SQL type as typed values: SQL expressions that give NULL for what is absent or
not understood.

The usual forms are read first, quickly; in DuckDB the grammar of cells (see `cells`) reads the rest
of a column of text, so a table means the same whether it is imported, planned on or attributed.
Elsewhere columns have types already.

A wrong guess is worse than a question: `03/04/2026` is read only where other rows of the column
settle the order, and a time zone's abbreviation (CST is both Chicago and Shanghai) never.
"""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.data.engine import literal
from optimizer.data.reading import cells, day_cells
from optimizer.data.reading.columns import Column
from optimizer.data.reading.inference.currency import code_sql
from optimizer.data.reading.usual_cells import dotted

BLANKS = " \t\r\n\u00a0\u3000\ufeff"
BLANK = r"[ \t\r\n\x{a0}\x{3000}\x{feff}]"  # one of them, in a regular expression
LARGEST = 1e15
ISO = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}([.]\d{1,9})?)?)?"
ZONED = (
    r"\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}(:\d{2}([.]\d{1,9})?)?"
    r" ?(Z|UTC|[+-]\d{2}(:?\d{2})?)"
)
SLASHED = r"(\d{1,2})/(\d{1,2})/(\d{4})( \d{1,2}:\d{2}(:\d{2})?)?"
EPOCH = r"1\d{9}|1\d{12}|1\d{15}"
_NUMBERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
    *("FLOAT", "DOUBLE", "DECIMAL"),
)
_ORDERS = {"dm": "dmy", "md": "mdy"}


def is_text(kind: str) -> bool:
    """Whether a column of that SQL type holds text."""
    return kind == "VARCHAR" or kind.startswith("ENUM")


def is_nested(kind: str) -> bool:
    """Whether it holds lists, records or bytes: no single cell to read."""
    return kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION", "BLOB"))


def is_number(kind: str) -> bool:
    """Whether it holds numbers."""
    return kind.startswith(_NUMBERS)


@dataclass(frozen=True)
class Found:
    """A column of the source that is one of ours.

    Attributes
    ----------
    sql, kind
        Of the column in the raw view: its SQL and its SQL type.
    name
        What the source calls it.
    column
        Which of ours it is.
    factor
        The unit that its header states for bare numbers.
    cell
        SQL of the text that `sql` was read from by the grammar of cells; "" where it was not.
    """

    sql: str
    kind: str
    name: str
    column: Column
    factor: float = 1.0
    cell: str = ""

    @property
    def is_text(self) -> bool:
        """Whether its cells are text."""
        return is_text(self.kind)

    @property
    def shown(self) -> str:
        """SQL: the cell as the source has it."""
        return self.cell or f"CAST({self.sql} AS VARCHAR)"

    @property
    def text(self) -> str:
        """SQL: text without blanks around it; NULL where nothing is left."""
        return text(self.sql, self.kind)

    @property
    def absent(self) -> str:
        """SQL: whether there is no value."""
        if not self.cell:
            return f"{self.text if self.is_text else self.sql} IS NULL"
        missing = f"{text(self.cell, 'VARCHAR')} IS NULL"
        if self.column.kind in ("day", "time"):
            return missing
        return f"({self.sql} IS NULL AND ({missing} OR _gone({self.cell})))"

    @property
    def number(self) -> str:
        """SQL: a double, in the usual forms; NULL where absent or in another form.

        Infinity, NaN and minus come through, to be named as problems.
        """
        quick = number(self.sql, self.kind)
        return quick if self.factor == 1.0 else f"{quick} * {self.factor!r}"

    def time(self, zone: str = "UTC", slashes: str | None = None) -> str:
        """SQL: a TIMESTAMP on the clock of a zone, in the usual forms; NULL where absent or in
        another form.

        Parameters
        ----------
        zone
            IANA name.
        slashes
            "dm" or "md" for 13/8/2026, once the column has settled it.
        """
        return time(self.sql, self.kind, zone, slashes)

    @property
    def day(self) -> str:
        """SQL: the day of `time`, as TIMESTAMP."""
        return f"date_trunc('day', {self.time()})"

    @property
    def doubt(self) -> str | None:
        """SQL: the cell may be 1.5 as well as 1,500; None for columns where none can be."""
        if not self.is_text or self.column.kind not in ("count", "money", "number"):
            return None
        return f"COALESCE({dotted(f'trim(CAST({self.sql} AS VARCHAR))')}, FALSE)"

    def carefully(
        self,
        zone: str = "UTC",
        slashes: str | None = None,
        mark: str = ".",
        order: str | None = None,
    ) -> tuple[str, str] | None:
        """The same by the grammar of cells, for a column of text in DuckDB.

        Parameters
        ----------
        zone, slashes
            As in `time`.
        mark
            The decimal mark of the column.
        order
            mdy or dmy, of a column of days.

        Returns
        -------
        tuple of str, or None
            SQL of the value (months and weeks are their first day), and its SQL type. None for
            names and ids, which are as they stand.
        """
        raw = self.sql if self.kind == "VARCHAR" else f"CAST({self.sql} AS VARCHAR)"
        if not self.is_text or self.column.kind in ("text", "id"):
            return None
        if self.column.kind == "day":
            return (
                f"COALESCE(CAST({day_cells.day(raw, order)} AS TIMESTAMP), {self.day})",
                "TIMESTAMP",
            )
        if self.column.kind == "time":
            slow = day_cells.time(raw, _ORDERS.get(slashes or ""), None, zone)
            return f"COALESCE({self.time(zone, slashes)}, {slow})", "TIMESTAMP"
        slow = f"CAST({cells.number(raw, self.factor, mark=mark)} AS DOUBLE)"
        return (slow if mark == "," else f"COALESCE({self.number}, {slow})"), "DOUBLE"

    @property
    def currency(self) -> str | None:
        """SQL: the currency that an amount is written in, of cells the quick way does not read;
        None: there is none.
        """
        if not self.is_text or self.column.kind != "money":
            return None
        quick = f"{number(self.sql, self.kind)} IS NOT NULL"
        sign = code_sql(f"CAST({self.sql} AS VARCHAR)")
        return f"CASE WHEN {self.sql} IS NULL OR {quick} THEN NULL ELSE {sign} END"


def text(column: str, kind: str) -> str:
    """SQL: text without blanks around it; NULL where nothing is left."""
    inner = column if kind == "VARCHAR" else f"CAST({column} AS VARCHAR)"
    return f"NULLIF(trim({inner}, {literal(BLANKS)}), '')"


def number(column: str, kind: str) -> str:
    """SQL: a double, in the usual forms; NULL where absent or in another form."""
    if is_number(kind):
        return f"CAST({column} AS DOUBLE)"
    if is_text(kind):
        # DuckDB also reads 1_000 as a number; a spreadsheet does not.
        return (
            f"CASE WHEN contains({column}, '_') THEN NULL"
            f" ELSE TRY_CAST({text(column, kind)} AS DOUBLE) END"
        )
    return "CAST(NULL AS DOUBLE)"


def zoned(column: str, kind: str) -> str:
    """SQL: whether the cell carries its time zone."""
    if kind.startswith("TIMESTAMP WITH TIME ZONE"):
        return "TRUE"
    if is_text(kind):
        return (
            f"regexp_full_match({text(column, kind)}, {literal(ZONED)} || '|' || {literal(EPOCH)})"
        )
    return "TRUE" if is_number(kind) else "FALSE"


def _epoch(seconds: str) -> str:
    """UTC wall time of seconds, milli- or microseconds since 1970 (told apart by their size)."""
    cases = " ".join(
        f"WHEN {seconds} BETWEEN {10**digits} AND {2 * 10**digits - 1}"
        f" THEN make_timestamp({seconds}{times})"
        for digits, times in ((9, " * 1000000"), (12, " * 1000"), (15, ""))
    )
    return f"CASE {cases} END"


def time(
    column: str, kind: str, zone: str = "UTC", slashes: str | None = None, otherwise: str = "NULL"
) -> str:
    """SQL: a TIMESTAMP on the clock of a zone, in the usual forms; NULL where absent.

    Read: ISO 8601 with or without zone, 2026/8/13 9:05, 20260813, 20260813093000, 2026年8月13日,
    seconds, milliseconds or microseconds since 1970.

    Parameters
    ----------
    column, kind
        SQL and SQL type of the column.
    zone
        IANA name.
    slashes
        "dm" or "md" for 13/8/2026, once the column has settled it.
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

    def of(form: str, value: str) -> str:
        return f" WHEN regexp_full_match({cell}, {literal(form)}) THEN {value}"

    slashed = ""
    if slashes:
        day = "%d/%m/%Y" if slashes == "dm" else "%m/%d/%Y"
        forms = ", ".join(f"'{day}{clock}'" for clock in ("", " %H:%M", " %H:%M:%S"))
        slashed = of(SLASHED, f"try_strptime({cell}, [{forms}])")
    clocks = ("", " %H:%M", " %H:%M:%S", "%H:%M", "%H:%M:%S", " %H时%M分")
    chinese = ", ".join(f"'%Y年%m月%d日{clock}'" for clock in clocks)
    return (
        "CASE"
        + of(ISO, f"TRY_CAST({cell} AS TIMESTAMP)")
        + of(ZONED, f"TRY_CAST({cell} AS TIMESTAMPTZ) AT TIME ZONE {literal(zone)}")
        + of(r"\d{8}", f"try_strptime({cell}, '%Y%m%d')")
        + of(r"2\d{13}", f"try_strptime({cell}, '%Y%m%d%H%M%S')")
        + of(EPOCH, f"({_epoch(whole)}){shift}")
        + slashed
        + f" WHEN contains({cell}, '年') THEN try_strptime({cell}, [{chinese}]) END"
    )
