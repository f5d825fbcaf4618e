"""Events (parquet) -> order-1 transition counts, beside DuckDB's bare scan of the columns, polars
and pandas.

    python benchmarks/events/events.py --millions 1 10  # parquet into --folder, prints a table
    python benchmarks/events/events.py --millions 100 --only scan chains buckets

Every contestant runs in a process of its own; time is the best of --repeats, after one reading of
the file. What counts are the ratios of one run: machines and their neighbours differ.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DAYS = 90


def make(file: Path, rows: int) -> None:
    """Users with some five events each over 90 days, 30 channels of uneven size, 5 % purchases.
    Same rows every time.
    """
    import duckdb

    users = max(1, rows // 5)
    draw = "(hash(i, '{}') / 18446744073709551616.0)"
    one, two, three, four, five = (
        draw.format(name) for name in ("user", "time", "channel", "event", "value")
    )
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(
            f"COPY (SELECT 'user_' || CAST({one} * {users} AS BIGINT) AS user_id,"
            " TIMESTAMP '2026-01-01'"
            f" + to_microseconds(CAST({two} * {DAYS * 86_400} AS BIGINT) * 1000000) AS timestamp,"
            f" 'channel_' || lpad(CAST(CAST(floor({three} * {three} * 30) AS INTEGER) AS VARCHAR),"
            " 2, '0') AS channel,"
            f" CASE WHEN {four} < 0.05 THEN 'purchase' ELSE 'touch' END AS event,"
            f" CASE WHEN {four} < 0.05 THEN round({five} * 100, 2) END AS value"
            f" FROM range({rows}) AS t(i)) TO '{file}' (FORMAT parquet)"
        )


def scan(file: str) -> object:
    """Read every value of the columns once."""
    import duckdb

    return (
        duckdb.connect()
        .execute(
            "SELECT max(user_id || 'x'), max(timestamp + INTERVAL 1 SECOND), max(channel || 'x'),"
            f" max(event || 'x'), sum(value) FROM '{file}'"
        )
        .fetchall()
    )


def lead(file: str) -> object:
    """The shortest query that tells who follows whom: one lead(), no values, no checks."""
    import duckdb

    return (
        duckdb.connect()
        .execute(
            "SELECT channel, following, count(*) FROM (SELECT channel, event,"
            " lead(CASE WHEN event = 'touch' THEN channel ELSE '>' END)"
            " OVER (PARTITION BY user_id ORDER BY timestamp, event, channel) AS following"
            f" FROM '{file}') WHERE event = 'touch' GROUP BY ALL"
        )
        .fetchall()
    )


def ours(file: str, **options: object) -> object:
    from optimizer.data.open import open_events
    from optimizer.journeys.counting import count

    return count(open_events(file), **options)  # type: ignore[arg-type]


def chains(file: str) -> object:
    """Ours: opening, every check, counts of order 1 with values."""
    return ours(file)


def buckets(file: str) -> object:
    """Ours with 200 user buckets, ready for the bootstrap."""
    return ours(file, buckets=200)


def models(file: str) -> object:
    """Ours: the chain, and first, last, linear, position, time_decay and shapley credit with it."""
    from optimizer.attribution.options import Options
    from optimizer.attribution.registry import MODELS

    names = ("first", "last", "last_non_direct", "linear", "position", "time_decay", "shapley")
    return ours(file, weights={name: MODELS[name].share(Options()) for name in names})


def polars_lazy(file: str) -> object:
    import polars as pl

    rows = (
        pl.scan_parquet(file)
        .select("user_id", "timestamp", "channel", "event", "value")
        .sort("user_id", "timestamp", "event", "channel")
    )
    step = pl.when(pl.col("event") == "touch").then(pl.col("channel")).otherwise(pl.lit(">"))
    rows = rows.with_columns(
        following=step.shift(-1).over("user_id"), gain=pl.col("value").shift(-1).over("user_id")
    )
    return (
        rows.filter(pl.col("event") == "touch")
        .group_by("channel", "following")
        .agg(pl.len(), pl.col("gain").sum())
        .collect()
    )


def pandas_frame(file: str) -> object:
    import pandas as pd

    rows = pd.read_parquet(file).sort_values(
        ["user_id", "timestamp", "event", "channel"], kind="stable"
    )
    rows["step"] = rows["channel"].where(rows["event"] == "touch", ">")
    by_user = rows.groupby("user_id", sort=False)
    rows["following"], rows["gain"] = by_user["step"].shift(-1), by_user["value"].shift(-1)
    return (
        rows[rows["event"] == "touch"]
        .groupby(["channel", "following"], dropna=False)["gain"]
        .agg(["size", "sum"])
    )


CONTESTANTS = {
    entry.__name__: entry
    for entry in (scan, lead, chains, buckets, models, polars_lazy, pandas_frame)
}


def child(name: str, file: str, repeats: int) -> None:
    best = None
    for _ in range(repeats):
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        CONTESTANTS[name](file)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
        work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = (wall, work) if best is None else (min(best[0], wall), min(best[1], work))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": best[0], "work": best[1], "peak": peak}))  # type: ignore[index]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 10])
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "optimizer-benchmark"
    )
    parser.add_argument("--only", nargs="+", choices=list(CONTESTANTS), default=list(CONTESTANTS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child[0], given.child[1], given.repeats)
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).resolve().parents[2]
    for millions in given.millions:
        file = given.folder / f"events-{millions}m.parquet"
        if not file.exists():
            make(file, millions * 1_000_000)
        scan(str(file))
        print(
            f"\n{millions} M events, {file.stat().st_size / 1e6:,.0f} MB\n\n"
            "| | wall s | x scan | processor s | x scan | peak MB |\n|---|---|---|---|---|---|"
        )
        base: dict[str, float] | None = None
        for name in given.only:
            ran = subprocess.run(
                [
                    sys.executable,
                    __file__,
                    "--repeats",
                    str(given.repeats),
                    "--child",
                    name,
                    str(file),
                ],
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONPATH": str(root)},
                timeout=3600,
            )
            if ran.returncode:
                print(
                    f"| {name} | failed: {ran.stderr.strip().splitlines()[-1][:100]} | | | | |",
                    flush=True,
                )
                continue
            found = json.loads(ran.stdout)
            base = base or found
            print(
                f"| {name} | {found['wall']:.2f} | {found['wall'] / base['wall']:.1f}"
                f" | {found['work']:.2f} | {found['work'] / base['work']:.1f}"
                f" | {found['peak']:,.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
