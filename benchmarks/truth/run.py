"""How much of the best achievable extra customers each way of planning captures, on companies
whose truth is known.

    python benchmarks/truth/run.py --seeds 501-510 --out results.json \\
        --worlds stages,goodwill,direct_response
    python benchmarks/truth/run.py --seeds 131-133 --traps crowded,unseen,null  # tuning seeds only

Traps are knobs that come together, so that the method is not made for the three worlds as they are.

Every company is written to a folder and planned from its files by the product's own pipeline.
Seeds 101-199 were used while the method was built; report on others. One company takes about half
a minute of one core.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.allocation.planner import solve
from optimizer.pipeline import Prepared, prepare
from optimizer.pipeline.problem import build
from optimizer.pipeline.respond import spend_by_period
from optimizer.response.channel import Response
from optimizer.response.shapes.bounded import saturating
from optimizer.scenario import load_scenario
from optimizer.simulate import Truth, simulate
from optimizer.simulate.truth import within

TRAPS: dict[str, dict[str, float | int]] = {
    "": {},
    "crowded": {
        "organic": 2.5,
        "season": 0.3,
        "in_step": 0.7,
    },  # strong organic demand, a season, channels moving together
    "unseen": {
        "seen": 0.4,
        "pauses": 0.0,
        "heavy": 1.2,
    },  # few steps show, nothing ever rests, unequal people
    "null": {"null": 1},  # a channel whose touches change nothing
    "small": {"users": 6000, "weeks": 16, "tiny": 1},
}
CREDITS = ("last", "linear", "markov", "shapley")


def company(world: str, seed: int, folder: Path, **knobs: Any) -> dict[str, Any]:
    """One company planned in every way.

    Parameters
    ----------
    world, seed, knobs
        See `optimizer.simulate.simulate`.
    folder
        Where its files are written.

    Returns
    -------
    A row of results.json: shares of the best plan captured, and how predictions held.
    """
    truth = simulate(folder, seed=seed, world=world, **knobs)
    scenario = load_scenario(folder / "scenario.yaml")
    began = time.perf_counter()
    ready = prepare(scenario)
    plan = solve(ready.problem(), explain=False).spend_by_channel()
    took = time.perf_counter() - began
    plans = {
        "keep_split": truth.keep_split(),
        "equal": _spread(truth, np.ones(len(truth.channels))),
        "lifecycle": plan,
        "regression": _optimum(scenario, _regression(truth, ready)),
        **_by_credit(truth, scenario, ready),
    }
    nothing = truth.customers({})
    out: dict[str, Any] = {
        "world": world,
        "seed": seed,
        "seconds": took,
        "captured": {k: truth.captured(p) for k, p in plans.items()},
    }
    forecast = ready.lifecycle.forecast
    true_extra = truth.customers(plan) - nothing
    low, high = forecast.interval
    out |= {
        "predicted": forecast.extra,
        "low": low,
        "high": high,
        "true": true_extra,
        "ratio": forecast.extra / true_extra,
        "covered": bool(low <= true_extra <= high),
    }
    return out | _idlers(truth, ready)


def _by_credit(truth: Truth, scenario: Any, ready: Prepared) -> dict[str, dict[str, float]]:
    """Plans by the credit of classical models: in proportion, and as touch volume times credit."""
    assert ready.attribution is not None
    plans = {}
    for model in CREDITS:
        given = ready.attribution[model]
        credit = dict(zip(given.channels, given.conversions, strict=True))
        plans[f"{model}_proportional"] = _spread(
            truth, np.array([float(credit.get(n, 0.0)) for n in truth.channels])
        )
        plans[f"{model}_curves"] = _optimum(scenario, _credited(ready, credit))
    return plans


def _idlers(truth: Truth, ready: Prepared) -> dict[str, Any]:
    """Of channels that harvest or change nothing: their credit beside last touch's, and whether
    the interval of one that changes nothing holds 0.
    """
    assert ready.attribution is not None
    out: dict[str, Any] = {}
    last, mine = ready.attribution["last"], ready.lifecycle.orders
    for name, role in zip(truth.channels, truth.company.role, strict=True):
        if role == "work" or name not in mine.channels:
            continue
        at = mine.channels.index(name)
        out[role] = float(mine.conversions[at]) / max(
            float(last.conversions[last.channels.index(name)]), 1e-9
        )
        if role == "null":
            life = ready.lifecycle.life
            draws = life.split("orders", life.replicates(200), nodes=4).by_stage.sum(axis=2)
            out["null_holds_zero"] = float(np.quantile(draws[:, at], 0.05)) <= 0.0
    return out


def _spread(truth: Truth, weights: np.ndarray[Any, Any]) -> dict[str, float]:
    return dict(
        zip(truth.channels, map(float, within(np.maximum(weights, 0.0), truth.terms)), strict=True)
    )


def _optimum(scenario: Any, responses: dict[str, Response]) -> dict[str, float]:
    return solve(build(scenario, responses), explain=False).spend_by_channel()


def _credited(ready: Prepared, credit: dict[str, float]) -> dict[str, Response]:
    """Touch volume as the curve, times credited conversions per touch."""
    out = {}
    for name, response in ready.responses.items():
        assert response.touches is not None
        touches = ready.tables.events.facts["channels"].get(name, 0)
        out[name] = Response(
            channel=name,
            curve=response.touches.times(max(credit.get(name, 0.0), 0.0) / max(touches, 1)),
            current=response.current,
        )
    return out


def _regression(truth: Truth, ready: Prepared) -> dict[str, Response]:
    """Weekly purchases on spend, mix-model style: saturation and carry-over by channel,
    coefficients at least 0; the half-spend (0.5, 1, 2 x mean) and carry-over (0, 0.3, 0.6), shared
    by all channels, are chosen by fit.
    """
    from scipy.optimize import nnls

    events = ready.tables.events
    weeks = spend_by_period(ready.tables.spend)
    sales = events.query(
        f"SELECT CAST(date_diff('day', TIMESTAMP '{weeks.starts[0]}', timestamp) // 7 AS INTEGER)"
        " AS w, count(*) AS n "
        f"FROM {events.table} WHERE event = 'purchase' GROUP BY 1 ORDER BY 1"
    )
    y = np.zeros(len(weeks.starts))
    inside = (sales["w"] >= 0) & (sales["w"] < len(y))
    y[sales["w"][inside].to_numpy()] = sales["n"][inside]
    spend = np.column_stack([weeks.paid[n] for n in truth.channels])
    best: tuple[float, Any, Any] = (np.inf, None, None)
    for half in (0.5, 1.0, 2.0):
        for carry in (0.0, 0.3, 0.6):
            stock = spend.copy()
            for t in range(1, len(stock)):
                stock[t] += carry * stock[t - 1]
            scale = half * stock.mean(axis=0)
            x = np.column_stack(
                [np.ones(len(y)), np.linspace(0, 1, len(y)), stock / (scale + stock)]
            )
            beta, error = nnls(x, y)
            if error < best[0]:
                best = (error, beta[2:], scale * (1 - carry))
    _, beta, scale = best
    horizon = truth.terms.horizon
    return {
        n: Response(
            channel=n,
            curve=saturating(ceiling=float(b) + 1e-9, half_spend=float(s)).rescale_horizon(horizon),
            current=ready.responses[n].current,
        )
        for n, b, s in zip(truth.channels, beta, scale, strict=True)
        if n in ready.responses
    }


def summary(rows: list[dict[str, Any]]) -> str:
    """A table: mean and worst share captured by world, and how predictions held."""
    worlds = sorted({r["world"] for r in rows})
    ways = sorted(
        rows[0]["captured"], key=lambda w: -float(np.mean([r["captured"][w] for r in rows]))
    )
    lines = [
        "| way of planning | " + " | ".join(f"{w} (mean, worst)" for w in worlds) + " |",
        "|---|" + "---|" * len(worlds),
    ]
    for way in ways:
        cells = []
        for world in worlds:
            got = [r["captured"][way] for r in rows if r["world"] == world]
            cells.append(f"{np.mean(got):.3f}, {np.min(got):.3f}")
        mark = "**" if way == "lifecycle" else ""
        lines.append(f"| {mark}{way}{mark} | " + " | ".join(cells) + " |")
    lines += ["", "| | " + " | ".join(worlds) + " |", "|---|" + "---|" * len(worlds)]
    for label, value in (
        ("companies", lambda g: str(len(g))),
        (
            "predicted / true extra customers, median",
            lambda g: f"{np.median([r['ratio'] for r in g]):.2f}",
        ),
        (
            "the same, lowest and highest",
            lambda g: f"{min(r['ratio'] for r in g):.2f} - {max(r['ratio'] for r in g):.2f}",
        ),
        ("truth inside the 90 % interval", lambda g: f"{np.mean([r['covered'] for r in g]):.0%}"),
        (
            "harvesting channel: credit / last-touch credit, highest",
            lambda g: f"{max(r.get('harvest', 0.0) for r in g):.2f}",
        ),
        (
            "channel that changes nothing: interval holds 0",
            lambda g: _share([r["null_holds_zero"] for r in g if "null_holds_zero" in r]),
        ),
        (
            "seconds from files to plan, median",
            lambda g: f"{np.median([r['seconds'] for r in g]):.0f}",
        ),
    ):
        lines.append(
            f"| {label} | "
            + " | ".join(value([r for r in rows if r["world"] == w]) for w in worlds)
            + " |"
        )
    return "\n".join(lines) + "\n"


def _share(held: list[bool]) -> str:
    return f"{sum(held)} of {len(held)}" if held else "-"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="501-510")
    parser.add_argument("--worlds", default="stages,goodwill,direct_response")
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--knob", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument(
        "--traps", default="", help=f"names, comma-separated: {', '.join(filter(None, TRAPS))}"
    )
    parser.add_argument("--out", type=Path)
    parser.add_argument("--table", type=Path, help="print the summary of an earlier run")
    args = parser.parse_args()
    if args.table:
        print(summary(json.loads(args.table.read_text())))
        return
    low, _, high = args.seeds.partition("-")
    knobs = {
        k: float(v) if "." in v else int(v) for k, v in (item.split("=") for item in args.knob)
    }
    rows: list[dict[str, Any]] = []
    for seed in range(int(low), int(high or low) + 1):
        for world, trap in ((w, t) for t in args.traps.split(",") for w in args.worlds.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                size = {"users": args.users, "weeks": args.weeks} | TRAPS[trap] | knobs
                rows.append(
                    company(world, seed, Path(folder), **size)
                    | {"world": f"{world} {trap}".strip()}
                )
            last = rows[-1]
            print(
                f"{last['world']} {seed}: lifecycle {last['captured']['lifecycle']:.3f} "
                f"keep {last['captured']['keep_split']:.3f} "
                f"ratio {last['ratio']:.2f} {last['seconds']:.0f}s",
                flush=True,
            )
            if args.out:
                args.out.write_text(json.dumps(rows, indent=1) + "\n")
    print(summary(rows))


if __name__ == "__main__":
    main()
