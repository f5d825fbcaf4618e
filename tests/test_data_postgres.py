"""PostgreSQL on loopback: the same counts as from a file, for reading only, and messages in place of tracebacks."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_counting import events_frame, random_events, weights

from optimizer.data.open import open_events, open_source, read_spend
from optimizer.errors import UserError
from optimizer.journeys.counting import count
from optimizer.journeys.counts import Counts

pytestmark = pytest.mark.postgres


def absent(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must run this test: {reason}")
    pytest.skip(reason)


def programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    path = shutil.which("initdb")
    return found[-1].parent if found else Path(path).parent if path else None


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an empty PostgreSQL that listens on 127.0.0.1 and goes when the tests end."""
    for needed in ("ibis", "psycopg", "sqlglot"):
        try:
            __import__(needed)
        except ImportError:
            absent(f"{needed} is not installed")
    bin_ = programs()
    if bin_ is None:
        absent("PostgreSQL is not installed")
    as_user: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="optimizer-pg-"))
    if os.geteuid() == 0:  # PostgreSQL does not run as root
        if (
            shutil.which("runuser") is None
            or subprocess.run(["id", "postgres"], capture_output=True).returncode
        ):
            absent("PostgreSQL needs a user other than root")
        as_user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    subprocess.run(
        [
            *as_user,
            f"{bin_}/initdb",
            "-D",
            f"{folder}/data",
            "-A",
            "trust",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C",
        ],
        check=True,
        capture_output=True,
    )
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    )
    started = subprocess.run(
        [
            *as_user,
            f"{bin_}/pg_ctl",
            "-D",
            f"{folder}/data",
            "-o",
            options,
            "-w",
            "-l",
            f"{folder}/log",
            "start",
        ],
        capture_output=True,
    )
    try:
        if started.returncode:
            absent(f"PostgreSQL does not start: {(folder / 'log').read_text()[-300:]}")
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [*as_user, f"{bin_}/pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop"],
            capture_output=True,
        )
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def loaded(server: str) -> tuple[str, pd.DataFrame]:
    """The address, and what its tables hold: random events with ties, odd names and missing values."""
    import psycopg

    rng = random.Random(11)
    rows = [
        row | {"user_id": f"{row['user_id']}-{i}", "segment": "s1"}
        for i in range(120)
        for row in random_events(rng)
    ]
    frame = events_frame(rows)
    with psycopg.connect(server) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA shop")
        cursor.execute(
            "CREATE TABLE shop.events (user_id text, timestamp timestamp, channel text, event text, value double precision, segment text)"
        )
        cursor.executemany(
            "INSERT INTO shop.events VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (
                    row["user_id"],
                    time.to_pydatetime(),
                    row["channel"],
                    row["event"],
                    row["value"],
                    row["segment"],
                )
                for row, time in zip(rows, frame["timestamp"], strict=True)
            ],
        )
        cursor.execute("CREATE TABLE paths (path text, conversions int, value numeric, nulls int)")
        cursor.execute("INSERT INTO paths VALUES ('a > b', 2, 10.5, 1), ('b', 1, 3, 0)")
        cursor.execute("CREATE TABLE spend (week date, channel text, spend numeric)")
        cursor.execute(
            "INSERT INTO spend VALUES ('2026-08-03', 'a', 10.25), ('2026-08-10', 'a', 3)"
        )
        cursor.execute(
            "CREATE TABLE bad (user_id text, timestamp timestamp, channel text, event text, value double precision)"
        )
        cursor.execute(
            "INSERT INTO bad VALUES (NULL, now(), 'a', 'touch', 1), ('u', now(), NULL, 'touch', -5), ('u', NULL, 'b', 'touch', 'NaN')"
        )
    return server, frame


def _total(matrix: Any) -> np.ndarray:
    return np.asarray(matrix.sum(axis=0)).ravel()


def same(one: Counts, two: Counts) -> None:
    assert one.channels == two.channels
    for name in ("conversions", "nulls"):
        np.testing.assert_array_equal(getattr(one, name).sum(), getattr(two, name).sum())
    np.testing.assert_allclose(one.value.sum(), two.value.sum(), rtol=1e-12)
    for model in one.credit:
        for i in (0, 1):
            np.testing.assert_allclose(
                one.credit[model][i].sum(axis=0),
                two.credit[model][i].sum(axis=0),
                rtol=1e-12,
                atol=1e-12,
            )
    for order, chain in one.chains.items():
        other = two.chains[order]
        np.testing.assert_array_equal(chain.states, other.states)
        np.testing.assert_array_equal((chain.source, chain.target), (other.source, other.target))
        for name in ("moves", "conversions", "nulls"):
            np.testing.assert_array_equal(
                _total(getattr(chain, name)), _total(getattr(other, name))
            )
        np.testing.assert_allclose(_total(chain.value), _total(other.value), rtol=1e-12)
    if one.pairs is not None and two.pairs is not None:
        np.testing.assert_array_equal(
            one.pairs.journeys.sum(axis=0), two.pairs.journeys.sum(axis=0)
        )
    for key in ("untouched_conversions", "rows"):
        assert one.source[key] == two.source[key]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lookback_days": 3.0},
        {"collapse": True, "nulls": False},
        {"segment": "s1", "platforms": True},
    ],
)
def test_the_database_counts_what_the_file_counts(
    options: dict[str, object], loaded: tuple[str, pd.DataFrame]
) -> None:
    address, frame = loaded
    remote = open_events(f"{address}::shop.events")
    local = open_events(frame.assign(segment="s1"))
    assert remote.facts["channels"] == local.facts["channels"]
    assert remote.facts["from"] == local.facts["from"]
    given = {"weights": weights(), "orders": (1, 2, 3), "pairs": True, "longest": True, **options}
    one, two = (count(events, **given) for events in (remote, local))  # type: ignore[arg-type]
    same(one, two)
    assert one.source["longest_path"] == two.source["longest_path"]
    same(count(remote, **options), count(local, **options))  # type: ignore[arg-type]
    spread = count(remote, buckets=5, **options)  # type: ignore[arg-type]
    assert spread.journeys.shape == (5,)
    same(spread, two)


