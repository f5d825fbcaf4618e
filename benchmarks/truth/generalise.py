"""The product's plan, from its two tables, on companies drawn by rules that are not its own.

    python benchmarks/truth/generalise.py --seeds 31-32 --out benchmarks/truth/generalise.json
    python benchmarks/truth/generalise.py --table benchmarks/truth/generalise.json

Seeds 1 to 30 may be looked at while something is built; report on others, and say which. A company
takes one to two minutes of one core.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from families import FAMILIES
from families.company import HORIZON, Company
from families.optimum import optimum

from optimizer.pipeline import run
from optimizer.scenario import load_scenario

WAYS = ("plan", "keep", "equal", "last", "linear")


def judged(company: Company, folder: Path) -> dict[str, Any]:
    """One company planned from its files and held against its truth.

    Returns
    -------
    A row of generalise.json: shares of the best plan captured by each of `WAYS` (the product's,
    today's spend, an equal split, in proportion to last-touch and linear credit), the extra
    customers predicted and true, and whether the intervals of the extra and of the gain hold.
    """
    company.events().to_parquet(folder / "events.parquet")
    company.spending().to_csv(folder / "spend.csv", index=False)
    terms, names = company.terms, company.channels
    limits = zip(names, terms.upper, strict=True)
    scenario = {
        "name": "held back",
        "period": "week",
        "horizon": HORIZON,
        "budget": float(terms.budget * HORIZON),
        "goal": "customers",
        "data": {"events": "events.parquet", "spend": "spend.csv"},
        "channels": {name: {"max": float(most * HORIZON)} for name, most in limits},
        "attribution": {"models": ["last", "linear"]},
    }
    (folder / "scenario.yaml").write_text(json.dumps(scenario))
    began = time.process_time()
    outcome = run(load_scenario(folder / "scenario.yaml"))
    took = time.process_time() - began
    spend = outcome.plan.spend_by_channel()
    plan = np.array([spend.get(name, 0.0) for name in names]) / HORIZON
    best, _ = optimum(company)
    plans = {"plan": plan, "keep": terms.today, "equal": np.ones(len(names))}
    assert outcome.attribution is not None
    for model in ("last", "linear"):
        given = outcome.attribution[model]
        credit = dict(zip(given.channels, given.conversions, strict=True))
        plans[model] = np.array([float(credit.get(name, 0.0)) for name in names])
    for way in WAYS[2:]:
        share = plans[way] / max(plans[way].sum(), 1e-9)
        plans[way] = np.minimum(share * terms.budget, terms.upper)
    true = {way: company.extra(plans[way]) for way in WAYS}
    belief = outcome.belief
    assert belief is not None
    assert belief.gain is not None
    gain = true["plan"] - true["keep"]
    return {
        "captured": {way: value / best for way, value in true.items()},
        "predicted": belief.extra.mean,
        "true": true["plan"],
        "holds": bool(belief.extra.low <= true["plan"] <= belief.extra.high),
        "gain": [belief.gain.low, belief.gain.mean, belief.gain.high],
        "true_gain": gain,
        "gain_holds": bool(belief.gain.low <= gain <= belief.gain.high),
        "seconds": took,
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Mean and worst share captured by family and way, and how predictions held."""
    lines = [
        "| family | companies | **plan**, mean (worst) | keep | equal | last | linear "
        "| predicted / true, median | extra holds | gain holds | worse than keeping |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for family in (*dict.fromkeys(row["family"] for row in rows), "all"):
        some = [row for row in rows if family in (row["family"], "all")]
        shares = {way: np.array([row["captured"][way] for row in some]) for way in WAYS}
        ratio = float(np.median([row["predicted"] / row["true"] for row in some]))
        cells = [
            family,
            str(len(some)),
            f"**{shares['plan'].mean():.3f}** ({shares['plan'].min():.2f})",
            *(f"{shares[way].mean():.3f}" for way in WAYS[1:]),
            f"{ratio:.2f}",
            *(f"{sum(row[held] for row in some)}" for held in ("holds", "gain_holds")),
            str(int((shares["plan"] < shares["keep"] - 1e-6).sum())),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Run the companies asked for, or print the table of a file of rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--families", default=",".join(FAMILIES))
    parser.add_argument("--seeds", default="31-32", help="FIRST-LAST")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--table", type=Path, help="print the table of a file of rows")
    asked = parser.parse_args()
    if asked.table:
        print(table(json.loads(asked.table.read_text())))
        return
    first, last = (int(part) for part in asked.seeds.split("-"))
    rows: list[dict[str, Any]] = []
    for seed in range(first, last + 1):
        for family in asked.families.split(","):
            with tempfile.TemporaryDirectory() as folder:
                row = judged(FAMILIES[family](seed), Path(folder))
            rows.append({"family": family, "seed": seed, **row})
            captured = {way: round(share, 2) for way, share in row["captured"].items()}
            ratio = row["predicted"] / row["true"]
            print(f"{family} {seed}: {captured} predicted/true {ratio:.2f}", flush=True)
            if asked.out:
                asked.out.write_text(json.dumps(rows, indent=1) + "\n")
    print(table(rows))


if __name__ == "__main__":
    main()
