"""What changes from one plan to the next, one sentence each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from optimizer.allocation.plan import Plan, Totals
from optimizer.messages import Listing, _, listed
from optimizer.report.answer import colliding
from optimizer.report.goals import on_totals, value_words
from optimizer.report.words import Words
from optimizer.units import ratio

NAMED = 3  # channels named on each side
MOVED = 0.005  # of the larger plan's spend: less is no move


def differences(plans: Sequence[tuple[str, Plan]], say: Words) -> list[str]:
    """Plans that are none first, then each plan against the one before it.

    Parameters
    ----------
    plans
        (name, plan), in their order.
    say
        The reader's words.
    """
    out = []
    for name, plan in plans:
        if plan.feasible:
            continue
        if plan.conflict:
            rules = colliding(plan, say)
            out.append(
                say(_("{name}: no plan meets the rules ({rules} collide).", name=name, rules=rules))
            )
        else:
            out.append(say(_("{name}: no plan meets the rules.", name=name)))
    for (a, one), (b, two) in pairwise(plans):
        if one.totals is not None and two.totals is not None:
            moves = moves_between(one, two)
            goal = one.goal if one.goal == two.goal else "customers"
            out.append(_between((a, one.totals), (b, two.totals), moves, goal, say))
    return out


def moves_between(one: Plan, two: Plan) -> dict[str, float]:
    """Currency more (or less) by channel; what is no move is left out."""
    before, after = one.spend_by_channel(), two.spend_by_channel()
    least = MOVED * max(sum(before.values()), sum(after.values()), 1e-300)
    moves = {name: after.get(name, 0.0) - before.get(name, 0.0) for name in (*before, *after)}
    return {name: money for name, money in moves.items() if abs(money) > least}


def _between(
    before: tuple[str, Totals],
    after: tuple[str, Totals],
    moves: Mapping[str, float],
    goal: str,
    say: Words,
) -> str:
    """From one plan to the next. moves: currency more (or less) by channel."""
    (a, one), (b, two) = before, after
    up = sorted((c for c in moves if moves[c] > 0), key=lambda c: (-moves[c], c))
    down = sorted((c for c in moves if moves[c] < 0), key=lambda c: (moves[c], c))
    if not up and not down:
        return say(_("{b} against {a}: the same plan.", a=a, b=b))

    def names(group: Sequence[str]) -> str:
        """The largest moves of a group."""
        return say.join(
            [
                say(_("{channel} ({money})", channel=c, money=say.signed_money(moves[c])))
                for c in group[:NAMED]
            ]
        )

    sides = [_("; money goes to {names}", names=names(up))] if up else []
    sides += [_("; money leaves {names}", names=names(down))] if down else []
    spend, customers = two.spend - one.spend, two.customers - one.customers
    values = {"a": a, "b": b, "gains": _gains(one, two, goal, say), "where": listed(sides, "")}
    if abs(spend) <= MOVED * max(one.spend, two.spend, 1e-300):
        return say(_("{b} against {a}: the same spend, {gains}{where}.", **values))
    values["money"] = say.signed_money(spend)
    told = abs(customers) > MOVED * max(one.customers, two.customers) and abs(customers) >= 1
    each = ratio(spend, customers) if told else None  # noise has no unit cost
    if each is None or each <= 0 or goal not in ("customers", "min_spend"):
        return say(_("{b} against {a}: {money} spend, {gains}{where}.", **values))
    values["each"] = say.money(each)
    return say(_("{b} against {a}: {money} spend, {gains}, {each} each{where}.", **values))


def _gains(one: Totals, two: Totals, goal: str, say: Words) -> Listing:
    """What the goal and new customers gain, the goal first."""
    out = []
    if goal not in ("customers", "min_spend"):
        before, after = on_totals(goal, one), on_totals(goal, two)
        if before is not None and after is not None:
            out.append(value_words(after - before, goal, say, signed=True))
    return listed([*out, value_words(two.customers - one.customers, "customers", say, signed=True)])
