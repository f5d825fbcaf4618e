"""Rules and goals of trade: one or another, round amounts, stock, quarters, goals in order; each held
against every plan of a fine grid, or against the number that can be worked out by hand.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.allocation.evaluated import evaluate
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Decision, Goal, Problem, Rule
from optimizer.allocation.rule import expand
from optimizer.errors import UserError
from optimizer.locale import Reader
from optimizer.response.shapes.bounded import saturating
from optimizer.response.shapes.straight import linear
from optimizer.response.tiered import tiered

BUDGET = Rule("budget", 100.0)


def channel(name: str, top: float, half: float, period: str = "all", **more: object) -> Decision:
    """A saturating channel."""
    curves = {"customers": saturating(ceiling=top, half_spend=half)}
    return Decision(channel=name, period=period, curves=curves, **more)  # type: ignore[arg-type]


def quarters() -> Problem:
    """Two channels over four weeks."""
    season = (1.0, 2.0, 0.6, 1.2)
    return Problem(
        tuple(
            channel(name, top * season[t], half, f"W{t + 1}", value=worth)
            for name, top, half, worth in (("a", 30.0, 20.0, 5.0), ("b", 18.0, 12.0, 9.0))
            for t in range(4)
        ),
        (BUDGET,),
        periods=("W1", "W2", "W3", "W4"),
    )


def test_a_rule_of_each_period_and_of_a_stretch() -> None:
    """`each` stands for one rule per period, `W2 to W4` for the three together."""
    it = quarters()
    each = replace(it, rules=(BUDGET, Rule("max_cac", 0.9, None, {"period": "each"})))
    assert [rule.period for rule in expand(each)[1:]] == ["W1", "W2", "W3", "W4"]
    plan = solve(each, explain=False)
    spend, won = np.zeros(4), np.zeros(4)
    for line in plan.lines:
        spend[int(line.period[1]) - 1] += line.spend
        won[int(line.period[1]) - 1] += line.customers
    assert plan.objective is not None
    free = solve(it, explain=False)
    assert free.objective is not None
    assert plan.objective < free.objective - 0.01
    assert np.all(spend <= 0.9 * won * (1 + 1e-6))
    stretch = Rule("max_cac", 0.8, None, {"period": "W2 to W4"})
    plan = solve(replace(it, rules=(BUDGET, stretch)), explain=False)
    late = [line for line in plan.lines if line.period != "W1"]
    cac = sum(line.spend for line in late) / sum(line.customers for line in late)
    assert cac == pytest.approx(0.8, rel=1e-4)
    same = replace(stretch, options={"period": "W2 + W3 + W4"})
    other = solve(replace(it, rules=(BUDGET, same)), explain=False)
    assert other.objective == pytest.approx(plan.objective)
    for said in ("W2 to W7", "W9", "W1 + Q2"):
        with pytest.raises(UserError, match="outside the plan"):
            solve(replace(it, rules=(BUDGET, replace(stretch, options={"period": said}))))


@pytest.mark.parametrize(
    ("rule", "share"),
    [
        (Rule("min_share", 0.5, "b", {"period": "W1 + W2"}), 0.5),
        (Rule("max_share", 0.2, "b", {"period": "W1 + W2"}), 0.2),
        (Rule("min_ratio", 1.0, "b", {"to": "a", "period": "W1 + W2"}), 0.5),
    ],
)
def test_shares_and_ratios_of_a_quarter(rule: Rule, share: float) -> None:
    plan = solve(replace(quarters(), rules=(BUDGET, rule)), explain=False)
    first = [line for line in plan.lines if line.period in ("W1", "W2")]
    money = sum(line.spend for line in first)
    assert sum(line.spend for line in first if line.channel == "b") / money == pytest.approx(
        share, abs=1e-6
    )


def test_either_is_the_better_of_two_plans() -> None:
    """At least 60 to one or to the other: what the two plans with a plain floor come to."""
    it = Problem((channel("a", 50.0, 30.0), channel("b", 60.0, 25.0), channel("c", 90.0, 20.0)))
    best = [solve(replace(it, rules=(BUDGET, Rule("min", 60.0, of))), explain=False) for of in "ab"]
    plan = solve(replace(it, rules=(BUDGET, Rule("either", 60.0, "a", {"to": "b"}))))
    values = [other.objective for other in best if other.objective is not None]
    assert plan.objective == pytest.approx(max(values), rel=1e-6)
    free = solve(replace(it, rules=(BUDGET,)), explain=False)
    assert free.objective is not None
    assert plan.objective is not None
    assert plan.rules[1].price == pytest.approx(free.objective - plan.objective, rel=1e-3)
    said = (Rule("either", 60.0, "a", {"to": "b"}), Rule("max", 50.0, "a"), Rule("max", 40.0, "b"))
    none = solve(replace(it, rules=(BUDGET, *said)))
    assert none.status == "infeasible"
    assert {rule.rule for rule in none.conflict} == {"either", "max"}
    assert {(f.rule, f.of, round(f.needed, 3)) for f in none.fixes} == {
        ("either", "a", 50.0),
        ("max", "a", 60.0),
        ("max", "b", 60.0),
    }


def test_steps_find_the_best_of_all_round_plans() -> None:
    it = Problem(
        (channel("a", 50.0, 30.0, setup=3.0), channel("b", 60.0, 25.0), channel("c", 90.0, 20.0)),
        (BUDGET, Rule("steps", 15.0)),
    )
    plan = solve(it)
    money = np.arange(0.0, 101.0, 15.0)
    grid = np.stack([axis.ravel() for axis in np.meshgrid(money, money, money)], axis=1)
    paid = grid.sum(1) + 3.0 * (grid[:, 0] > 0)
    won = [evaluate(it, row).values["customers"].sum() for row in grid[paid <= 100.0]]
    assert plan.objective == pytest.approx(max(won), rel=1e-9)
    for line in plan.lines:
        own = line.spend - (3.0 if line.channel == "a" and line.spend else 0.0)
        assert own == 15.0 * round(own / 15.0)
    none = solve(replace(it, rules=(*it.rules, Rule("min", 16.0, "b"), Rule("max", 29.0, "b"))))
    assert none.status == "infeasible"
    assert {rule.rule for rule in none.conflict} == {"steps", "min", "max"}
    assert {(f.rule, round(f.needed, 4)) for f in none.fixes} == {("min", 15.0), ("max", 30.0)}
    with pytest.raises(UserError, match="steps is 0"):
        solve(replace(it, rules=(BUDGET, Rule("steps", 0.0))))


def test_sales_end_where_the_stock_does() -> None:
    """30 pieces: money that would sell a 31st stays unspent; CAC and profit count what is sold."""
    it = Problem(
        (channel("a", 50.0, 30.0, value=5.0), channel("b", 60.0, 25.0, value=4.0)),
        (BUDGET, Rule("stock", 30.0)),
    )
    plan = solve(it)
    assert plan.totals is not None
    assert plan.totals.customers == pytest.approx(30.0, rel=1e-5)
    money = np.linspace(0, 60, 601)
    grid = np.stack([axis.ravel() for axis in np.meshgrid(money, money)], axis=1)
    enough = 50 * grid[:, 0] / (30 + grid[:, 0]) + 60 * grid[:, 1] / (25 + grid[:, 1]) >= 30
    assert plan.totals.spend == pytest.approx(grid[enough].sum(1).min(), abs=0.1)
    free = solve(replace(it, rules=(BUDGET,)), explain=False)
    assert free.objective is not None
    assert plan.rules[1].price == pytest.approx(free.objective - 30.0, rel=1e-4)
    assert plan.rules[1].marginal == pytest.approx(1.0, rel=1e-2)
    # as much as is sold counts for rules: a CAC cap that 31 sold would keep is broken by 30
    forced = replace(it, rules=(*it.rules, Rule("min", 60.0, "b"), Rule("max_cac", 1.9)))
    none = solve(forced, explain=False)
    assert none.status == "infeasible"
    assert {rule.rule for rule in none.conflict} == {"stock", "min", "max_cac"}
    assert {f.rule: round(f.needed, 2) for f in none.fixes}["stock"] == pytest.approx(
        60 / 1.9, abs=0.01
    )
    # of two kinds of customers the stock goes to all alike, and a plan buys the worthier ones
    worth = solve(replace(it, goal=Goal("revenue")), explain=False)
    sold = 30 * grid[:, 0] / (30 + grid[:, 0])
    best = max(_revenue(x, y) for x, y in np.array(np.meshgrid(money, money)).reshape(2, -1).T)
    assert sold.max() < 30
    assert worth.objective is not None
    assert worth.objective >= best - 0.05
    with pytest.raises(UserError, match="two stocks"):
        solve(replace(it, rules=(BUDGET, Rule("stock", 9.0, "a"), Rule("stock", 30.0))))


def _revenue(x: float, y: float) -> float:
    a, b = 50 * x / (30 + x), 60 * y / (25 + y)
    return (5 * a + 4 * b) * min(1.0, 30 / (a + b)) if x + y <= 100 and a + b else 0.0


def test_goals_in_order() -> None:
    """Customers first, then the least money that still brings 99 % of them, then the least change."""
    it = Problem(
        (
            channel("a", 50.0, 30.0, current=70.0),
            channel("b", 60.0, 25.0, current=0.0),
            Decision(channel="c", curves={"customers": linear(rate=0.2, cap=50.0)}, current=10.0),
        ),
        (BUDGET,),
        Goal("in_order", {"goals": ("customers", "min_spend", "min_change"), "slack": 0.01}),
    )
    most = solve(replace(it, goal=Goal("customers")), explain=False).objective
    assert most is not None
    floor = Rule("min_customers", 0.99 * most)
    least = solve(replace(it, goal=Goal("min_spend"), rules=(BUDGET, floor)), explain=False)
    assert least.objective is not None
    cap = Rule("budget", 1.01 * least.objective)
    moved = solve(replace(it, goal=Goal("min_change"), rules=(BUDGET, floor, cap)), explain=False)
    plan = solve(it)
    assert plan.goal == "min_change"
    assert plan.objective == pytest.approx(moved.objective, rel=1e-3)
    assert [rule.rule for rule in plan.rules] == ["budget", "min_goal", "max_goal"]
    assert plan.rules[1].achieved == pytest.approx(0.99 * most, rel=1e-4)
    spend = plan.spend_by_channel()
    today = {"a": 70.0, "b": 0.0, "c": 10.0}
    total = sum(abs(spend[name] - today[name]) for name in today)
    assert plan.objective == pytest.approx(total, rel=1e-6)
    said = [str(note) for note in plan.notes if "came first" in str(note)]
    assert len(said) == 2
    assert Reader("zh").say(plan.notes[0])
    bare = replace(it.decisions[1], current=None)
    with pytest.raises(UserError, match="today's spend on b"):
        solve(replace(it, decisions=(it.decisions[0], bare)))


def test_two_markets_under_one_budget() -> None:
    """Channels under a market's name, a floor and a cap for each: what a grid of both finds."""
    it = Problem(
        tuple(
            channel(f"{market}/{name}", top, half, value=worth)
            for market, worth in (("de", 9.0), ("fr", 6.0))
            for name, top, half in (("search", 20.0, 15.0), ("feed", 30.0, 40.0))
        ),
        (
            BUDGET,
            Rule("min_share", 0.5, "fr"),
            Rule("max_cac", 3.0, "de"),
            Rule("min_roi", 2.5, "fr"),
        ),
        Goal("revenue"),
    )
    plan = solve(it, explain=False)
    spend = plan.spend_by_channel()
    assert spend["fr/search"] + spend["fr/feed"] == pytest.approx(50.0, rel=1e-4)
    money = np.arange(0.0, 101.0, 4.0)
    grid = np.stack([axis.ravel() for axis in np.meshgrid(*[money] * 4)], axis=1)
    top, half = np.array([20.0, 30, 20, 30]), np.array([15.0, 40, 15, 40])
    won, worth = top * grid / (half + grid), np.array([9.0, 9, 6, 6])
    de, fr, total = grid[:, :2].sum(1), grid[:, 2:].sum(1), grid.sum(1)
    kept = (total <= 100) & (fr >= 0.5 * total) & (de <= 3.0 * won[:, :2].sum(1))
    kept &= won[:, 2:].sum(1) * 6.0 >= 2.5 * fr
    best = float((won @ worth)[kept].max())
    assert plan.objective is not None
    assert best * (1 - 1e-9) <= plan.objective <= best * 1.02


