"""Spark in local mode: the same counts as DuckDB, from the same SQL."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from test_counting import events_frame, random_events, weights
from test_data_postgres import same

from optimizer.data.open import open_events
from optimizer.errors import UserError
from optimizer.journeys.counting import count

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore"),
]  # pyspark warns about pandas 3 and open sockets


def absent(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must run this test: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random events with ties, odd names and missing values, as a folder of parquet."""
    for needed in ("pyspark", "ibis", "sqlglot"):
        try:
            __import__(needed)
        except ImportError:
            absent(f"{needed} is not installed")
    java = shutil.which("java") or (
        f"{os.environ['JAVA_HOME']}/bin/java" if os.environ.get("JAVA_HOME") else None
    )
    if java is None or subprocess.run([java, "-version"], capture_output=True).returncode:
        absent("Java is not installed")
    rng = random.Random(12)
    rows = [
        row | {"user_id": f"{row['user_id']}-{i}", "segment": "s1"}
        for i in range(120)
        for row in random_events(rng)
    ]
    frame = events_frame(rows)
    out = tmp_path_factory.mktemp("spark") / "events"
    out.mkdir()
    frame.head(len(frame) // 2).to_parquet(out / "1.parquet")
    frame.tail(len(frame) - len(frame) // 2).to_parquet(out / "2.parquet")
    return out


def test_spark_counts_what_duckdb_counts(folder: Path) -> None:
    remote, local = open_events(folder, engine="spark"), open_events(folder)
    for key in ("rows", "channels", "events", "from", "to", "segments"):
        assert remote.facts[key] == local.facts[key], key
    usual = {"weights": weights(), "orders": (1, 2), "pairs": True}
    same(count(remote, **usual), count(local, **usual))  # type: ignore[arg-type]
    recent = {"orders": (1,), "lookback_days": 3.0}
    told = count(remote, buckets=5, **recent)  # type: ignore[arg-type]
    same(told, count(local, **recent))  # type: ignore[arg-type]
    assert (told.journeys > 0).all()


def test_the_printed_query_of_paths_runs_in_spark(folder: Path) -> None:
    from optimizer.data.open import open_paths
    from optimizer.journeys.printing import print_sql

    table = pd.DataFrame(
        [("a > b > it's", 2.0, 9.0, 1.0), ("b", 1.0, 3.0, 4.0)],
        columns=["path", "conversions", "value", "nulls"],
    )
    paths = open_paths(table)
    counts = count(paths, weights(), (1,))
    spark = open_events(folder, engine="spark").engine.connection  # type: ignore[union-attr]
    session = spark._session
    session.createDataFrame(
        [tuple(row) for row in table.itertuples(index=False)], list(table.columns)
    ).createOrReplaceTempView("paths")
    rows = [
        row.asDict() for row in session.sql(print_sql(paths, weights(), (1,), "spark")).collect()
    ]
    assert sum(row["moves"] for row in rows) == counts.chains[1].moves.sum()
    for i, model in enumerate(weights()):
        credit = [sum(row[f"value_{i}"] for row in rows if row["channel"] == c) for c in range(3)]
        assert credit == pytest.approx(counts.credit[model][1].sum(axis=0).tolist())


def test_what_spark_cannot_read_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Spark reads parquet, not a DataFrame"):
        open_events(pd.DataFrame(), engine="spark")
    with pytest.raises(UserError, match="no such file"):
        open_events(tmp_path / "nowhere", engine="spark")
    (tmp_path / "t.csv").write_text("user_id\n1\n")
    with pytest.raises(UserError, match="cannot read this as parquet"):
        open_events(tmp_path / "t.csv", engine="spark")


def test_an_unknown_engine_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did you mean 'spark'"):
        open_events(tmp_path, engine="sparc")
