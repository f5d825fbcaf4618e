"""Outcomes made by hand, for the report's tests: every part present, on curves that are known."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from optimizer.allocation.plan import (
    Baseline,
    Certificate,
    Fix,
    Plan,
    PlanLine,
    RuleResult,
    Step,
    Totals,
)
from optimizer.allocation.problem import Rule
from optimizer.attribution.credit import Attribution, Credit
from optimizer.attribution.lifecycle import Lifecycle, fit_lifecycle
from optimizer.data.open import open_events
from optimizer.journeys.top_paths import TopPath, TopPaths
from optimizer.pipeline.journey_summary import JourneySummary
from optimizer.pipeline.outcome import Outcome
from optimizer.response.channel import Response
from optimizer.response.curve import Evidence
from optimizer.response.shapes.bounded import saturating
from optimizer.scenario import Scenario

CHANNELS = (
    "xiaohongshu/koc",
    "xiaohongshu/waist",
    "douyin/feed",
    "douyin/koc",
    "bilibili/waist",
    "weibo/feed",
    "taobao/search",
    "jd/search",
    "baidu",
    "wechat_oa",
    "wecom",
    "community",
    "google",
    "xiaohongshu/head",
    "douyin/head",
)
STAGES = ("awareness", "interest", "decision", "repurchase", "loyalty")
NASTY = (
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("http://evil","x")',
    "n" * 200,
    "شبكة الإعلانات",
    "</script><script>alert(2)</script>",
    "a|b `c` *d* [e](http://x)",
    "小红书/达人 🎉",
    "line\nbreak",
    "\u202egnp.exe",
    "{{ 7*7 }}",
    "#0b6b96",
    "Now",
)


def world(
    channels: tuple[str, ...] = CHANNELS[:7],
    periods: int = 1,
    bare: bool = False,
    truth: bool = True,
    currency: str = "CNY",
) -> Outcome:
    """A company with a known curve on every channel. bare: nothing but a plan of stated curves."""
    rng = np.random.default_rng(len(channels))
    responses, lines = {}, []
    names = [f"2026-W{40 + i}" for i in range(periods)] if periods > 1 else ["plan"]
    now_of = {c: float(rng.integers(8, 80)) * 1000 for c in channels}
    shape_of = {
        c: (float(rng.integers(600, 4000)), float(rng.integers(15, 90)) * 1000) for c in channels
    }
    best = best_spend(shape_of, 1.1 * sum(now_of.values()))
    for i, channel in enumerate(channels):
        now, (ceiling, half) = now_of[channel], shape_of[channel]
        seen = None if bare else (0.4 * now, 1.3 * now)
        evidence = (
            Evidence("stated")
            if bare
            else Evidence("fitted", seen, float(rng.uniform(0.2, 0.95)), 26)
        )
        curve = saturating(ceiling=ceiling, half_spend=half, evidence=evidence)
        responses[channel] = Response(
            channel=channel, curve=curve, value_per_customer=180.0, current=None if bare else now
        )
        plan = best[channel]
        for name in names:
            x = plan / periods
            customers = float(curve(plan)) / periods
            slope = float(curve.slope(plan))
            lines.append(
                PlanLine(
                    channel,
                    name,
                    x,
                    customers,
                    customers * 180.0,
                    current=None if bare else now / periods,
                    minimum=0.0,
                    maximum=120000.0 / periods,
                    posts=int(x // 3000) if "koc" in channel else None,
                    touches=40 * x,
                    marginal_cac=1 / slope,
                    marginal_roi=slope * 180,
                    observed=None if seen is None else (seen[0] / periods, seen[1] / periods),
                    held_by=("marginal", "maximum", "minimum", "curve", "max_share", "whole posts")[
                        i % 6
                    ],
                )
            )
    spend, customers = sum(x.spend for x in lines), sum(x.customers for x in lines)
    totals = Totals(spend, customers, customers * 180.0, unspent=spend * 0.01)
    now_spend = sum(r.current or 0.0 for r in responses.values())
    now_customers = sum(float(r.curve(r.current or 0.0)) for r in responses.values())
    current = None if bare else Totals(now_spend, now_customers, now_customers * 180.0)
    rules = (
        RuleResult(
            "budget",
            None,
            spend * 1.01,
            spend,
            True,
            "money",
            "<=",
            212.4,
            "Spend stays within the budget.",
        ),
        RuleResult(
            "max_cac", None, 45.0, totals.cac, True, "money", "<=", 0.0, "Spend per new customer."
        ),
        RuleResult("min_roi", "xiaohongshu", 2.0, 2.41, True, "ratio", ">=", 88.0),
        RuleResult("min_share", "xiaohongshu", 0.25, 0.31, True, "share", ">=", None),
    )
    plan_ = Plan(
        "optimal",
        "customers",
        customers,
        totals,
        Certificate(customers, customers * 1.00004, 4e-5),
        tuple(lines),
        rules,
        ()
        if bare
        else (
            Baseline(
                "keep_split",
                now_customers,
                now_spend,
                now_customers,
                now_customers * 180.0,
                (Rule("max_cac", 45.0),),
            ),
            Baseline("equal", customers * 0.91, spend, customers * 0.91, customers * 164.0),
            Baseline(
                "last_touch",
                customers * 0.95,
                spend,
                customers * 0.95,
                customers * 171.0,
                (Rule("min_share", 0.25, "xiaohongshu"),),
            ),
        ),
        current=current,
        next_money=()
        if bare
        else (
            Step(
                spend * 1.01 - 10000,
                customers - 221.3,
                spend - 10000,
                customers - 221.3,
                0.0,
                channels[:1],
                "last",
            ),
            Step(
                spend * 1.01 + 10000,
                customers + 208.9,
                spend + 10000,
                customers + 208.9,
                0.0,
                channels[1:2],
                "next",
            ),
        ),
        ladder=()
        if bare
        else tuple(
            Step(
                float(n),
                customers * (1 - 0.5**n),
                spend,
                customers * (1 - 0.5**n),
                0.0,
                channels[:n],
            )
            for n in (1, 2, 3)
        ),
        frontier=()
        if bare
        else tuple(
            Step(
                spend * k,
                customers * k**0.6,
                spend * k,
                customers * k**0.6,
                customers * k**0.6 * 180,
            )
            for k in (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
        ),
        lp="\\* plan *\\\nMaximize\nOBJ: x\nEnd\n",
    )
    scenario = Scenario(
        name="Autumn launch",
        currency=currency,
        horizon=8,
        budget=round(spend * 1.01),
        attribution={"model": "lifecycle"},
    )
    if bare:
        return Outcome(scenario, plan_, responses)
    return Outcome(
        scenario,
        plan_,
        responses,
        attribution(channels),
        truth=_truth(channels, responses, customers) if truth else None,
        story=story(),
        notes=("2 touches have no spend: newsletter, direct",),
        command="optimizer plan scenarios/growing_brand",
        record={
            "versions": {"attribution-budget-optimizer": "0.1.0", "pulp": "3.3.2"},
            "solver": {"name": "HiGHS"},
            "inputs": {"events": {"file": "data/events.csv", "sha256": "ab" * 32}},
            "times": {"allocation": 0.21},
        },
    )


def best_spend(shapes: dict[str, tuple[float, float]], budget: float) -> dict[str, float]:
    """The best split over curves ceiling * x / (half + x): equal slopes, by bisection; at most 120,000 each."""
    low, high = 1e-9, 1.0
    for _ in range(100):
        slope = (low * high) ** 0.5
        spend = {
            c: min(120000.0, max(0.0, half * ((ceiling / (half * slope)) ** 0.5 - 1)))
            for c, (ceiling, half) in shapes.items()
        }
        low, high = (slope, high) if sum(spend.values()) > budget else (low, slope)
    return spend


def attribution(channels: tuple[str, ...] = CHANNELS[:7]) -> Attribution:
    """Eight models whose credit adds up; the lifecycle one with an organic part and intervals."""
    rng = np.random.default_rng(7)
    names = tuple(sorted(channels))
    credits = []
    for model in (
        "first",
        "last",
        "linear",
        "position",
        "time_decay",
        "markov",
        "shapley",
        "lifecycle",
    ):
        share = rng.dirichlet(np.full(len(names), 3.0))
        total = 1834.0
        organic = 612.0 if model == "lifecycle" else None
        conversions = share * (total - (organic or 0.0))
        own = model == "lifecycle"
        credits.append(
            Credit(
                model,
                names,
                conversions,
                conversions * 180.0,
                total,
                total * 180.0,
                order=1 if model == "markov" else None,
                removal_effect=share * 0.6 if model == "markov" else None,
                organic_conversions=organic,
                organic_value=None if organic is None else organic * 180.0,
                stages=STAGES if own else (),
                by_stage=conversions[:, None] * rng.dirichlet(np.ones(5), len(names))
                if own
                else None,
                low=conversions * 0.8 if own else None,
                high=conversions * 1.25 if own else None,
            )
        )
    return Attribution(
        {"rows": 120000, "users": 20000, "file": "data/events.csv"}, 0.0917, tuple(credits)
    )


def story(path: tuple[str, ...] = ("douyin/feed", "taobao/search")) -> JourneySummary:
    """1,000 conversions, 310 of them by one path; 20,000 people, 1,800 of whom have bought."""
    paths = (TopPath(path, 310.0, 55800.0, 930.0), TopPath(path[:1], 90.0, 16200.0, 2000.0))
    steps = (
        ("awareness", 20000),
        ("interest", 9000),
        ("decision", 4000),
        ("order 1", 1800),
        ("order 2", 450),
        ("order 3", 90),
    )
    return JourneySummary(TopPaths(paths, 1000.0, 180000.0, 9000.0, 40.0, 2.6), steps)


def impossible() -> Outcome:
    """A scenario no plan can meet."""
    conflict = (
        RuleResult("max_cac", None, 120.0, None, False, "money", "<="),
        RuleResult("min", "douyin/feed", 80000.0, None, False, "money", ">="),
    )
    fixes = (
        Fix("max_cac", None, 120.0, 158.2, "money"),
        Fix("min", "douyin/feed", 80000.0, 61000.0, "money"),
    )
    plan = Plan("infeasible", "customers", None, None, None, conflict=conflict, fixes=fixes)
    scenario = Scenario(name="Too tight", horizon=8, budget=200000.0)
    return Outcome(scenario, plan, command="optimizer plan scenarios/too_tight")


def _truth(
    channels: tuple[str, ...], responses: dict[str, Any], customers: float
) -> dict[str, Any]:
    return {
        "caused": {c: float(r.curve(r.current)) * 0.9 for c, r in responses.items()},
        "best": {"spend": dict.fromkeys(channels, 30000.0), "customers": customers * 1.05},
        "plan_true_customers": customers * 0.99,
        "nothing": customers * 0.4,
        "captured": 0.94,
        "baselines_captured": {"keep_split": 0.5, "equal": 0.7, "last_touch": 0.8},
        "baselines_true": {
            "keep_split": customers * 0.6,
            "equal": customers * 0.8,
            "last_touch": customers * 0.88,
        },
    }


def events() -> pd.DataFrame:
    """160 people, three channels, milestones on the way to a purchase."""
    rng = np.random.default_rng(5)
    rows: list[tuple[str, float, str | None, str, float | None]] = []
    for user in range(160):
        day = float(rng.uniform(0, 40))
        for _ in range(int(rng.integers(1, 6))):
            day += float(rng.uniform(0.1, 3))
            rows.append(
                (f"u{user}", day, str(rng.choice(["<b>koc</b>", "search", "微信"])), "touch", None)
            )
            for name, chance in (("engage", 0.5), ("add_to_cart", 0.35), ("purchase", 0.3)):
                if rng.random() < chance:
                    rows.append(
                        (f"u{user}", day + 0.05, None, name, 99.0 if name == "purchase" else None)
                    )
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "channel", "event", "value"])
    frame["timestamp"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(
        (frame["timestamp"] * 86400).round(), unit="s"
    )
    return frame


@cache
def lifecycle() -> Lifecycle:
    """The lifecycle fitted to `events`."""
    return fit_lifecycle(open_events(events()), check_timing=False)
