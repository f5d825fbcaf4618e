"""What changes from one plan to the next, one sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from optimizer.messages import _
from optimizer.report.sections.verdict import rule_name
from optimizer.report.words import Words
from optimizer.units import ratio

if TYPE_CHECKING:
    from optimizer.allocation.plan import Plan

NAMED = 3  # channels named on each side
MOVED = 0.005  # of the larger plan's spend: less is no move


def differences(names: Sequence[str], outcomes: Sequence[Any], say: Words) -> list[str]:
    """Plans that are none first, then each plan against the one before it."""
    out = []
    for name, outcome in zip(names, outcomes, strict=True):
        if not outcome.plan.feasible:
            rules = [
                rule_name(rule.rule, rule.of, say) + " " + say.by_unit(rule.bound, rule.unit)
                for rule in outcome.plan.conflict
            ]
            out.append(
                say(
                    _(
                        "{name}: no plan meets the rules ({rules} collide).",
                        name=name,
                        rules=say.join(rules),
                    )
                )
                if rules
                else say(_("{name}: no plan meets the rules.", name=name))
            )
    for i in range(1, len(outcomes)):
        one, two = outcomes[i - 1].plan, outcomes[i].plan
        if one.totals is not None and two.totals is not None:
            out.append(_between(names[i - 1], one, names[i], two, say))
    return out


def _between(a: str, one: Plan, b: str, two: Plan, say: Words) -> str:
    assert one.totals is not None
    assert two.totals is not None
    before, after = one.spend_by_channel(), two.spend_by_channel()
    moves = {c: after.get(c, 0.0) - before.get(c, 0.0) for c in dict.fromkeys([*before, *after])}
    scale = max(one.totals.spend, two.totals.spend, 1e-300)
    up = sorted((c for c in moves if moves[c] > MOVED * scale), key=lambda c: (-moves[c], c))
    down = sorted((c for c in moves if moves[c] < -MOVED * scale), key=lambda c: (moves[c], c))
    if not up and not down:
        return say(_("{b} against {a}: the same plan.", a=a, b=b))
    spend, customers = (
        two.totals.spend - one.totals.spend,
        two.totals.customers - one.totals.customers,
    )

    def listed(group: list[str]) -> str:
        return say.join(
            [
                say(_("{channel} ({money})", channel=c, money=say.signed_money(moves[c])))
                for c in group[:NAMED]
            ]
        )

    sides = [say(_("; money goes to {names}", names=listed(up)))] if up else []
    sides += [say(_("; money leaves {names}", names=listed(down)))] if down else []
    values = {"a": a, "b": b, "customers": say.signed_count(customers), "where": "".join(sides)}
    if abs(spend) <= MOVED * scale:
        return say(
            _("{b} against {a}: the same spend, {customers} new customers{where}.", **values)
        )
    each = ratio(spend, customers)
    key = "differ.more" if each is not None and each > 0 else "differ.more.plain"
    return say(key, money=say.signed_money(spend), each=say.money(each), **values)
