"""What to do on Monday: the largest moves as orders, what to raise only in steps, and what to test next."""

from __future__ import annotations

from typing import Any

from optimizer.messages import _
from optimizer.report.facts import ChannelLine, channel_lines, part, periods
from optimizer.report.sections.frontier import gain_sentence, goal_of
from optimizer.report.words import Words

MOVES = 2  # raises, and as many cuts
SMALL = 0.02  # of all spend: a smaller move can wait
WORTH = 1e-3  # of the goal: knowing less than this is worth no test


def first_steps(outcome: Any, say: Words) -> tuple[str, ...]:
    """Sentences, in the order in which they are best done; none where there is no plan."""
    plan = part(outcome, "plan")
    if plan is None or plan.totals is None:
        return ()
    lines = channel_lines(outcome)
    room = SMALL * max(plan.totals.spend, 1e-300)
    if any(line.change is not None for line in lines):
        moved = [line for line in lines if abs(line.change or 0.0) > room]
        cuts = sorted(
            (x for x in moved if (x.change or 0.0) < 0), key=lambda x: (x.change or 0.0, x.channel)
        )[:MOVES]
        raises = sorted(
            (x for x in moved if (x.change or 0.0) > 0),
            key=lambda x: (-(x.change or 0.0), x.channel),
        )[:MOVES]
        out = [*(_cut(x, say) for x in cuts), *(_raise(x, say) for x in raises)]
    else:
        out = [
            say(_("Start {channel} with {plan}.", channel=x.channel, plan=say.money(x.spend)))
            for x in lines[:MOVES]
            if x.spend > 0
        ]
    out += _calendar(plan, say)
    stability = part(plan, "stability", ())
    test = max(stability, key=lambda x: (x.tells, x.channel), default=None)
    if test is not None and test.tells > WORTH * abs(plan.objective or 0.0):
        out.append(
            gain_sentence("stability.test", test.tells, goal_of(plan), say, channel=test.channel)
        )
    return tuple(out)


def _cut(x: ChannelLine, say: Words) -> str:
    if x.spend <= 0:
        return say(_("Stop {channel} ({now} today).", channel=x.channel, now=say.money(x.current)))
    return say(
        _(
            "Cut {channel} from {now} to {plan}.",
            channel=x.channel,
            now=say.money(x.current),
            plan=say.money(x.spend),
        )
    )


def _raise(x: ChannelLine, say: Words) -> str:
    if x.beyond and x.observed is not None and x.observed[1] > (x.current or 0.0):
        return say(
            _(
                "Raise {channel} from {now} to {plan}, in steps: up to {seen} at once, beyond "
                "that nobody has looked.",
                channel=x.channel,
                now=say.money(x.current),
                plan=say.money(x.spend),
                seen=say.money(x.observed[1]),
            )
        )
    if x.beyond:
        return say(
            _(
                "Raise {channel} from {now} to {plan}, in steps: so much was never spent here.",
                channel=x.channel,
                now=say.money(x.current),
                plan=say.money(x.spend),
            )
        )
    return say(
        _(
            "Raise {channel} from {now} to {plan}.",
            channel=x.channel,
            now=say.money(x.current),
            plan=say.money(x.spend),
        )
    )


def _calendar(plan: Any, say: Words) -> list[str]:
    """With a calendar: the first period's money, and where most of it goes."""
    names = periods(plan)
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
