"""How spend moves from one period to the next."""

from __future__ import annotations

from optimizer.allocation.expression import Expression
from optimizer.allocation.quantities import PlanQuantities
from optimizer.allocation.rule import RuleRows, rule
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.units import Change, Money


@rule(title=_("Change from period to period at most"), direction="at most", speaks_of=("spend",))
def max_step(plan: PlanQuantities, value: Change, of: str | None = None) -> RuleRows:
    """Each channel's spend changes by at most {value} from one period to the next.

    The first period is held against today's spend, where that is known."""
    each = plan.channel_by_channel("max_step", value, of)
    if each:
        return each
    (channel,) = plan.channels(of)
    which = [int(i) for i in plan.decisions(channel) if not plan.problem.decisions[int(i)].idle]
    first = plan.problem.decisions[which[0]]
    if len(which) < 2 and first.current is None:
        raise UserError(
            _("{channel} has one period only: there is no step to bound", channel=channel),
            fix=_("add a calendar, such as calendar: {{}}, or state max_change"),
        )
    rows = []
    before = None if first.current is None else Expression(constant=float(first.current))
    for i in which:
        period = plan.problem.decisions[i].period
        now = plan.total("spend", plan.decisions(channel, period))
        if before is not None:
            up = (now <= (1 + value) * before).called(f"{period}_up")
            down = (now >= (1 - value) * before).called(f"{period}_down")
            if plan.known and float(before) > 0:
                change = float(now) / float(before) - 1.0
                up, down = up.reporting(change), down.reporting(-change)
            rows += [up, down]
        before = now
    return rows


@rule(
    title=_("In a period at least this or nothing"),
    direction="at least",
    speaks_of=("spend", "channels"),
)
def min_when_on(
    plan: PlanQuantities, value: Money, of: str | None = None, period: str | None = None
) -> RuleRows:
    """The channel gets at least {value} in each period in which it gets anything (each channel of
    a group).
    """
    options = {} if period is None else {"period": period}
    each = plan.channel_by_channel("min_when_on", value, of, options)
    if each:
        return each
    (channel,) = plan.channels(of)
    rows = []
    for i in plan.decisions(channel, period):
        decision = plan.problem.decisions[int(i)]
        if decision.idle:
            continue
        here = plan.decisions(channel, decision.period)
        spend = plan.total("spend", here)
        row = spend >= value * plan.total("on", here)
        if plan.known and float(spend) > 0:
            row = row.reporting(float(spend))
        rows.append(row.called(decision.period))
    return rows
