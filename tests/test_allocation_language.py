"""Scenarios as founders write them, held against answers worked out without this package: linear
programs put straight to scipy, whole posts tried one by one, curved channels on a fine grid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, linprog, milp

from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.pipeline.problem import build
from optimizer.scenario import read_scenario


def planned(text: str, solver: str = "highs") -> Plan:
    return solve(build(read_scenario(text)), solver=solver, explain=False)


def spend(plan: Plan) -> list[float]:
    return list(plan.spend_by_channel().values())


MEDIA = """
currency: CNY
budget: {budget}
goal: {goal}
value_per_customer: 150
channels:
  xiaohongshu/koc: {{bookings: {{fee: 800, customers: 21, touches: 9000, max: 40, whole: {whole}}}, tags: [creators]}}
  xiaohongshu/kol: {{bookings: {{fee: 12000, service: 10%, customers: 240, touches: 200000, max: 3, whole: {whole}}}, tags: [creators]}}
  douyin/koc:      {{bookings: {{fee: 1000, samples: 200, customers: 19, touches: 16000, max: 30, whole: {whole}}}, tags: [creators]}}
  douyin/feed:     {{curve: {{pieces: [[8000, 0.02], [20000, 0.012]]}}, exposure: {{linear: {{rate: 12, cap: 28000}}}}}}
rules:
{rules}
"""
FEES = np.array([800.0, 13200.0, 1200.0])
WON, SEEN = np.array([21.0, 240.0, 19.0]), np.array([9000.0, 200000.0, 16000.0])
MOST = np.array([40.0, 3.0, 30.0])
# columns: posts of the three creators, then the two pieces of the feed (currency)
MONEY, PEOPLE = np.append(FEES, [1.0, 1.0]), np.append(WON, [0.02, 0.012])
TOUCHES = np.append(SEEN, [12.0, 12.0])
XHS, DY, CREATORS, KOC = (
    np.array(m, dtype=float)
    for m in ([1, 1, 0, 0, 0], [0, 0, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 1, 0, 0])
)
Row = tuple[np.ndarray, float]  # coefficients @ x <= number

RULES: dict[str, tuple[str, list[Row]]] = {
    "none": ("  []", []),
    "share of a platform, CAC of a tag": (
        "  - {max_share: 40%, of: xiaohongshu}\n  - {max_cac: 48, of: creators}",
        [(MONEY * XHS - 0.4 * MONEY, 0), (MONEY * CREATORS - 48 * PEOPLE * CREATORS, 0)],
    ),
    "share of a tier on every platform": (
        '  - {min_share: "30%", of: koc}',
        [(0.3 * MONEY - MONEY * KOC, 0)],
    ),
    "share within a group": (
        "  - {max_share: 0.5, of: xiaohongshu/koc, within: creators}",
        [(MONEY * np.array([1, 0, 0, 0, 0]) - 0.5 * MONEY * CREATORS, 0)],
    ),
    "a list of channels": (
        "  - {max: 15000, of: [xiaohongshu/koc, douyin/koc]}",
        [(MONEY * KOC, 15000)],
    ),
    "all, by name": ("  - {max_cac: 42, of: all}", [(MONEY - 42 * PEOPLE, 0)]),
    "ROI of one group, exposure of another": (
        "  - {min_roi: 3.2, of: douyin}\n  - {min_exposure: 500000, of: xiaohongshu}",
        [(3.2 * MONEY * DY - 150 * PEOPLE * DY, 0), (-TOUCHES * XHS, -500000)],
    ),
    "one against another": (
        "  - {min_ratio: 2, of: douyin, to: xiaohongshu}",
        [(2 * MONEY * XHS - MONEY * DY, 0)],
    ),
    "shares of exposure and of posts": (
        "  - {max_share: 55%, of: douyin, by: exposure}\n  - {min_share: 40%, of: douyin/koc, by: posts}",
        [(TOUCHES * DY - 0.55 * TOUCHES, 0), (0.4 * CREATORS - np.array([0, 0, 1.0, 0, 0]), 0)],
    ),
    "profit": (
        "  - {min_profit_roi: 200%}\n  - {min_profit: 20000, of: xiaohongshu}",
        [(3 * MONEY - 150 * PEOPLE, 0), (MONEY * XHS - 150 * PEOPLE * XHS, -20000)],
    ),
    "posts of a group": (
        "  - {max_posts: 30, of: creators}\n  - {min_posts: 8, of: koc}",
        [(CREATORS, 30), (-KOC, -8)],
    ),
    "tiers": (
        "  - {tier_mix: {koc: 60%, kol: 40%}, of: xiaohongshu, slack: 10%}",
        [
            (MONEY * np.array([1, 0, 0, 0, 0]) - 0.7 * MONEY * XHS, 0),
            (0.5 * MONEY * XHS - MONEY * np.array([1, 0, 0, 0, 0]), 0),
            (MONEY * np.array([0, 1, 0, 0, 0]) - 0.5 * MONEY * XHS, 0),
            (0.3 * MONEY * XHS - MONEY * np.array([0, 1, 0, 0, 0]), 0),
        ],
    ),
    "fixed": (
        "  - {fixed: 6000, of: douyin/feed}",
        [(MONEY * np.array([0, 0, 0, 1, 1]), 6000), (-MONEY * np.array([0, 0, 0, 1, 1]), -6000)],
    ),
}
UPPER = np.append(MOST, [8000.0, 20000.0])


def independent(gain: np.ndarray, rows: Sequence[Row], whole: bool) -> tuple[float, bool]:
    left, right = np.array([r[0] for r in rows]), np.array([r[1] for r in rows], dtype=float)
    if whole:
        found = milp(
            -gain,
            integrality=[1, 1, 1, 0, 0],
            bounds=_bounds(),
            constraints=LinearConstraint(left, -np.inf, right),
            options={"mip_rel_gap": 0},
        )
    else:
        found = linprog(-gain, A_ub=left, b_ub=right, bounds=[(0, u) for u in UPPER])
    return (-float(found.fun), True) if found.success else (0.0, False)


def _bounds() -> object:
    from scipy.optimize import Bounds

    return Bounds(np.zeros(5), UPPER)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("name", list(RULES))
def test_group_and_ratio_rules_against_scipy(name: str, whole: bool) -> None:
    text, rows = RULES[name]
    for budget, goal in ((30000, "customers"), (52000, "exposure")):
        plan = planned(MEDIA.format(budget=budget, goal=goal, rules=text, whole=str(whole).lower()))
        best, some = independent(
            PEOPLE if goal == "customers" else TOUCHES, [*rows, (MONEY, budget)], whole
        )
        assert (plan.status != "infeasible") == some
        if some:
            assert plan.status == "optimal"
            assert plan.objective == pytest.approx(best, rel=2e-6 if whole else 1e-7), plan.notes


@pytest.mark.parametrize("whole", [False, True])
def test_least_spend_for_what_is_asked(whole: bool) -> None:
    text = MEDIA.format(
        budget=200000,
        goal="min_spend",
        whole=str(whole).lower(),
        rules="""
  - {min_customers: 700}
  - {min_exposure: 60万, of: creators}
  - {min_share: 25%, of: douyin}
