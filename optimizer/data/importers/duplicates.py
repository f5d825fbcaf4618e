"""Rows that stand in two files. The same thing with the same numbers is counted once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.data.engine import quoted
from optimizer.data.importers.checks import REPEATED
from optimizer.data.importers.declare import importer_of
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.source import DATA
from optimizer.data.reading.typed import Typed
from optimizer.errors import Open, Problem
from optimizer.messages import Message, _, listed

MOMENTS = ("day", "time", "epoch_s", "epoch_us")


def drop_duplicates(
    connection: Any, parts: Sequence[Typed], choices: Choices, channels: Mapping[str, str | None]
) -> tuple[list[Problem], list[Message]]:
    """Count what several files tell of the same thing once.

    With other numbers it is a question, answered by `choices.duplicates`: add, first or last file
    wins. Rows within one file are only reported. `channels`: those that the user says of whole
    files, by the part's table; files of different channels tell of different things.
    """
    problems: list[Problem] = []
    notes: list[Message] = []
    kinds = {(p.name, channels.get(p.table) or "") for p in parts}
    for name, channel in sorted(kinds):
        mine = [p for p in parts if (p.name, channels.get(p.table) or "") == (name, channel)]
        for one in mine:
            notes += _inside(connection, one)
        shared = [c for c in mine[0].columns if all(c in p.columns for p in mine)]
        about = _about(mine[0], shared)
        if len(mine) < 2 or choices.duplicates == "add" or not about:
            continue
        _share(connection, mine, shared, about)
        clashes = _clashes(connection, mine, about) if choices.duplicates is None else []
        problems += clashes
        if not clashes:
            notes += _dropped(connection, mine, about, choices)
    return problems, notes


def _about(part: Typed, shared: Sequence[str]) -> list[str]:
    """The columns that say which thing a row is about."""
    table = part.layout.table
    if table == "events":
        # files in which nothing alike says who and when share what the event is called, no events
        kinds = {c.kind for c in part.layout.columns if c.to in shared}
        told = "json" in kinds or ("user_id" in shared and kinds & set(MOMENTS))
        return list(shared) if told else []
    if table == "orders" and "order_id" in shared:
        return ["order_id"]
    about = [
        c for c in shared if c in ("period", "channel", *importer_of(part.name, part.layout).key)
    ]
    if table == "creators" and "creator_id" in about:
        return [c for c in about if c != "creator"]
    return about


def _share(
    connection: Any, mine: Sequence[Typed], shared: Sequence[str], about: Sequence[str]
) -> None:
    """The table `shared_rows`: things that several files tell of, in which files, and whether the
    same.
    """
    keys = ", ".join(quoted(c) for c in about)
    every = ", ".join(quoted(c) for c in shared)
    union = " UNION ALL ".join(
        f"SELECT {keys}, {i} AS _part, hash({every}) AS _hash FROM {p.table} WHERE _state = {DATA}"
        for i, p in enumerate(mine)
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE shared_rows AS
        WITH per AS (SELECT {keys}, _part, count(*) AS n, sum(_hash::HUGEINT) AS h
                     FROM ({union}) GROUP BY ALL)
        SELECT {keys}, min(_part) AS first, max(_part) AS last,
               min(n) = max(n) AND min(h) = max(h) AS same
        FROM per GROUP BY {keys} HAVING count(*) > 1""")


def _clashes(connection: Any, mine: Sequence[Typed], about: Sequence[str]) -> list[Problem]:
    """Things of which two files tell different numbers."""
    keys = ", ".join(quoted(c) for c in about)
    rows = connection.execute(
        f"SELECT {keys}, first, last FROM shared_rows WHERE NOT same ORDER BY ALL LIMIT 5"
    ).fetchall()
    (many,) = connection.execute("SELECT count(*) FROM shared_rows WHERE NOT same").fetchone()
    return [
        Problem(
            _(
                "{what} stands in two files with different numbers ({many} such)",
                what=listed(
                    f"{c.lstrip('_')} {v}"
                    for c, v in zip(about, row, strict=False)
                    if v is not None
                ),
                many=many,
            ),
            _(
                "{where} and {where2}",
                where=mine[row[-2]].part.where,
                where2=mine[row[-1]].part.where,
            ),
            _(
                "say which counts: --duplicates last (the later file), first, or add (both are "
                "real)"
            ),
            open=Open("duplicates", ("last", "first", "add")),
        )
        for row in rows
    ]


def _dropped(
    connection: Any, mine: Sequence[Typed], about: Sequence[str], choices: Choices
) -> list[Message]:
    """Leave the repeats out of every file but one."""
    notes = []
    keep = "last" if choices.duplicates == "last" else "first"
    same = " AND ".join(f"t.{quoted(c)} IS NOT DISTINCT FROM o.{quoted(c)}" for c in about)
    for i, part in enumerate(mine):
        gone = connection.execute(f"""
            UPDATE {part.table} AS t SET _state = {REPEATED} FROM shared_rows o
            WHERE t._state = {DATA} AND o.{keep} <> {i} AND {same}""").fetchone()
        if gone and gone[0]:
            notes.append(
                _(
                    "{where}: {gone} rows are also in another file: counted once",
                    where=part.part.where,
                    gone=gone[0],
                )
            )
    return notes


def _inside(connection: Any, part: Typed) -> list[Message]:
    """Identical rows inside one file: reported, kept.

    Rows of one order may well be alike; events too.
    """
    table = part.layout.table
    if table == "events" or (table == "orders" and "order_id" in part.columns):
        return []
    columns = ", ".join(quoted(c) for c in part.columns)
    (twice,) = connection.execute(
        f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {part.table}"
        f" WHERE _state = {DATA} GROUP BY hash({columns}) HAVING count(*) > 1)"
    ).fetchone()
    if not twice:
        return []
    return [
        _(
            "{where}: {twice} rows repeat another row in every column that was understood; "
            "they were kept, look whether they are real",
            where=part.part.where,
            twice=int(twice),
        )
    ]
