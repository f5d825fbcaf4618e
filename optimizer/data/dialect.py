"""Queries for a database, as text: DuckDB's dialect in, the target's out (sqlglot, an extra,
imported only here).
"""

from __future__ import annotations

import re

from optimizer.data.engine import literal
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.packages import install
from optimizer.registry import did_you_mean

# A 64-bit hash of text, reduced to buckets; {user} and {n} are filled in.
HASHES = {
    "spark": "pmod(xxhash64(CAST({user} AS VARCHAR)), {n})",
    "databricks": "pmod(xxhash64(CAST({user} AS VARCHAR)), {n})",
    "postgres": "mod(abs(CAST(hashtext(CAST({user} AS VARCHAR)) AS BIGINT)), {n})",
    "bigquery": "mod(abs(farm_fingerprint(CAST({user} AS VARCHAR)) % {n}), {n})",
    "snowflake": "mod(abs(hash(CAST({user} AS VARCHAR)) % {n}), {n})",
    "clickhouse": "cityHash64(CAST({user} AS VARCHAR)) % {n}",
}


class Dialect:
    """Writes queries for a database, connected or not: what `Engine` writes for DuckDB."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self._names = 0
        self._defined: dict[str, str] = {}

    def name(self, kind: str) -> str:
        """A fresh relation name."""
        self._names += 1
        return f"{kind}_{self._names}"

    def define(self, name: str, sql: str) -> str:
        """Give a query a name.

        Nothing is made in the database: the query travels along as a common table expression.
        """
        self._defined[name] = sql
        return name

    def keep(self, name: str, sql: str) -> str:
        """The same: nothing is kept in a database that is only read."""
        return self.define(name, sql)

    def text(self, sql: str, pretty: bool = False) -> str:
        """The query in the target's dialect, with the definitions it needs."""
        return transpiled(self.whole(sql), self.dialect, pretty)

    def whole(self, sql: str) -> str:
        """The query in DuckDB's dialect, with the definitions it needs."""
        needed: dict[str, str] = {}

        def gather(text: str) -> None:
            for name, definition in self._defined.items():
                if name not in needed and re.search(rf"\b{re.escape(name)}\b", text):
                    gather(definition)
                    needed[name] = definition

        gather(sql)
        if not needed:
            return sql
        head = ",\n".join(f"{name} AS (\n{definition}\n)" for name, definition in needed.items())
        rest = sql.lstrip()
        return (
            f"WITH {head},\n{rest[5:]}"
            if rest.upper().startswith("WITH ")
            else f"WITH {head}\n{rest}"
        )

    def bucket(self, user: str, buckets: int) -> str:
        """SQL: which of `buckets` groups a user falls in.

        Other users than on DuckDB, whose hash is its own.
        """
        if buckets == 1:
            return "0"
        if self.dialect not in HASHES:
            raise UserError(
                _("intervals need a hash, and none is known for {dialect}", dialect=self.dialect),
                fix=_("leave --intervals out, or export the events to parquet"),
            )
        return f"CAST({HASHES[self.dialect].format(user=user, n=int(buckets))} AS INTEGER)"

    def key(self, user: str) -> str:
        """SQL: what tells users apart."""
        return user

    def total(self, expression: str, scale: float) -> str:
        """SQL: sum of a double times `scale` over whole numbers, in decimals, which no database
        overflows here.
        """
        return f"sum(CAST(round(({expression}) * {scale!r}) AS DECIMAL(38, 0)))"

    def amount(self, expression: str, scale: float) -> str:
        """SQL: the same sum on its own scale, a double."""
        return f"{self.total(expression, scale)} / {scale!r}"

    @staticmethod
    def numbering(expression: str, names: tuple[str, ...]) -> str:
        """SQL: the position of a text among `names`."""
        cases = " ".join(f"WHEN {literal(name)} THEN {i}" for i, name in enumerate(names))
        return f"CASE {expression} {cases} END" if names else "CAST(NULL AS INTEGER)"


def known(dialect: str) -> None:
    """Raise `UserError` for a dialect that sqlglot does not know, or where sqlglot is not here."""
    try:
        import sqlglot
    except ImportError:
        raise UserError(
            _("other dialects need sqlglot, which is not installed"), fix=install("warehouse")
        ) from None
    names = sorted(name for name in sqlglot.Dialect.classes if name)
    if dialect not in names:
        raise UserError(
            _("unknown SQL dialect '{dialect}'", dialect=dialect),
            "--dialect",
            did_you_mean(dialect, names),
        )


def transpiled(sql: str, dialect: str, pretty: bool = False) -> str:
    """A query of DuckDB's dialect in another.

    Raises `UserError` for a dialect that sqlglot does not know.
    """
    if dialect == "duckdb" and not pretty:
        return sql
    try:
        import sqlglot
    except ImportError:
        if dialect == "duckdb":
            return sql
    known(dialect)
    tree = sqlglot.parse_one(sql, read="duckdb")
    if (
        dialect == "postgres"
    ):  # sqlglot leaves SPLIT as it is, which PostgreSQL calls by another name
        for split in list(tree.find_all(sqlglot.expressions.Split)):
            split.replace(
                sqlglot.expressions.Anonymous(
                    this="STRING_TO_ARRAY", expressions=[split.this, split.expression]
                )
            )
    if pretty:
        # Nothing is null where the printed queries sort, so the target's own place for nulls will
        # do, unsaid.
        place = sqlglot.Dialect.get_or_raise(dialect).NULL_ORDERING
        for key in tree.find_all(sqlglot.expressions.Ordered):
            small = place == "nulls_are_small"
            key.set(
                "nulls_first", place != "nulls_are_last" and small != bool(key.args.get("desc"))
            )
    return str(tree.sql(dialect=dialect, pretty=pretty))
