"""Whole plans as the goals name them. Run by hand: ratios, not tests.

    python benchmarks/allocation/plans.py [weeks] [frontier] [posts] [sizes] [bookings]

weeks:    20 channels x 52 weeks, saturating curves, one budget, a CAC cap: this package against SLSQP (--limit SECONDS)
frontier: 20 budgets on 20 channels against one plan
posts:    12 weeks, 15 channels and 5 creator tiers in whole posts, seasons, CAC cap, a commit rule, at most 10 channels
sizes:    20, 40, 45, 200 and 500 channels, a budget and a CAC cap, prices and reasons included: no cliff
bookings: 2,000 channels in whole posts, a budget and a CAC cap, a limit of 10 s
"""

from __future__ import annotations

import sys
import time

import numpy as np
from timed import timed

from optimizer.allocation.frontier import frontier
from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Decision, Problem, Rule
from optimizer.pipeline.problem import build
from optimizer.response.shapes.bounded import saturating
from optimizer.scenario import read_scenario

BUDGET = 1e6


def weekly(channels: int, weeks: int) -> tuple[Problem, np.ndarray, np.ndarray, float]:
    rng = np.random.default_rng(11)
    top = rng.uniform(50, 500, channels)[:, None] * rng.uniform(0.7, 1.6, weeks)[None, :] / weeks
    half = np.repeat(
        rng.uniform(0.3, 3, channels)[:, None] * BUDGET / channels / weeks, weeks, axis=1
    )
    cap = float(BUDGET / (0.45 * top.sum()))
    lines = tuple(
        Decision(
            channel=f"c{k}",
            period=f"W{t + 1}",
            curves={
                "customers": saturating(ceiling=float(top[k, t]), half_spend=float(half[k, t]))
            },
        )
        for k in range(channels)
        for t in range(weeks)
    )
    return (
        Problem(lines, (Rule("budget", BUDGET), Rule("max_cac", cap))),
        top.ravel(),
        half.ravel(),
        cap,
    )


def by_slsqp(top: np.ndarray, half: np.ndarray, cap: float) -> np.ndarray:
    from scipy.optimize import minimize

    def won(x: np.ndarray) -> float:
        return float((top * x / (half + x)).sum())

    found = minimize(
        lambda x: -won(x),
        np.full(len(top), BUDGET / len(top) / 2),
        method="SLSQP",
        bounds=[(0, BUDGET)] * len(top),
        options={"maxiter": 1000, "ftol": 1e-9},
        constraints=[
            {"type": "ineq", "fun": lambda x: BUDGET - x.sum()},
            {"type": "ineq", "fun": lambda x: cap * won(x) - x.sum()},
        ],
    )
    return np.asarray(found.x)


def bare(it: Problem) -> Plan:
    return solve(it, explain=False)


def weeks(limit: float) -> None:
    for count in (1, 52):
        it, top, half, cap = weekly(20, count)
        ours, plan = timed(bare, (it,), 600)
        assert ours is not None
        print(
            f"20 x {count}: this package {ours:.2f} s, {plan.objective:.4f}, gap {plan.certificate.gap:.1e}",
            flush=True,
        )
        seconds, spend = timed(by_slsqp, (top, half, cap), limit)
        if seconds is None:
            print(
                f"20 x {count}: SLSQP stopped after {limit:.0f} s: ours takes < {ours / limit:.4f} x its time",
                flush=True,
            )
        else:
            print(
                f"20 x {count}: SLSQP {seconds:.2f} s, {(top * spend / (half + spend)).sum():.4f}: ours takes {ours / seconds:.3f} x its time",
                flush=True,
            )


def of_budgets() -> None:
    it, *_ = weekly(20, 1)
    one, _ = timed(bare, (it,), 600)
    whole, _ = timed(solve, (it,), 600)
    many, steps = timed(lambda: frontier(it, steps=20), (), 600)
    assert one is not None
    assert whole is not None
    assert many is not None
    print(
        f"frontier of {len(steps)} budgets {many:.2f} s; one bare plan {one:.2f} s ({many / one:.1f} x), one explained plan {whole:.2f} s ({many / whole:.1f} x)"
    )


def posts() -> None:
    rng = np.random.default_rng(5)
    text = [
        "budget: 1500000",
        "horizon: 12",
        "period: week",
        "goal: customers",
        "calendar: {start: 2026-10-05, seasons: [double11, double11_warm_up]}",
        "channels:",
    ]
    for k in range(15):
        text.append(
            f"  platform{k % 4}/c{k}: {{curve: {{saturating: {{ceiling: {rng.integers(800, 5000)}, half_spend: {rng.integers(40000, 300000)}}}}}}}"
        )
    for tier, fee, won in (
        ("head", 60000, 700),
        ("waist", 12000, 170),
        ("koc", 1500, 26),
        ("nano", 400, 8),
        ("kol", 30000, 380),
    ):
        text.append(
            f"  xiaohongshu/{tier}: {{bookings: {{fee: {fee}, max: 12, customers: {{pieces: [[3, {won}], [9, {won * 0.7:.0f}]]}}}}}}"
        )
    text += [
        "rules:",
        "  - {max_cac: 75}",
        "  - {commit: 30000, of: xiaohongshu}",
        "  - {max_channels: 10}",
    ]
    it = build(read_scenario("\n".join(text)))
    start = time.perf_counter()
    plan = solve(it, explain=False, time_limit=60)
    print(
        f"12 weeks, 15 channels, 5 tiers: {plan.status} in {time.perf_counter() - start:.1f} s, gap {plan.certificate.gap if plan.certificate else None:.1e}"
    )


def channels(count: int, posts: bool = False) -> Problem:
    """So many channels (or creators in whole posts), a budget and a CAC cap."""
    rng = np.random.default_rng(3)
    lines = []
    for k in range(count):
        price = float(rng.uniform(500, 20_000)) if posts else 1.0
        half = float(rng.uniform(2, 10)) if posts else float(rng.uniform(2000, 30_000))
        curve = saturating(ceiling=float(rng.uniform(50, 500)), half_spend=half)
        lines.append(
            Decision(
                channel=f"p{k % 7}/c{k}",
                curves={"customers": curve},
                price=price,
                posts=posts,
                whole=posts,
                current=None if posts else 3000.0,
            )
        )
    cap = 90.0 if posts else 70.0
    return Problem(tuple(lines), (Rule("budget", 4000.0 * count), Rule("max_cac", cap)))


def sizes() -> None:
    for count in (20, 40, 45, 200, 500):
        seconds, plan = timed(solve, (channels(count),), 600)
        print(f"{count} channels: {plan.status} in {seconds:.1f} s, {plan.solver}", flush=True)


def bookings() -> None:
    start = time.perf_counter()
    plan = solve(channels(2000, posts=True), time_limit=10)
    gap = plan.certificate.gap if plan.certificate else None
    print(f"2,000 bookings: {plan.status} in {time.perf_counter() - start:.1f} s, gap {gap}")


if __name__ == "__main__":
    asked = sys.argv[1:]
    most = float(asked.pop(asked.index("--limit") + 1)) if "--limit" in asked else 120.0
    asked = [a for a in asked if a != "--limit"] or [
        "weeks",
        "frontier",
        "posts",
        "sizes",
        "bookings",
    ]
    bare(weekly(3, 1)[0])  # imports are not what is measured
    if "weeks" in asked:
        weeks(most)
    if "frontier" in asked:
        of_budgets()
    if "posts" in asked:
        posts()
    if "sizes" in asked:
        sizes()
    if "bookings" in asked:
        bookings()
