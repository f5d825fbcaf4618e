"""What a plan leaves behind, on companies small enough to be run day by day once more."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from optimizer.allocation.calendar import Period
from optimizer.allocation.planner import solve
from optimizer.allocation.problem import Decision, Problem, Rule
from optimizer.forecast.local_linearisation import Volume
from optimizer.forecast.population import Population
from optimizer.pipeline.chain_outcome import ChainLine, ChainOutcome, chain_outcome
from optimizer.pipeline.leftover import Leftover, leftover
from optimizer.pipeline.problem import by_period
from optimizer.response.shapes.bounded import saturating
from optimizer.scenario import Channel
from tests.chain_worlds import DAYS, company, problem


def model_of(made: Problem) -> ChainOutcome:
    return cast(ChainOutcome, made.outcome)


def day_by_day(made: Problem, spend: np.ndarray, days: int) -> float:
    """Customers beyond those of no paid touch in so many days, person by person."""
    paced = model_of(made).paced
    rows = np.stack([model_of(made).touched(spend), np.zeros(len(spend))])
    touches = replace(paced, tail=max(days - int(paced.edges[-1]), 0)).daily(rows)
    found = Population(paced.life, paced.life.chain).run(touches[:, :days])
    return float(found.customers[0] - found.customers[1])


def test_a_tail_counts_what_comes_after_the_plan_and_no_more() -> None:
    spend = np.full(9, 3000.0 / 9)
    bare, tailed = problem(4), problem(4, tail=2)
    plan, longer, longest = (day_by_day(bare, spend, DAYS * n) for n in (3, 5, 8))
    without, counted = (leftover(model_of(m), spend, 3.0 * DAYS) for m in (bare, tailed))
    assert model_of(bare).outcome(spend).customers.sum() == pytest.approx(plan)
    assert model_of(tailed).outcome(spend).customers.sum() == pytest.approx(longer)
    assert (without.tail_days, without.tail_customers) == (0, 0.0)
    assert without.customers == pytest.approx(day_by_day(bare, spend, DAYS * 6) - plan)
    assert counted.tail_days == 2 * DAYS
    assert counted.tail_customers == pytest.approx(longer - plan)
    assert counted.customers == pytest.approx(longest - longer)
    assert sum(without.people.values()) > 0


def test_a_tail_moves_money_to_what_works_late() -> None:
    plans = [solve(problem(4, tail=n), explain=False) for n in (0, 6)]
    late = [sum(line.spend for line in plan.lines if line.period == "W3") for plan in plans]
    assert late[1] > late[0] * 1.02
    assert plans[1].objective > plans[0].objective


def test_what_is_left_out_is_said() -> None:
    (told,) = Leftover({"aware": 12.0, "interest": 0.2}, 56, 3.4).notes(8)
    for part in ("12 more in aware", "3 new customers", "does not count", "calendar: {tail: 8}"):
        assert part in str(told)
    inside, outside = map(str, Leftover({"aware": 12.0}, 56, 3.4, 28, 7.0).notes(8))
    assert "7 of the plan's new customers come in the 28 days" in inside
    assert "3 new customers more, which the plan does not count" in outside
    assert not list(Leftover({"aware": 0.1}, 56, 0.1).notes(8))


def test_what_carries_over_works_after_the_plan() -> None:
    """Idle periods of a carry-over are days of the chain, and a stated tail is counted once."""
    curve = saturating(ceiling=400.0, half_spend=500.0)
    spans = tuple(Period(f"W{k + 1}") for k in range(2))
    whole = Decision(channel="a", curves={"customers": curve.times(0.01)}, current=200.0)
    decisions = by_period(whole, spans, Channel(carry_over=0.4), 3)
    made = Problem(
        tuple(decisions), (Rule("budget", 1000.0),), periods=tuple(span.name for span in spans)
    )
    line = {"a": ChainLine("a", Volume(curve), 2.0)}
    model = chain_outcome(made, company(4), line, spans, 2.0 * DAYS, tail=3)
    assert model is not None
    assert int(model.paced.edges[-1]) + model.paced.tail == 5 * DAYS
    spend = np.array([500.0 if not d.idle else 0.0 for d in decisions])
    won = model.outcome(spend).customers
    assert won[2:].sum() > 0
    assert leftover(model, spend, 2.0 * DAYS).tail_days == 3 * DAYS
    plan = solve(replace(made, outcome=model), explain=False)
    assert plan.totals is not None
    assert plan.totals.spend == pytest.approx(1000.0)
