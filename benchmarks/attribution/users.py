"""Credit per user of very many events, in bounded memory: python benchmarks/attribution/users.py [EVENTS] [SIZE]

Writes a parquet file of so many events (10,000,000), then runs `optimizer attribute FILE -m last
-m markov --journeys OUT.parquet --memory SIZE` (1GB) and prints the most memory that the process
held, its processor time, and that the file adds up to the model's totals.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

EVENTS_OF_A_USER = 5


def write(file: Path, events: int) -> None:
    """Users of five events each, over 90 days; an event in eight is a purchase."""
    buys = "hash(i, 2) % 8 = 0"
    duckdb.sql(
        f"COPY (SELECT 'u' || (i // {EVENTS_OF_A_USER}) AS user_id,"
        f" TIMESTAMP '2026-01-01' + to_seconds(hash(i, 1) % {90 * 86400}) AS timestamp,"
        f" CASE WHEN NOT {buys} THEN 'channel ' || hash(i, 3) % 12 END AS channel,"
        f" CASE WHEN {buys} THEN 'purchase' ELSE 'touch' END AS event,"
        f" CASE WHEN {buys} THEN 5.0 + hash(i, 4) % 100 END AS value"
        f" FROM range({events}) AS r(i)) TO '{file}' (FORMAT parquet)"
    )


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    size = sys.argv[2] if len(sys.argv) > 2 else "1GB"
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "events.parquet", Path(folder) / "journeys.parquet"
        write(file, events)
        words = ["-m", "last", "-m", "markov", "--journeys", str(out), "--memory", size]
        told = subprocess.run(
            [sys.executable, "-m", "optimizer", "attribute", str(file), *words, "--join", "closes",
             "--format", "json"],
            check=True,
            capture_output=True,
        ).stdout  # fmt: skip
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        total = json.loads(told)["models"][-1]["total"]["conversions"]
        rows, given = duckdb.sql(f"SELECT count(*), sum(conversions) FROM '{out}'").fetchall()[0]
        print(f"{events:,} events, {rows:,} rows written, credit {given:,.1f} of {total:,.1f}")
        print(f"--memory {size}: at most {used.ru_maxrss / 1024:,.0f} MB, of the whole process")
        print(f"{used.ru_utime + used.ru_stime:,.0f} s of processor time")


if __name__ == "__main__":
    main()