""",
    ).replace("60万", "600000")
    plan = planned(text)
    rows: list[Row] = [
        (-PEOPLE, -700),
        (-TOUCHES * CREATORS, -600000),
        (0.25 * MONEY - MONEY * DY, 0),
    ]
    best, _ = independent(-MONEY, rows, whole)
    assert plan.objective == pytest.approx(-best, rel=1e-6)
    assert plan.totals is not None
    assert plan.totals.spend == pytest.approx(-best, rel=1e-6)
    assert plan.certificate is not None
    assert plan.certificate.lower <= -best * (1 + 1e-9)


CURVED = """
budget: 600
goal: {goal}
value_per_customer: 4
margin: 50%
channels:
  a/one: {{curve: {{saturating: {{ceiling: 260, half_spend: 120}}}}, current: 200, tags: [new]{a}}}
  a/two: {{curve: {{pieces: [[60, 0.2], [120, 1.4], [150, 0.3]]}}, current: 100{b}}}
  b:     {{curve: {{hill: {{ceiling: 220, half_spend: 180, steepness: 3}}}}, current: 100, tags: [new]{c}}}
rules:
{rules}
"""
AXIS = np.arange(0.0, 601.0, 5.0)
X = np.stack([g.ravel() for g in np.meshgrid(AXIS, AXIS, AXIS, indexing="ij")], axis=1)
F = np.stack(
    [
        260 * X[:, 0] / (120 + X[:, 0]),
        np.interp(X[:, 1], [0, 60, 180, 330], [0, 12, 180, 225]),
        220 * X[:, 2] ** 3 / (180**3 + X[:, 2] ** 3),
    ],
    axis=1,
)
Keep = Callable[[np.ndarray, np.ndarray], np.ndarray]
TRIED: dict[str, tuple[str, dict[str, str], Keep]] = {
    "CAC of a platform": (
        "  - {max_cac: 1.6, of: a}",
        {},
        lambda x, f: x[:, :2].sum(1) <= 1.6 * f[:, :2].sum(1) + 1e-9,
    ),
    "commit": (
        "  - {commit: 150, of: all}",
        {},
        lambda x, f: np.all((x == 0) | (x >= 150), axis=1),
    ),
    "commit of a tag, two channels": (
        "  - {commit: 240, of: new}\n  - {max_channels: 2}",
        {},
        lambda x, f: (
            np.all((x[:, [0, 2]] == 0) | (x[:, [0, 2]] >= 240), axis=1) & ((x > 0).sum(1) <= 2)
        ),
    ),
    "set-up": (
        "  []",
        {"a": ", setup: 90", "c": ", setup: 60"},
        lambda x, f: x.sum(1) + (x[:, 0] > 0) * 90 + (x[:, 2] > 0) * 60 <= 600,
    ),
    "set-up counts for CAC": (
        "  - {max_cac: 2.2}",
        {"a": ", setup: 90", "c": ", setup: 60"},
        lambda x, f: (
            x.sum(1) + (x[:, 0] > 0) * 90 + (x[:, 2] > 0) * 60
            <= np.minimum(600, 2.2 * f.sum(1) + 1e-9)
        ),
    ),
    "change": (
        "  - {max_change: 50%}",
        {},
        lambda x, f: np.all((x >= [100, 50, 50]) & (x <= [300, 150, 150]), axis=1),
    ),
    "change upwards only": (
        "  - {max_change: 20%, of: a, direction: up}",
        {},
        lambda x, f: (x[:, 0] <= 240) & (x[:, 1] <= 120),
    ),
    "at least two channels": (
        "  - {min_channels: 2, commit: 120, of: [a, b]}",
        {},
        lambda x, f: ((x > 0).sum(1) >= 2) & np.all((x == 0) | (x >= 120), axis=1),
    ),
    "marginal ROI": (
        "  - {min_marginal_roi: 1.5, of: a/one}",
        {},
        lambda x, f: 4 * 260 * 120 / (120 + x[:, 0]) ** 2 >= 1.5,
    ),
    "fixed as today": (
        "  - {fixed: current, of: a}",
        {},
        lambda x, f: (x[:, 0] == 200) & (x[:, 1] == 100),
    ),
    "minimum of a tag": (
        "  - {min: 420, of: new}\n  - {min_share: 10%, of: a/two}",
        {},
        lambda x, f: (x[:, [0, 2]].sum(1) >= 420) & (x[:, 1] >= 0.1 * x.sum(1)),
    ),
}


@pytest.mark.parametrize("goal", ["customers", "profit"])
@pytest.mark.parametrize("name", list(TRIED))
def test_curved_channels_against_every_plan_of_a_grid(name: str, goal: str) -> None:
    text, own, keep = TRIED[name]
    plan = planned(CURVED.format(goal=goal, rules=text, **{"a": "", "b": "", "c": "", **own}))
    setup = sum(
        (
            (X[:, k] > 0) * float(own[key].split()[-1])
            for k, key in ((0, "a"), (2, "c"))
            if key in own
        ),
        np.zeros(len(X)),
    )
    allowed = keep(X, F) & (X.sum(1) + setup <= 600)
    value = F.sum(1) if goal == "customers" else 2 * F.sum(1) - X.sum(1) - setup
    best = value[allowed].max()
    assert plan.status == "optimal"
    assert plan.certificate is not None
    assert plan.objective is not None
    assert plan.objective >= best * (1 - plan.certificate.gap) - 1e-9
    assert (
        plan.objective <= best + 25
        # no plan between the grid's is worth so much more: 3 lines x 2.5 x the steepest slope, times
        # their value
    )
    assert plan.certificate.upper >= best * (1 - 1e-12)
    assert plan.certificate.gap <= 1e-4


def test_whole_posts_that_tire_are_tried_one_by_one() -> None:
    """Fees, a service share, samples; the first posts work better; at most three tiers' posts; a
    CAC cap.
    """
    text = """
