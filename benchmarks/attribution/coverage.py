"""How often the 90 % intervals hold the large-sample value: 200 samples of users from a population that is known.

    python benchmarks/attribution/coverage.py [--repeats 200] [--users 4000]

The population is one long draw of the benchmark's journeys (400,000); a sample is a draw of `users` journeys from it.
Coverage is counted over channels that `linear` expects to credit with at least 30 conversions in a sample.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from journeys import draw

from optimizer.attribution.attribute import attribute

MODELS = ["first", "last", "linear", "position", "shapley", "markov", "shao"]


def frame(path: np.ndarray, won: np.ndarray, value: np.ndarray) -> pd.DataFrame:
    names = np.array([f"channel_{i:02d}" for i in range(40)])
    texts = [" > ".join(names[row[row >= 0]]) for row in path]
    return pd.DataFrame(
        {
            "path": texts,
            "conversions": won.astype(int),
            "value": value,
            "nulls": 1 - won.astype(int),
        }
    )


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--repeats", type=int, default=200)
    words.add_argument("--users", type=int, default=4000)
    words.add_argument("--replicates", type=int, default=400)
    given = words.parse_args()
    population = frame(*draw(400_000, seed=3))
    truth = {
        c.model: dict(zip(c.channels, c.conversions * given.users / 400_000, strict=True))
        for c in attribute(population, MODELS).credits
    }
    held = {name: [0, 0] for name in MODELS}
    generator = np.random.default_rng(11)
    for repeat in range(given.repeats):
        sample = population.iloc[generator.integers(0, len(population), given.users)]
        for credit in attribute(sample, MODELS, intervals=given.replicates, seed=repeat).credits:
            for i, channel in enumerate(credit.channels):
                value = truth[credit.model][channel]
                if truth["linear"][channel] >= 30:
                    held[credit.model][0] += credit.low[i] <= value <= credit.high[i]
                    held[credit.model][1] += 1
    print(
        f"{given.repeats} samples of {given.users:,} journeys, {given.replicates} replicates, 90 % intervals\n"
    )
    print("| model | intervals | hold the large-sample value |\n|---|---|---|")
    for name, (hits, trials) in held.items():
        print(f"| {name} | {trials:,} | {hits / trials:.1%} |")


if __name__ == "__main__":
    main()
