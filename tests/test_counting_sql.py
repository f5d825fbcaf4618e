"""The printed query is the query: it runs as it stands and gives the same counts."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from test_counting import events_frame, paths_frame, random_events, random_paths, weights

from optimizer.addresses import hidden
from optimizer.data.dialect import Dialect
from optimizer.data.open import open_events, open_paths, open_source
from optimizer.errors import UserError
from optimizer.journeys.counting import count
from optimizer.journeys.printing import TESTED, print_sql

DIALECTS = list(TESTED)


@pytest.mark.parametrize("buckets", [1, 7])
def test_the_printed_query_runs_and_gives_the_counts(buckets: int) -> None:
    rng = random.Random(3)
    frame = events_frame(
        [
            row | {"user_id": f"{row['user_id']}-{i}"}
            for i in range(20)
            for row in random_events(rng)
        ]
    )
    events = open_events(frame)
    counts = count(events, weights(), (1, 2), buckets=buckets)
    text = print_sql(events, weights(), (1, 2), buckets=buckets)
    connection = duckdb.connect()
    connection.register("events", frame)
    found = connection.execute(text).df()
    by_channel, by_history = (found[found["without_history"] == flag] for flag in (1, 0))
    for part in (by_channel, by_history):
        assert part["conversions"].sum() == counts.conversions.sum()
        assert part["moves"].sum() == counts.chains[2].moves.sum()
    for i, model in enumerate(weights()):
        credit = by_channel.groupby("channel")[f"value_{i}"].sum()
        np.testing.assert_allclose(
            credit.reindex(range(len(counts.channels)), fill_value=0.0),
            counts.credit[model][1].sum(axis=0),
            atol=1e-9,
        )
    for i, name in enumerate(counts.channels):
        assert f"-- channel {i}: {' '.join(name.split())}\n" in text


def test_the_printed_query_of_paths_runs() -> None:
    frame = paths_frame(random_paths(random.Random(8)))
    paths = open_paths(frame)
    text = print_sql(paths, weights(), (1,))
    connection = duckdb.connect()
    connection.register("paths", frame.assign(path=frame["path"].str.strip()))
    found = connection.execute(text).df()
    assert found["nulls"].sum() == pytest.approx(count(paths).nulls.sum())
    angled = open_paths(frame.assign(path="<b> > " + frame["path"]))
    with pytest.raises(UserError, match="for DuckDB only"):
        print_sql(angled, dialect="spark")
    for dialect in ("mysql", "clickhouse", "tsql", "bigquery"):
        with pytest.raises(UserError, match=f"not tested in {dialect}"):
            print_sql(paths, dialect=dialect)
    with pytest.raises(UserError, match="did you mean 'bigquery'"):
        print_sql(paths, dialect="bigqery")


@pytest.mark.parametrize("dialect", TESTED)
def test_the_query_of_paths_in_every_dialect_that_has_lists(dialect: str) -> None:
    sqlglot = pytest.importorskip("sqlglot")
    paths = open_paths(paths_frame([("a > b", 2, 9.0, 1), ("it's", 1, 0.0, 3)]))
    for options in ({}, {"collapse": True, "platforms": True}):
        text = print_sql(paths, weights(), (2,), dialect, **options)
        (tree,) = sqlglot.parse(text, read=dialect)
        names = {table.name for table in tree.find_all(sqlglot.expressions.Table)}
        assert names >= {"paths", "listed", "named"}
        assert not any(name.startswith("paths_") for name in names)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_can_be_parsed_again(dialect: str) -> None:
    sqlglot = pytest.importorskip("sqlglot")
    events = open_events(events_frame(random_events(random.Random(4))))
    for options in ({"lookback_days": 7.0, "collapse": True}, {"buckets": 20}):
        text = print_sql(events, weights(), (2,), dialect, **options)
        assert "NULLS" not in text
        (tree,) = sqlglot.parse(text, read=dialect)
        assert {table.name for table in tree.find_all(sqlglot.expressions.Table)} >= {
            "events",
            "marked",
        }


def test_unknown_dialects_are_errors() -> None:
    pytest.importorskip("sqlglot")
    events = open_events(events_frame(random_events(random.Random(4))))
    with pytest.raises(UserError, match="did you mean 'bigquery'"):
        print_sql(events, dialect="bigqery")
    with pytest.raises(UserError, match="not tested in sqlite"):
        print_sql(events, dialect="sqlite", buckets=10)


def test_names_cannot_leave_their_quotes() -> None:
    """A channel's name is text in every dialect, whatever it holds."""
    sqlglot = pytest.importorskip("sqlglot")
    names = ("it's", "back\\slash", "\\' OR 1=1 --", "end\\", 'double"', "new\nline", "/* x */")
    for dialect in DIALECTS:
        text = Dialect(dialect).text(
            f"SELECT {Dialect.numbering('channel', names)} AS place FROM events"
        )
        tree = sqlglot.parse_one(text, read=dialect)
        assert [
            literal.this
            for literal in tree.find_all(sqlglot.expressions.Literal)
            if literal.is_string
        ] == list(names), dialect


