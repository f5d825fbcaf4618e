"""Credit journey by journey as a file, of any number of events: users are taken some at a time.

The engine numbers channels and scales credit once, over all events; then the touches of one slice
of users after another are divided and written down. So what is written takes the memory of a slice,
and the rows are those of a single query, in its order.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.attribution.counting import opened_source
from optimizer.attribution.credit import Credit
from optimizer.attribution.options import Options
from optimizer.attribution.touch_credit import credited_touches
from optimizer.attribution.touches import TouchShares
from optimizer.data.engine import Engine, literal
from optimizer.data.open import Source
from optimizer.data.tables import Events, Paths
from optimizer.data.write_table import KINDS, write_table
from optimizer.errors import UserError
from optimizer.files import beside
from optimizer.messages import _

# what spreadsheets take for the beginning of a formula, and what keeps them from it
RISKY, APOSTROPHE = ("=", "+", "-", "@", "\t", "\r"), "'"
SLICE = 1_000_000  # events whose users are taken at a time
SAMPLED = 100_000  # events by whose users the slices are cut


def write_journeys(
    source: Source,
    credit: Credit,
    file: Path | str,
    options: Options,
    columns: Mapping[str, str] | None = None,
    raw: bool = False,
) -> int:
    """Write credit journey by journey as csv or parquet (by the file's ending).

    Columns: user_id and journey (its number within the user) or path; channel, touches,
    conversions, value. Only rows with credit are written; they add up to the model's channel
    totals.

    Parameters
    ----------
    source
        What the credit was made from.
    credit
        One model's answer.
    file
        Where to write.
    options
        Those that the credit was made with.
    columns
        The source's names of our columns.
    raw
        Write a csv's texts as they are; otherwise a text that a spreadsheet would run as a formula
        gets an apostrophe before it, in every column.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    UserError
        For another ending, or a source in a database.
    """
    kind = Path(file).suffix.lower().lstrip(".")
    if kind not in ("csv", "parquet"):
        raise UserError(
            _("the file's ending says neither csv nor parquet"),
            str(file),
            _("write FILE.parquet or FILE.csv"),
        )
    opened = opened_source(source, columns, options.segment)
    engine = opened.engine
    if not isinstance(engine, Engine):
        raise UserError(
            _("a file of journeys needs the events on this machine"),
            fix=_("export them to parquet, and name that"),
        )
    rows = 0
    with beside(file) as part, tempfile.TemporaryDirectory(dir=engine.folder) as room:
        piece, joined = Path(room) / "piece", _appender(part, kind)
        with joined as append:
            for number, query in enumerate(_queries(opened, engine, credit, options)):
                safe = _guarded(engine, query) if kind == "csv" and not raw else query
                further = number and kind == "csv"
                form = "FORMAT csv, HEADER false" if further else KINDS[f".{kind}"]
                rows += write_table(engine.connection, safe, piece, form)
                append(piece)
    return rows


@contextmanager
def _appender(part: Path, kind: str) -> Iterator[Callable[[Path], None]]:
    """What adds the rows of one file after another to a file."""
    if kind == "csv":
        with part.open("wb") as whole:

            def add(piece: Path) -> None:
                with piece.open("rb") as rows:
                    shutil.copyfileobj(rows, whole)

            yield add
        return
    import pyarrow.parquet as pq

    with ExitStack() as stack:
        writers: list[Any] = []

        def write(piece: Path) -> None:
            with pq.ParquetFile(piece) as rows:
                if not writers:
                    writers.append(stack.enter_context(pq.ParquetWriter(part, rows.schema_arrow)))
                for batch in rows.iter_batches():
                    writers[0].write_batch(batch)

        yield write


def _queries(
    opened: Events | Paths, engine: Engine, credit: Credit, options: Options
) -> Iterator[str]:
    """SQL of the rows to be written, one slice of users after another."""
    if isinstance(opened, Paths):
        yield _by_journey(*credited_touches(opened, credit, options), of_paths=True)
        return
    users = engine.name("users")
    engine.define(users, f"SELECT * FROM {opened.table}")
    query = _by_journey(*credited_touches(opened.over(users), credit, options), of_paths=False)
    cuts = _cuts(opened, engine)
    for low, high in zip([None, *cuts], [*cuts, None], strict=True):
        kept = [] if low is None else [f"user_id >= {literal(low)}"]
        kept += [] if high is None else [f"user_id < {literal(high)}"]
        some = f"SELECT * FROM {opened.table} WHERE {' AND '.join(kept) or 'TRUE'}"
        engine.run(f"CREATE OR REPLACE VIEW {users} AS {some}")
        yield query


def _cuts(opened: Events, engine: Engine) -> list[str]:
    """Users at whom slices of about `SLICE` events begin, sorted."""
    (many,) = engine.rows(f"SELECT count(*) FROM {opened.table}")[0]
    if many <= SLICE:
        return []
    every = many // SAMPLED + 1
    found = engine.columns(
        f"SELECT CAST(user_id AS VARCHAR) AS name, count(*) AS events FROM {opened.table}"
        f" WHERE {engine.key('user_id')} % {every} = 0 GROUP BY ALL ORDER BY name"
    )
    number = np.cumsum(found["events"]) * every // SLICE
    first = np.flatnonzero(np.diff(number, prepend=0) > 0)
    return [str(found["name"][i]) for i in first]


def _by_journey(touches: TouchShares, sql: str, of_paths: bool) -> str:
    """SQL: a row per journey and channel with credit."""
    channel, count = touches.named(), "count(*)"
    if of_paths:
        whole = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
        path = f"string_agg({channel}, ' > ' ORDER BY pos) OVER (PARTITION BY trip, part {whole})"
        keys, sql = "path", f"SELECT *, {path} AS path FROM ({sql}) AS t"
    else:
        number = f"CAST(part // {touches.part_of_journey} AS BIGINT) AS journey"
        keys, sql = "user_id, journey", f"SELECT *, trip AS user_id, {number} FROM ({sql}) AS t"
        count = "CAST(round(sum(conversions + nulls)) AS BIGINT)"
    return (
        f"SELECT {keys}, {channel} AS channel, {count} AS touches,"
        f" {touches.total('credit_conversions')} AS conversions,"
        f" {touches.total('credit_value', True)} AS value"
        f" FROM ({sql}) AS t GROUP BY {keys}, t.channel"
        f" HAVING sum(abs(credit_conversions) + abs(credit_value)) > 0 ORDER BY {keys}, 3"
    )


def _guarded(engine: Engine, query: str) -> str:
    """SQL: the query, its texts safe to be opened in a spreadsheet."""
    risky, guard = ", ".join(literal(sign) for sign in RISKY), literal(APOSTROPHE)
    columns = [
        f"CASE WHEN substr({name}, 1, 1) IN ({risky}) THEN {guard} || {name} ELSE {name} END"
        f" AS {name}"
        if kind == "VARCHAR"
        else str(name)
        for name, kind, *__ in engine.rows(f"DESCRIBE {query}")
    ]
    return f"SELECT {', '.join(columns)} FROM ({query}) AS unguarded"
