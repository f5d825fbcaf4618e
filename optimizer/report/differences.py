"""What changes from one plan to the next, one sentence each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from optimizer.allocation.plan import Plan, Totals
from optimizer.messages import _, listed
from optimizer.report.answer import colliding
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
            moves = _moves(one.spend_by_channel(), two.spend_by_channel())
            out.append(_between(a, one.totals, b, two.totals, moves, say))
    return out


def _moves(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    names = dict.fromkeys([*before, *after])
    return {name: after.get(name, 0.0) - before.get(name, 0.0) for name in names}


def _between(
    a: str, one: Totals, b: str, two: Totals, moves: Mapping[str, float], say: Words
) -> str:
    """From plan a to plan b. moves: currency more (or less) by channel."""
    scale = max(one.spend, two.spend, 1e-300)
    up = sorted((c for c in moves if moves[c] > MOVED * scale), key=lambda c: (-moves[c], c))
    down = sorted((c for c in moves if moves[c] < -MOVED * scale), key=lambda c: (moves[c], c))
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
    values = {"a": a, "b": b, "customers": say.signed_count(customers), "where": listed(sides, "")}
    if abs(spend) <= MOVED * scale:
        return say(
            _("{b} against {a}: the same spend, {customers} new customers{where}.", **values)
        )
    money, each = say.signed_money(spend), ratio(spend, customers)
    if each is None or each <= 0:
        return say(
            _(
                "{b} against {a}: {money} spend, {customers} new customers{where}.",
                money=money,
                **values,
            )
        )
    return say(
        _(
            "{b} against {a}: {money} spend, {customers} new customers, {each} each{where}.",
            money=money,
            each=say.money(each),
            **values,
        )
    )