budget: 60000
goal: customers
channels:
  head: {bookings: {fee: 20000, service: 5%, max: 2, customers: {pieces: [[1, 500], [1, 300]]}}}
  waist: {bookings: {fee: 4000, service: 10%, max: 8, customers: {pieces: [[3, 110], [5, 70]]}}}
  koc: {bookings: {fee: 300, samples: 120, max: 50, customers: {pieces: [[20, 11], [30, 6]]}}}
  nano: {bookings: {fee: 0, samples: 90, max: 100, customers: {saturating: {ceiling: 400, half_spend: 60}}}}
rules:
  - {max_cac: 38}
  - {max_channels: 3}
  - {min_share: 20%, of: [koc, nano]}
"""
    best = 0.0
    n = np.arange(101)
    for h, w, k in product(range(3), range(9), range(51)):
        money = h * 21000 + w * 4400 + k * 420 + n * 90
        won = (
            min(h, 1) * 500
            + max(h - 1, 0) * 300
            + min(w, 3) * 110
            + max(w - 3, 0) * 70
            + min(k, 20) * 11
            + max(k - 20, 0) * 6
            + 400 * n / (60 + n)
        )
        keep = (
            (money <= 60000)
            & ((h > 0) + (w > 0) + (k > 0) + (n > 0) <= 3)
            & (k * 420 + n * 90 >= 0.2 * money)
            & (money <= 38 * won)
        )
        best = max(best, won[keep].max(initial=0.0))
    for solver in ("highs", "cbc"):
        plan = planned(text, solver)
        assert plan.objective == pytest.approx(best, rel=1e-6)
        assert plan.status == "optimal"


def test_targets_against_today() -> None:
    text = """