@pytest.mark.parametrize(
    "tiers",
    [((0.0, 1.0), (30.0, 0.6)), ((0.0, 1.0), (20.0, 1.5)), ((0.0, 1.0), (20.0, 1.4), (60.0, 0.5))],
)
def test_prices_by_volume(tiers: tuple[tuple[float, float], ...]) -> None:
    """Rebates, a rising CPM, both: as good as the best plan of a fine grid with prices written out."""
    bases = [saturating(ceiling=50.0, half_spend=30.0), saturating(ceiling=60.0, half_spend=45.0)]
    lines = tuple(
        Decision(channel=name, curves={"customers": curve})
        for name, curve in (("a", tiered(bases[0], tiers)), ("b", bases[1]))
    )
    plan = solve(Problem(lines, (BUDGET, Rule("max_cac", 1.4))), explain=False)
    assert plan.objective is not None
    assert plan.certificate is not None
    assert plan.certificate.gap <= 1e-4
    first = np.linspace(0.0, 100.0, 2001)
    ends = [start for start, _ in tiers[1:]] + [np.inf]
    bought = sum(
        np.clip(first - start, 0.0, end - start) / price
        for (start, price), end in zip(tiers, ends, strict=True)
    )
    won = 50.0 * bought / (30.0 + bought) + 60.0 * (100 - first) / (45.0 + 100 - first)
    won = won[won * 1.4 >= 100.0]
    best = float(won.max(initial=0.0))
    assert best * (1 - 1e-4) <= plan.objective
    assert plan.certificate.upper >= best
    assert plan.objective <= best * 1.001 or not len(won)
    curve = lines[0].curves["customers"]
    assert curve.concave == (tiers[-1][1] > 1)
    x = np.linspace(0.1, 99.9, 300)
    slope = (curve(x + 1e-6) - curve(x - 1e-6)) / 2e-6
    assert np.median(np.abs(curve.slope(x) - slope)) < 1e-6
