"""Path tables to race on: journeys of a first-order chain over 30 channels, mean length 4; the same seed, the same table."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

CHANNELS, MEAN_LENGTH, RATE = 30, 4.0, 0.2


def draw(journeys: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Channels by step (journeys x longest, -1 after the end), whether each journey converts, and its value."""
    generator = np.random.default_rng(seed)
    weight = (
        generator.dirichlet(np.full(CHANNELS, 0.5), size=CHANNELS) * 0.6
        + generator.dirichlet(np.full(CHANNELS, 0.7)) * 0.4
    )
    begin = generator.dirichlet(np.full(CHANNELS, 0.7))
    converts = np.clip(generator.beta(2, 8, CHANNELS), 0.02, 0.8)
    stop = 1 / MEAN_LENGTH
    cumulative = weight.cumsum(axis=1)
    here = generator.choice(CHANNELS, size=journeys, p=begin)
    steps, alive = [here.copy()], np.ones(journeys, dtype=bool)
    while alive.any() and len(steps) < 60:
        alive &= generator.random(journeys) > stop
        onward = (
            (generator.random(journeys)[:, None] > cumulative[here]).sum(axis=1)
            if journeys <= 200_000
            else _blocks(generator, cumulative, here)
        )
        here = np.where(alive, np.minimum(onward, CHANNELS - 1), here)
        steps.append(np.where(alive, here, -1))
    path = np.stack(steps, axis=1)
    won = generator.random(journeys) < converts[here]
    return path, won, np.where(won, np.round(generator.lognormal(3, 0.5, journeys), 2), 0.0)


def _blocks(generator: np.random.Generator, cumulative: np.ndarray, here: np.ndarray) -> np.ndarray:
    out = np.empty(len(here), dtype=np.int64)
    for i in range(0, len(here), 200_000):
        part = here[i : i + 200_000]
        out[i : i + 200_000] = (generator.random(len(part))[:, None] > cumulative[part]).sum(axis=1)
    return out


def write(file: Path, journeys: int, seed: int = 1, by_journey: bool = False) -> None:
    """A csv path,total_conversions,total_conversion_value,total_null, one row per different path (or per journey)."""
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    connection.execute("CREATE TABLE j (path VARCHAR, won BIGINT, value DOUBLE)")
    names = np.array([f"channel_{i:02d}" for i in range(CHANNELS)])
    for start in range(0, journeys, 1_000_000):
        size = min(1_000_000, journeys - start)
        path, won, value = draw(size, seed + start)
        texts = [" > ".join(names[row[row >= 0]]) for row in path]
        table = pa.table({"path": texts, "won": won.astype(np.int64), "value": value})
        connection.register("part", table)
        connection.execute("INSERT INTO j SELECT * FROM part")
        connection.unregister("part")
    if by_journey:
        connection.execute(
            f"COPY (SELECT path, won AS total_conversions, round(value, 2) AS total_conversion_value,"
            f" 1 - won AS total_null FROM j) TO '{file}' (HEADER)"
        )
        return
    connection.execute(
        f"COPY (SELECT path, sum(won) AS total_conversions, round(sum(value), 2) AS total_conversion_value,"
        f" count(*) - sum(won) AS total_null FROM j GROUP BY path ORDER BY path) TO '{file}' (HEADER)"
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), by_journey=len(sys.argv) > 3)
