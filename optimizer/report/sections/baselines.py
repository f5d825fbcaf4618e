"""The plan against simpler ways of planning with the same budget."""

from __future__ import annotations

from optimizer import units
from optimizer.allocation.plan import Baseline, Plan, Totals
from optimizer.messages import Text, _
from optimizer.pipeline.outcome import Outcome
from optimizer.report.charts.bars import bars
from optimizer.report.goals import (
    goal_column,
    in_money,
    minimises,
    moved,
    saves_spend,
    value_text,
    value_words,
)
from optimizer.report.sections import report_section
from optimizer.report.titles import baseline_title, rule_title
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words

NAMED = 2  # channels that are named of a rule that a simple way breaks on several


@report_section("baselines", title=_("Against simpler ways of planning"), rank=90, terminal=30)
def baselines(outcome: Outcome, say: Words) -> Section | None:
    """What today's split, an equal split and last touch would reach, and which rules they break.

    Returns
    -------
    Section or None
        None where there is no plan, or no simpler way to hold it against.
    """
    plan = outcome.plan
    if plan.totals is None or not plan.baselines or plan.objective is None:
        return None
    goal = plan.goal
    ways = [(say(_("This plan")), plan.objective, True)]
    ways += [(say(baseline_title(b.name)), b.objective, False) for b in plan.baselines]
    entries = [(name, value, value_text(value, goal, say), mine) for name, value, mine in ways]
    spec = bars(entries, goal_column(goal, say), say, money=in_money(goal))
    return Section(
        finding=_finding(plan, plan.objective, say),
        charts=(Chart("baselines", spec, say(_("What each way of planning reaches"))),),
        tables=(_table(plan, plan.totals, plan.objective, say),),
    )


def _table(plan: Plan, totals: Totals, reached: float, say: Words) -> Table:
    goal = plan.goal
    columns = (
        Column(say(_("Way of planning")), number=False),
        Column(say(_("Spend"))),
        *([] if saves_spend(goal) else [Column(goal_column(goal, say))]),
        *([] if goal == "customers" else [Column(say(_("New customers")))]),
        Column(say(_("CAC"))),
        Column(say(_("Plan against it"))),
        Column(say(_("Breaks")), number=False),
    )

    def row(
        name: Cell, it: Totals | Baseline, value: float, against: Cell, breaks: Cell
    ) -> tuple[Cell, ...]:
        """A way of planning as cells."""
        return (
            name,
            Cell(say.money(it.spend)),
            *([] if saves_spend(goal) else [Cell(value_text(value, goal, say), name.tone)]),
            *([] if goal == "customers" else [Cell(say.count(it.customers))]),
            Cell(say.money(units.cac(it.spend, it.customers))),
            against,
            breaks,
        )

    none = Cell("-", "dim")
    rows = [row(Cell(say(_("This plan")), "strong"), totals, reached, none, none)]
    for b in plan.baselines:
        against = moved(reached, b.objective, goal, say)
        broken = _broken(b, say)
        breaks = Cell(say.join(broken) or "-", "bad" if broken else "dim")
        name = Cell(say(baseline_title(b.name)))
        rows.append(row(name, b, b.objective, Cell(against), breaks))
    return Table(say(_("The same budget, planned in simple ways")), columns, tuple(rows))


def _broken(baseline: Baseline, say: Words) -> list[str]:
    """The rules a simple way breaks, each once: of many channels their number."""
    about: dict[str, dict[str | None, None]] = {}
    for rule in baseline.breaks:
        about.setdefault(rule.name, {})[rule.of] = None
    out: list[Text] = []
    for name, channels in about.items():
        if len(channels) > NAMED:
            title = _("{rule} ({n} channels)", rule=rule_title(name), n=len(channels))
            out.append(title)
        else:
            out += [rule_title(name, of) for of in channels]
    return [say(text) for text in out]


def _finding(plan: Plan, reached: float, say: Words) -> str:
    """How much better than the best simple way that keeps the rules."""
    least = minimises(plan.goal)
    fair = [b for b in plan.baselines if not b.breaks]
    if not fair:
        return say(_("Every simple way breaks a rule; the plan keeps them all."))
    best = (min if least else max)(fair, key=lambda b: b.objective)
    gain = best.objective - reached if least else reached - best.objective
    if gain <= 1e-4 * abs(reached):
        return say(_("No simple way does better with the same budget."))
    name = say(baseline_title(best.name))
    if least and not saves_spend(plan.goal):
        return say(
            _(
                "The plan comes to {gain} less than the best simple way that keeps the rules "
                "({name}).",
                gain=value_words(gain, plan.goal, say),
                name=name,
            )
        )
    if least:
        return say(
            _(
                "The plan spends {gain} less than the best simple way that keeps the rules "
                "({name}).",
                gain=say.money(gain),
                name=name,
            )
        )
    return say(
        _(
            "The plan beats the best simple way that keeps the rules ({name}) by {gain}.",
            gain=value_words(gain, plan.goal, say),
            name=name,
        )
    )