def test_a_duckdb_file_is_a_source(tmp_path: Path) -> None:
    frame = events_frame(random_events(random.Random(5)))
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.register("frame", frame)
        connection.execute(
            "CREATE TABLE events AS SELECT * FROM frame; CREATE SCHEMA other;"
            ' CREATE VIEW other."odd ""name" AS SELECT * FROM main.events'
        )
    for table in ("events", "main.events", 'other.odd "name'):
        opened = open_source(f"{tmp_path / 'shop.duckdb'}::{table}")
        assert count(opened).journeys.sum() == count(frame).journeys.sum()
    with pytest.raises(UserError, match="did you mean 'events'"):
        open_source(f"{tmp_path / 'shop.duckdb'}::event")
    (tmp_path / "no.duckdb").write_bytes(b"not a database" * 500)
    with pytest.raises(UserError, match="no DuckDB file"):
        open_source(f"{tmp_path / 'no.duckdb'}::events")
    with pytest.raises(UserError, match="no such file"):
        open_source(f"{tmp_path / 'nowhere.duckdb'}::events")


def test_addresses_without_a_table_or_a_server_are_told() -> None:
    pytest.importorskip("ibis")
    with pytest.raises(UserError, match="names its table"):
        open_source("postgres://me:secret@127.0.0.1:1/db")
    with pytest.raises(UserError, match="no connection") as caught:
        open_source("postgres://me:secret@127.0.0.1:1/db::events")
    assert "secret" not in str(caught.value)
    with pytest.raises(UserError, match="addresses that begin with nonsense"):
        open_source("nonsense://x::y")
    assert (
        hidden("a: postgres://me:pa:s@s@host/db b: mysql://u:x@h/t c: 12:30")
        == "a: postgres://me:***@host/db b: mysql://u:***@h/t c: 12:30"
    )


@pytest.mark.filterwarnings("ignore")  # ibis asks pandas for an option that goes away
def test_the_shape_of_an_ibis_table_is_a_source() -> None:
    ibis = pytest.importorskip("ibis")
    pyarrow = pytest.importorskip("pyarrow")
    table = ibis.memtable(pyarrow.table({"path": ["a > b"], "conversions": [2]}))
    try:
        table.to_pyarrow()
    except AttributeError as error:
        pytest.skip(f"this ibis cannot run on this DuckDB: {error}")
    assert count(table).conversions.sum() == 2


def test_the_command_prints_the_query_and_limits_the_engine(
    tmp_path: Path, optimizer: Callable[..., Any]
) -> None:
    table = tmp_path / "events.csv"
    events_frame(random_events(random.Random(6))).to_csv(table, index=False)
    ran = optimizer("attribute", table, "-m", "last", "-m", "markov", "--print-sql")
    assert ran.code == 0
    assert "-- conversions_0, value_0: last" in ran.out
    duckdb.connect().execute(
        f"CREATE VIEW events AS SELECT * FROM read_csv('{table}', types={{'value': 'DOUBLE'}})"
    ).execute(ran.out)
    assert (
        optimizer(
            "attribute", table, "-m", "last", "--memory", "500MB", "--timezone", "Asia/Shanghai"
        ).code
        == 0
    )
    for words, said in (
        (("--memory", "4XB"), "4GB"),
        (("--timezone", "Asia/Shangai"), "Asia/Shanghai"),
        (("--print-sql", "--dialect", "bigqery"), "bigquery"),
    ):
        ran = optimizer("attribute", table, "-m", "last", *words)
        assert ran.code == 1
        assert said in ran.err
        assert not ran.out


def test_reports_and_records_hold_no_password(tmp_path: Path) -> None:
    """Both are passed on; the scenario's database address goes with them, its password does not."""
    from optimizer.allocation.plan import Plan
    from optimizer.pipeline.outcome import Outcome
    from optimizer.pipeline.record import Clock, record
    from optimizer.report.sections.appendix import appendix
    from optimizer.report.words import Words
    from optimizer.scenario import load_scenario

    (tmp_path / "scenario.yaml").write_text(
        "name: t\nbudget: 100\ndata: {events: 'postgres://me:s3cret@127.0.0.1/db::events'}\n"
        "channels: {a: {curve: {saturating: {ceiling: 30, half_spend: 40}}}}\n"
    )
    scenario = load_scenario(tmp_path / "scenario.yaml")
    outcome = Outcome(scenario, Plan("infeasible", "customers", None, None, None))
    text = str(record(scenario, {}, Clock())) + str(
        appendix(outcome, Words("en", "CNY", page=True))
    )
    assert text.count("postgres://me:***@127.0.0.1/db::events") == 2
    assert "s3cret" not in text
