"""Plans side by side: one row per plan, and what changes from one to the next, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer.allocation.plan import Plan
from optimizer.pipeline.outcome import Outcome
from optimizer.units import Locale, ratio

WORDS = {
    "en": {
        "none": "{name}: no plan meets the rules ({rules} collide).",
        "more": "{b} against {a}: {money} spend brings {customers} new customers ({each} each); it goes to {up}{down}.",
        "same": "{b} against {a}: the same plan.",
        "shift": "{b} against {a}: the same spend, {customers} new customers; money moves to {up}{down}.",
        "from": ", away from {names}",
        "nowhere": "nobody",
    },
    "zh": {
        "none": "{name}：没有满足全部规则的方案（冲突：{rules}）。",
        "more": "{b} 对比 {a}：花费 {money} 带来 {customers} 位新客（每位 {each}），流向 {up}{down}。",
        "same": "{b} 对比 {a}：方案相同。",
        "shift": "{b} 对比 {a}：花费相同，新客 {customers}，资金流向 {up}{down}。",
        "from": "，来自 {names}",
        "nowhere": "无",
    },
}


def row(name: str, plan: Plan) -> dict[str, Any]:
    """One plan as a row; amounts in currency, None where there is no plan."""
    totals = plan.totals
    return {
        "scenario": name,
        "status": plan.status,
        "spend": totals.spend if totals else None,
        "customers": totals.customers if totals else None,
        "revenue": totals.revenue if totals else None,
        "cac": totals.cac if totals else None,
        "roi": totals.roi if totals else None,
        "objective": plan.objective,
        "by_channel": plan.spend_by_channel(),
    }


def differences(names: Sequence[str], outcomes: Sequence[Outcome], lang: str = "en") -> list[str]:
    """What changes from each plan to the next, one sentence each."""
    words, out = WORDS[lang], []
    for name, outcome in zip(names, outcomes, strict=True):
        if not outcome.plan.feasible:
            rules = ", ".join(f"{r.rule}{f' of {r.of}' if r.of else ''}" for r in outcome.plan.conflict) or outcome.plan.status
            out.append(words["none"].format(name=name, rules=rules))
    for i in range(1, len(outcomes)):
        one, two = outcomes[i - 1].plan, outcomes[i].plan
        if one.totals is None or two.totals is None:
            continue
        locale = Locale(lang, outcomes[i].scenario.currency)
        before, after = one.spend_by_channel(), two.spend_by_channel()
        moves = {c: after.get(c, 0.0) - before.get(c, 0.0) for c in dict.fromkeys([*before, *after])}
        scale = max(one.totals.spend, two.totals.spend, 1e-300)
        up = sorted((c for c in moves if moves[c] > 0.005 * scale), key=lambda c: (-moves[c], c))
        down = sorted((c for c in moves if moves[c] < -0.005 * scale), key=lambda c: (moves[c], c))
        spend, customers = two.totals.spend - one.totals.spend, two.totals.customers - one.totals.customers
        if not up and not down:
            out.append(words["same"].format(a=names[i - 1], b=names[i]))
            continue
        named = [", ".join(f"{c} ({locale.signed(moves[c])})" for c in group[:3]) for group in (up, down)]
        kind = "more" if abs(spend) > 0.005 * scale else "shift"
        out.append(words[kind].format(
            a=names[i - 1], b=names[i], money=locale.signed(spend), customers=locale.signed(customers),
            each=locale.money(ratio(spend, customers), 1), up=named[0] or words["nowhere"],
            down=words["from"].format(names=named[1]) if named[1] else "",
        ))
    return out