def test_a_query_is_a_source_and_nothing_is_written(loaded: tuple[str, pd.DataFrame]) -> None:
    address, _ = loaded
    events = open_events(
        f"{address}::SELECT user_id, timestamp, channel, event, value FROM shop.events WHERE user_id LIKE '%-1'"
    )
    assert 0 < events.facts["rows"] < 100
    count(events)
    for text in (
        "SELECT 1; DROP TABLE shop.events",
        "WITH x AS (DELETE FROM shop.events RETURNING *) SELECT * FROM x",
        "SELECT * INTO y FROM shop.events",
        "SELECT 1 FROM WHERE",
    ):
        with pytest.raises(UserError):
            open_events(f"{address}::{text}")
    with pytest.raises(UserError, match="read-only"):
        events.query("SELECT channel FROM shop.events FOR UPDATE")
    assert len(events.query(f"SELECT count(*) AS n FROM {events.table}")) == 1


def test_aggregated_tables_are_fetched(loaded: tuple[str, pd.DataFrame]) -> None:
    address, _ = loaded
    paths = open_source(f"{address}::paths")
    assert count(paths).value.sum() == 13.5
    assert read_spend(f"{address}::public.spend").weekly()["a"].tolist() == [10.25, 3]


def test_the_printed_query_of_paths_runs_in_postgres(loaded: tuple[str, pd.DataFrame]) -> None:
    import psycopg

    from optimizer.journeys.printing import print_sql

    paths = open_source(f"{loaded[0]}::paths")
    counts = count(paths, weights(), (2,))
    with psycopg.connect(loaded[0]) as connection, connection.cursor() as cursor:
        cursor.execute(print_sql(paths, weights(), (2,), "postgres"))
        names = [column.name for column in cursor.description]
        found = pd.DataFrame(cursor.fetchall(), columns=names)
    by_history, by_channel = (found[found["without_history"] == flag] for flag in (0, 1))
    assert by_history["moves"].sum() == counts.chains[2].moves.sum()
    for i, model in enumerate(weights()):
        credit = by_channel.groupby("channel")[f"value_{i}"].sum().astype(float)
        np.testing.assert_allclose(
            credit.reindex(range(2), fill_value=0.0), counts.credit[model][1].sum(axis=0), atol=1e-9
        )


def test_intervals_elsewhere_say_that_their_groups_are_others(
    loaded: tuple[str, pd.DataFrame],
) -> None:
    from optimizer.attribution.attribute import attribute

    address, frame = loaded
    remote = attribute(f"{address}::shop.events", ["linear", "markov"], intervals=200)
    local = attribute(frame, ["linear", "markov"], intervals=200)
    assert any(
        "postgres puts users into other groups than DuckDB" in str(note) for note in remote.notes
    )
    assert not any("other groups" in str(note) for note in local.notes)
    for one, two in zip(remote.credits, local.credits, strict=True):
        np.testing.assert_allclose(one.conversions, two.conversions, rtol=1e-9)
        assert one.low is not None
        assert two.low is not None
        width = (two.high - two.low).max()
        assert np.abs(one.low - two.low).max() < width, "the same spread, other ends"


def test_problems_in_a_database_are_told_without_rows(loaded: tuple[str, pd.DataFrame]) -> None:
    address, _ = loaded
    with pytest.raises(UserError) as caught:
        open_events(f"{address}::bad")
    assert [
        (str(problem.where).rpartition("::")[2], str(problem.what))
        for problem in caught.value.problems
    ] == [
        ("bad: column user_id", "user_id is empty"),
        ("bad: column timestamp", "timestamp is empty"),
        ("bad: column channel", "a touch names no channel"),
        ("bad: column value", "value is not a finite number: 'NaN'"),
        ("bad: column value", "value is negative: '-5'"),
    ]
    with pytest.raises(UserError, match="did you mean 'spend'"):
        open_source(f"{address}::spent")


def test_passwords_stay_hidden(server: str) -> None:
    address = (
        server.replace("postgres@", "postgres:s3cr%20et@").replace("/postgres", "/nowhere")
        + "::events"
    )
    with pytest.raises(UserError) as caught:
        open_source(address)
    assert "s3cr" not in str(caught.value)
    assert "nowhere" in str(caught.value)
