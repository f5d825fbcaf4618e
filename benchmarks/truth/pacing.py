"""What pacing by week is worth on companies whose truth is known.

    python benchmarks/truth/pacing.py --seeds 801-810 --out benchmarks/truth/pacing.json
    python benchmarks/truth/pacing.py --table benchmarks/truth/pacing.json

Each company is planned twice from its files: week by week on the stage chain, and evenly. The
weekly plan is held against its own money spent evenly, so that nothing but the pacing differs, and
against the even plan. With a season the scenario states its factor of each coming week. Extra
customers are those above spending nothing, by the true company.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.pipeline import Estimates, estimate, near_plan
from optimizer.scenario import Scenario, load_scenario
from optimizer.scenario.schema import Calendar
from optimizer.simulate import simulate

SEASON = 0.3  # strength of the season, where there is one
SIZE = {"users": 2500, "weeks": 14}


def company(world: str, seed: int, season: float, folder: Path, **knobs: Any) -> dict[str, Any]:
    """One company planned by week and evenly; a row of pacing.json."""
    truth = simulate(folder, seed=seed, world=world, season=season, **knobs)
    scenario = load_scenario(folder / "scenario.yaml")
    began = time.process_time()
    known = estimate(scenario)
    read = time.process_time() - began
    ahead = 7 * truth.terms.horizon
    usual = truth.seasons[:-ahead].mean()  # what the estimate has seen
    weeks = truth.seasons[-ahead:].reshape(-1, 7).mean(axis=1) / usual
    demand = {f"W{k + 1}": float(factor) for k, factor in enumerate(weeks)}
    calendar = Calendar(demand=demand if season else {})
    began = time.process_time()
    paced = _plan(known, scenario.model_copy(update={"calendar": calendar}), truth.terms.horizon)
    took = time.process_time() - began
    even = _plan(known, scenario, 1)
    nothing = truth.customers({})

    def extra(plan: dict[str, list[float]]) -> float:
        return truth.customers(plan) - nothing

    best = truth.customers(truth.best) - nothing
    spread = {name: [sum(weeks) / len(weeks)] * len(weeks) for name, weeks in paced.items()}
    evenly = {
        name: [money[0] / truth.terms.horizon] * truth.terms.horizon for name, money in even.items()
    }
    return {
        "world": world,
        "seed": seed,
        "season": season,
        "paced": extra(paced) / best,
        "same_money_evenly": extra(spread) / best,
        "even_plan": extra(evenly) / best,
        "first_half": _first_half(paced),
        "seconds_estimate": read,
        "seconds_paced": took,
    }


def _plan(known: Estimates, scenario: Scenario, periods: int) -> dict[str, list[float]]:
    """Channel -> currency in each period of the best plan on the chain."""
    found = near_plan(scenario, known)
    assert found.chain is not None
    names = [span.name for span in found.chain.spans] or ["all"]
    plan = {name: [0.0] * periods for name in found.chain.lines}
    for (channel, period), money in found.chain.start.items():
        plan[channel][names.index(period)] += money
    return plan


def _first_half(plan: dict[str, list[float]]) -> float:
    """Share of the money that is spent in the first half."""
    weeks = np.sum(list(plan.values()), axis=0)
    return float(weeks[: len(weeks) // 2].sum() / max(weeks.sum(), 1e-9))


def summary(rows: list[dict[str, Any]]) -> str:
    """A row per company, and what they come to."""
    lines = [
        "| company | season | paced | same money evenly | even plan | pacing is worth | first half |",
        "|---|---|---|---|---|---|---|",
    ]
    gains, over = [], []
    for row in rows:
        gains.append(row["paced"] / row["same_money_evenly"] - 1)
        over.append(row["paced"] / row["even_plan"] - 1)
        lines.append(
            f"| {row['world']} {row['seed']} | {row['season'] or '-'} | {row['paced']:.3f} | "
            f"{row['same_money_evenly']:.3f} | {row['even_plan']:.3f} | {gains[-1]:+.1%} | "
            f"{row['first_half']:.0%} |"
        )
    lines += [
        "",
        f"{len(rows)} companies: pacing is worth {np.mean(gains):+.1%} in the mean (worst "
        f"{np.min(gains):+.1%}) beside the same money spent evenly, {np.mean(over):+.1%} (worst "
        f"{np.min(over):+.1%}) beside the even plan.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="801-810")
    parser.add_argument("--worlds", default="stages,goodwill")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--table", type=Path, help="print the table of an earlier run")
    args = parser.parse_args()
    if args.table:
        print(summary(json.loads(args.table.read_text())))
        return
    low, _, high = args.seeds.partition("-")
    rows: list[dict[str, Any]] = []
    worlds = args.worlds.split(",")
    for seed in range(int(low), int(high or low) + 1):
        for j, world in enumerate(worlds):
            season = SEASON if (seed + j) % 2 else 0.0
            with tempfile.TemporaryDirectory() as folder:
                rows.append(company(world, seed, season, Path(folder), **SIZE))
            print(json.dumps(rows[-1]), flush=True)
            if args.out:
                args.out.write_text(json.dumps(rows, indent=1) + "\n")
    print(summary(rows))


if __name__ == "__main__":
    main()