budget: 2000
goal: {min_spend: {targets: {gmv_change: +20%, cac_change: +15%}}}
value_per_customer: 4
channels:
  a: {curve: {saturating: {ceiling: 260, half_spend: 120}}, current: 300}
  b: {curve: {saturating: {ceiling: 300, half_spend: 300}}, current: 100}
"""
    plan = planned(text)
    x = np.stack(
        [
            g.ravel()
            for g in np.meshgrid(np.arange(0, 800, 0.5), np.arange(0, 800, 0.5), indexing="ij")
        ],
        axis=1,
    )
    won = 260 * x[:, 0] / (120 + x[:, 0]) + 300 * x[:, 1] / (300 + x[:, 1])
    today = 260 * 300 / 420 + 300 * 100 / 400
    keep = (won >= 1.2 * today) & (x.sum(1) <= 1.15 * 400 / today * won)
    best = x[keep].sum(1).min()
    assert plan.status == "optimal"
    assert best - 1 <= (plan.objective or 0) <= best * (1 + 1e-6)


@pytest.mark.parametrize(
    ("written", "number"), [("20%", 0.2), ('"20%"', 0.2), ("0.2", 0.2), ("20 %", 0.2)]
)
def test_shares_as_people_write_them(written: str, number: float) -> None:
    scenario = read_scenario(
        MEDIA.format(
            budget=30000,
            goal="customers",
            whole="true",
            rules=f"  - {{min_share: {written}, of: koc}}",
        )
    )
    assert scenario.rules[0].value == pytest.approx(number)


@pytest.mark.parametrize(
    ("written", "number"),
    [("1.2万", 12000.0), ('"3亿"', 3e8), ("1_200", 1200.0), ("12e3", 12000.0)],
)
def test_money_as_people_write_it(written: str, number: float) -> None:
    assert read_scenario(
        MEDIA.format(budget=written, goal="customers", whole="true", rules="  []")
    ).budget == pytest.approx(number)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{max_cac: 5, of: []}", "empty list"),
        ("{max_cac: 5, of: [koc, 7]}", "not the name"),
        ("{max_cac: 5, of: [koc, kox]}", "did you mean 'ko[cl]'"),
        ("{budget: 5}", "stated twice"),
        ("{max: 5, of: [douyin, koc]}\n  - {max: 6, of: [koc, douyin]}", "stands here twice"),
    ],
)
def test_mistakes_in_groups_have_a_place(rule: str, said: str) -> None:
    from optimizer.errors import UserError

    with pytest.raises(UserError, match=said) as caught:
        build(
            read_scenario(
                MEDIA.format(budget=30000, goal="customers", whole="true", rules=f"  - {rule}")
            )
        )
    assert all("scenario:1" in str(p.where or "") for p in caught.value.problems)
