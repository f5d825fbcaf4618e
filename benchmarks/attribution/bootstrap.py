"""What 1,000 bootstrap replicates cost beside counting the journeys: python benchmarks/attribution/bootstrap.py [JOURNEYS]

Processor seconds, best of three, on the path table of `journeys.py`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from journeys import write

from optimizer.attribution.bootstrap import bucket_weights
from optimizer.attribution.options import Options
from optimizer.attribution.registry import MODELS
from optimizer.data.open import open_paths
from optimizer.journeys.counting import count


def best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    journeys = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "paths.csv"
        write(file, journeys)
        opening, paths = best(lambda: open_paths(file)), open_paths(file)
        plain, grouped = best(lambda: count(paths)), best(lambda: count(paths, buckets=200))
        counts = count(paths, buckets=200)
        draws, options = bucket_weights(1000, 200), Options()
        model = MODELS["markov"]
        model(counts, np.ones((1, 200)), options)
        solving = best(lambda: model(counts, draws, options))
    print("| step | processor s | x counting | x counting by groups |\n|---|---|---|---|")
    for name, seconds in (
        ("open and check", opening),
        ("count", plain),
        ("count by 200 groups", grouped),
        ("solve 1,000 replicates", solving),
    ):
        print(f"| {name} | {seconds:.2f} | {seconds / plain:.2f} | {seconds / grouped:.2f} |")


if __name__ == "__main__":
    main()
