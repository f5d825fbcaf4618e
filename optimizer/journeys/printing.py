"""The counting query as text, for analysts who want to read it or to run it where their events
are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.data.dialect import Dialect, known
from optimizer.data.open import open_source
from optimizer.data.tables import Events, Paths
from optimizer.errors import UserError
from optimizer.journeys.counting import counting_query
from optimizer.messages import _, listed

# Dialects in which the query was run and its result compared with our own (databricks runs
# Spark's). Others understand the words and mean something else by some of them.
TESTED = ("duckdb", "postgres", "spark", "databricks")


class Printer(Dialect):
    """Writes the query for a reader: plain sums, channels by name, nothing made in the engine that
    reads the source.
    """

    def __init__(self, engine: Any, dialect: str) -> None:
        super().__init__(dialect)
        self.engine = engine

    def name(self, kind: str) -> str:
        """A fresh relation name, of the engine."""
        return str(self.engine.name(kind))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the query depends on (channels, totals) is asked of the source itself."""
        found: list[tuple[Any, ...]] = self.engine.rows(sql)
        return found

    def keep(self, name: str, sql: str) -> str:
        """Name a query here, and make it in the engine for what depends on it.

        Parameters
        ----------
        name
            Of the relation to be, used after FROM.
        sql
            The query, in DuckDB's dialect.

        Returns
        -------
        str
            The name.
        """
        self.engine.keep(name, sql)
        return self.define(name, sql)

    def numbered(
        self, expression: str, table: str, known: Sequence[str] | None = None
    ) -> tuple[tuple[str, ...], str]:
        """The channels, and SQL that numbers them by name.

        Parameters
        ----------
        expression
            SQL of a text: the channel.
        table
            What it is read from, by a query of the source.
        known
            The texts, where they are known already.

        Returns
        -------
        tuple[tuple[str, ...], str]
            The sorted texts, and SQL (CASE ... END) of each row's place among them.
        """
        names, __ = self.engine.numbered(expression, table, known)
        return names, self.numbering(expression, names)

    def bucket(self, user: str, buckets: int) -> str:
        """SQL: the user's bucket, as the engine that runs the text computes it.

        Parameters
        ----------
        user
            SQL of the user's id.
        buckets
            How many groups.

        Returns
        -------
        str
            SQL of a number from 0; other users in a bucket on each database.

        Raises
        ------
        UserError
            For a dialect no hash is known of.
        """
        return (
            str(self.engine.bucket(user, buckets))
            if self.dialect == "duckdb"
            else super().bucket(user, buckets)
        )

    def total(self, expression: str, scale: float) -> str:
        """SQL: a plain sum; the scaled whole numbers that make our own runs repeatable would hide
        the meaning.

        Parameters
        ----------
        expression
            SQL of a number per row.
        scale
            Ignored: nothing is scaled here.

        Returns
        -------
        str
            SQL of the sum.
        """
        return f"sum({expression})"

    def amount(self, expression: str, scale: float) -> str:
        """SQL: a plain sum here too.

        Parameters
        ----------
        expression, scale
            As `total` takes them.

        Returns
        -------
        str
            SQL of the sum.
        """
        return f"sum({expression})"


def print_sql(
    source: Any,
    weights: Mapping[str, str] | None = None,
    orders: Sequence[int] = (1,),
    dialect: str = "duckdb",
    **options: Any,
) -> str:
    """The text of the query that `count(source, weights, orders, **options)` runs, in the dialects
    of `TESTED`.

    It reads a table `events` (or `paths`) with the columns of INTERFACE. The result has one row
    per bucket, channel and history (back_1 is the touch before, null at the journey's start), and
    where `without_history` is 1 one per bucket and channel. Channels are numbered by name from 0;
    the comment on top lists them.

    Parameters
    ----------
    source, weights, orders, options
        As `count` takes them.
    dialect
        One of `TESTED`.

    Raises
    ------
    UserError
        For another dialect, and for a query that cannot be written in it.
    """
    opened = open_source(source)
    printer = Printer(opened.engine, dialect)
    paths = isinstance(opened, Paths)
    if dialect not in TESTED:
        known(dialect)
        raise UserError(
            _("the result of the query is not tested in {dialect}", dialect=dialect),
            "--dialect",
            _("one of {names}", names=listed(TESTED)),
        )
    if paths and dialect != "duckdb" and opened.facts["angled"]:
        raise UserError(
            _("a channel's name holds '>', so the query of this table is written for DuckDB only"),
            "--dialect",
            _("print it for duckdb, or rename the channel"),
        )
    kind: type[Paths | Events] = Paths if paths else Events
    proxy = kind(printer, opened.table, opened.facts, opened.notes)  # type: ignore[arg-type]
    query, names = counting_query(proxy, dict(weights or {}), orders, **options)
    plain = "paths" if paths else "events"
    text = printer.text(query, pretty=True).replace(opened.table, plain)
    columns = (
        "path, conversions, value, nulls"
        if paths
        else "user_id, timestamp, channel (channel/tier), event, value, segment"
    )
    head = [
        f"-- reads {plain}: {columns}",
        *(f"-- channel {i}: {' '.join(name.split())}" for i, name in enumerate(names)),
    ]
    head += [f"-- conversions_{i}, value_{i}: {model}" for i, model in enumerate(weights or {})]
    return "\n".join([*head, text]) + "\n"
