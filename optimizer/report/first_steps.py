"""What to do on Monday: the largest moves as orders, what to raise in steps, what to test next."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.allocation.plan import Plan, Stability
from optimizer.attribution.lifecycle.assumptions import doubted
from optimizer.messages import _
from optimizer.pipeline.outcome import Outcome
from optimizer.report.channels import ChannelLine, lines_of, total
from optimizer.report.goals import saves_spend, value_text, value_words
from optimizer.report.words import Words

MOVES = 2  # raises, and as many cuts
HELD_OUT = 0.1  # of a channel's customers, while it is tested
SMALL = 0.02  # of all spend: a smaller move can wait
WORTH = 1e-3  # of the goal: knowing less than this is worth no test


def first_steps(outcome: Outcome, say: Words) -> tuple[str, ...]:
    """Sentences, in the order in which they are best done; none where there is no plan.

    Returns
    -------
    tuple of str
        Cuts before raises (they free the money), or what to start with where today's spend is not
        known; then the first period of a calendar, and a test where knowing more is worth it.
    """
    plan = outcome.plan
    if plan.totals is None:
        return ()
    lines = lines_of(outcome)
    room = SMALL * max(plan.totals.spend, 1e-300)
    if any(line.change is not None for line in lines):
        out = _moves(lines, room, doubted_channels(outcome), say)
    else:
        out = [
            say(_("Start {channel} with {plan}.", channel=x.channel, plan=say.money(x.spend)))
            for x in lines[:MOVES]
            if x.spend > 0
        ]
    out += _calendar(plan, say)
    test = to_test(plan)
    if test is not None and test.information_value > WORTH * abs(plan.objective or 0.0):
        out.append(testing_words(test, plan.goal, say, test_cost(plan, test.channel)))
    return tuple(out)


def doubted_channels(outcome: Outcome) -> frozenset[str]:
    """Channels whose credit rests on a correction that no test of the user's has shown."""
    if outcome.lifecycle is None:
        return frozenset()
    tested = {experiment.channel for experiment in outcome.scenario.experiments}
    return doubted(outcome.lifecycle.life) - tested


def to_test(plan: Plan) -> Stability | None:
    """The channel whose response is best known better before planning, where that is worth more
    than a test costs.
    """
    cost = {x.channel: test_cost(plan, x.channel) or 0.0 for x in plan.stability}
    paying = [x for x in plan.stability if x.information_value > cost[x.channel]]
    return max(
        paying, key=lambda x: (x.information_value - cost[x.channel], x.channel), default=None
    )


def test_cost(plan: Plan, channel: str) -> float | None:
    """What a hold-out of a tenth of a channel's customers over the plan gives away, in the goal's
    unit (None: not told in it).
    """
    own = [line for line in plan.lines if line.channel == channel]
    each: list[float | None] = [None]
    if plan.goal == "customers":
        each = [line.customers for line in own]
    elif plan.goal == "revenue":
        each = [line.revenue for line in own]
    elif plan.goal == "profit":
        each = [None if line.profit is None else line.profit + line.spend for line in own]
    whole = total(each)
    return None if whole is None else HELD_OUT * whole


def testing_words(test: Stability, goal: str, say: Words, cost: float | None) -> str:
    """What testing a channel is worth; where the goal is to spend little, what it saves.

    Parameters
    ----------
    test
        The channel, and what perfect knowledge of its response is worth, in the goal's unit.
    goal
        The plan's goal, by name.
    say
        The reader's words.
    cost
        What a test gives away, in the goal's unit (None: not told).
    """
    if cost:
        return say(
            _(
                "Test {channel} next: knowing how it responds before planning is worth {gain} on "
                "average; to hold a tenth of its customers out costs about {cost}.",
                channel=test.channel,
                gain=value_words(test.information_value, goal, say),
                cost=value_text(cost, goal, say),
            )
        )
    if saves_spend(goal):
        return say(
            _(
                "Test {channel} next: knowing how it responds before planning would save {gain} "
                "on average.",
                channel=test.channel,
                gain=say.money(test.information_value),
            )
        )
    return say(
        _(
            "Test {channel} next: knowing how it responds before planning is worth {gain} on "
            "average.",
            channel=test.channel,
            gain=value_words(test.information_value, goal, say),
        )
    )


def _moves(
    lines: Sequence[ChannelLine], room: float, doubted: frozenset[str], say: Words
) -> list[str]:
    """Cuts first: they free the money."""
    moved = [line for line in lines if abs(line.change or 0.0) > room]
    cuts = [x for x in moved if (x.change or 0.0) < 0]
    raises = [x for x in moved if (x.change or 0.0) > 0]
    cuts.sort(key=lambda x: (x.change or 0.0, x.channel))
    raises.sort(key=lambda x: (-(x.change or 0.0), x.channel))
    return [
        *(_cut(x, x.channel in doubted, say) for x in cuts[:MOVES]),
        *(_raise(x, say) for x in raises[:MOVES]),
    ]


def _cut(x: ChannelLine, doubted: bool, say: Words) -> str:
    """doubted: that it brings little rests on a correction."""
    now = say.money(x.current)
    if doubted:
        return say(
            _(
                "Test {channel} before it goes from {now} to {plan}: that it causes so little "
                "rests on a correction of its credit, not on a test.",
                channel=x.channel,
                now=now,
                plan=say.money(x.spend),
            )
        )
    if x.spend <= 0:
        return say(_("Stop {channel} ({now} today).", channel=x.channel, now=now))
    return say(
        _(
            "Cut {channel} from {now} to {plan}.",
            channel=x.channel,
            now=now,
            plan=say.money(x.spend),
        )
    )


def _raise(x: ChannelLine, say: Words) -> str:
    move = {"channel": x.channel, "now": say.money(x.current), "plan": say.money(x.spend)}
    if x.beyond and x.observed is not None and x.observed[1] > (x.current or 0.0):
        return say(
            _(
                "Raise {channel} from {now} to {plan}, in steps: up to {seen} at once, beyond "
                "that nobody has looked.",
                **move,
                seen=say.money(x.observed[1]),
            )
        )
    if x.beyond:
        return say(
            _(
                "Raise {channel} from {now} to {plan}, in steps: so much was never spent here.",
                **move,
            )
        )
    return say(_("Raise {channel} from {now} to {plan}.", **move))


def _calendar(plan: Plan, say: Words) -> list[str]:
    """With a calendar: the first period's money, and where most of it goes."""
    names = plan.periods
    if len(names) < 2:
        return []
    own = sorted(
        (line for line in plan.lines if line.period == names[0] and line.spend > 0),
        key=lambda line: (-line.spend, line.channel),
    )
    if not own:
        return []
    return [
        say(
            _(
                "{period} comes first: {money}, most of it on {channel} ({most}).",
                period=names[0],
                money=say.money(sum(line.spend for line in own)),
                channel=own[0].channel,
                most=say.money(own[0].spend),
            )
        )
    ]
