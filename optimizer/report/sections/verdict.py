"""The answer first: one sentence, and the cards."""

from __future__ import annotations

import math
from typing import Any

from optimizer import units
from optimizer.messages import _, ngettext
from optimizer.report.facts import channel_lines, part
from optimizer.report.view import Card
from optimizer.report.words import Words

NAMED = 3  # channels named in the sentence; the rest are summed


def horizon(scenario: Any, say: Words) -> str:
    """ "8 weeks"."""
    period = str(part(scenario, "period", "week"))
    count = part(scenario, "horizon", 1)
    return (
        say(f"period.{period}", n=count)
        if period in ("day", "week", "month")
        else f"{count} × {period}"
    )


def verdict(outcome: Any, say: Words) -> tuple[str, str]:
    """Put this much here, expect that; or that there is no plan. Then what else belongs to the answer."""
    plan = outcome.plan
    if plan.totals is None:
        return no_plan(plan, say), _none(plan, say)
    t = plan.totals
    lines = [line for line in channel_lines(outcome) if line.spend > 0]
    if not lines:
        return say("verdict.nothing.budget" if t.unspent == 0 else "verdict.nothing"), ""
    parts = [
        say(_("{money} on {channel}", money=say.money(line.spend), channel=line.channel))
        for line in lines[:NAMED]
    ]
    rest = lines[NAMED:]
    if len(rest) == 1:
        parts.append(
            say(_("{money} on {channel}", money=say.money(rest[0].spend), channel=rest[0].channel))
        )
    elif rest:
        parts.append(
            say(
                ngettext(
                    "{money} on {n} other channel",
                    "{money} on {n} other channels",
                    len(rest),
                    money=say.money(sum(line.spend for line in rest)),
                )
            )
        )
    sentences = [say(_("Spend {spend}: {parts}.", spend=say.money(t.spend), parts=say.join(parts)))]
    key = "verdict.expect" if t.cac is not None else "verdict.expect.nocac"
    if t.cac is not None and not t.revenue:  # what a customer is worth was not said
        sentences.append(
            say(
                _(
                    "Expect {customers} new customers at {cac} each.",
                    customers=say.count(t.customers),
                    cac=say.money(t.cac),
                )
            )
        )
    else:
        sentences.append(
            say(
                key,
                customers=say.count(t.customers),
                cac=say.money(t.cac),
                revenue=say.money(t.revenue),
            )
        )
    more = []
    if plan.current is not None and plan.current.customers:
        change = units.change(t.customers, plan.current.customers)
        text = say(
            "verdict.more" if (change or 0.0) >= 0 else "verdict.less",
            change=say.percent(abs(change or 0.0)),
            now=say.count(plan.current.customers),
            spend=say.money(plan.current.spend),
        )
        more.append(text)
    if t.unspent is not None and t.spend >= 0 and t.unspent > 0.005 * (t.spend + t.unspent):
        more.append(
            say(_("{money} of the budget is best left unspent.", money=say.money(t.unspent)))
        )
    if plan.status != "optimal" and plan.certificate is not None:
        gap, unfinished = plan.certificate.gap, plan.status == "time_limit"
        if math.isfinite(gap):
            more.append(
                say("verdict.unfinished" if unfinished else "verdict.open", gap=say.gap(gap))
            )
        else:
            more.append(say("verdict.unfinished.none" if unfinished else "verdict.nolimit"))
    return say(_(" ")).join(sentences), say(_(" ")).join(more)


def no_plan(plan: Any, say: Words) -> str:
    """That there is none: because the rules collide, or for another reason (nothing limits the money, no time, ...)."""
    return say("verdict.none" if plan.status == "infeasible" else "verdict.none.found")


def _none(plan: Any, say: Words) -> str:
    sentences = []
    if plan.conflict:
        rules = [
            rule_name(r.rule, r.of, say) + " " + say.by_unit(r.bound, r.unit) for r in plan.conflict
        ]
        sentences.append(say(_("Together they cannot hold: {rules}.", rules=say.join(rules))))
    if plan.fixes:
        fixes = [
            rule_name(f.rule, f.of, say) + " " + say.by_unit(f.needed, f.unit) for f in plan.fixes
        ]
        sentences.append(say(_("Enough on its own: {fixes}.", fixes=say(_(", or ")).join(fixes))))
    return say(_(" ")).join(sentences)


def rule_name(rule: str, of: str | None, say: Words) -> str:
    """A rule in words, with what it speaks of: "CAC at most (xiaohongshu)"."""
    name = say.named("rule", rule)
    return say(_("{rule} ({of})", rule=name, of=of)) if of else name


def named_rule(text: str, say: Words) -> str:
    """A rule as the allocator writes it ("max_cac 75", "min_share 0.4 of xiaohongshu") in words."""
    head, __, of = text.partition(" of ")
    return rule_name(head.split(" ")[0], of or None, say)


def _interval(outcome: Any, say: Words) -> str:
    """The stage chain's own interval, where it was run forward under a plan that brings the same."""
    forecast = part(part(outcome, "lifecycle"), "forecast")
    interval = part(forecast, "interval")
    if (
        interval is None
        or abs(forecast.extra - outcome.plan.totals.customers)
        > 0.05 * outcome.plan.totals.customers
    ):
        return ""
    return say(
        _("90% interval {low} – {high}", low=say.count(interval[0]), high=say.count(interval[1]))
    )


def cards(outcome: Any, say: Words, against: str = "cards.from_now") -> tuple[Card, ...]:
    """Spend, customers, CAC against its cap, ROI against its floor, revenue, proof; each with its change from now.

    against: the key of the words for that change; `plan.current` holds what it is measured from.
    """
    plan = outcome.plan
    if plan.totals is None:
        return ()
    t, now = plan.totals, plan.current
    bounds = {r.rule: r for r in plan.rules if r.of is None}

    def change(new: float | None, old: float | None, up_is: str) -> tuple[str, str]:
        moved = units.change(new, old) if new is not None and old else None
        if moved is None:
            return "", ""
        still = abs(moved) < 0.0005
        tone = (
            ""
            if still or not up_is
            else up_is
            if moved > 0
            else {"good": "bad", "bad": "good"}[up_is]
        )
        return say(against, change=say.change(moved)), tone

    def bound(rule: str, words: str) -> str:
        return (
            say(words, bound=say.by_unit(bounds[rule].bound, bounds[rule].unit))
            if rule in bounds
            else ""
        )

    spend_change, __ = change(t.spend, now.spend if now else None, "")
    unspent = (
        ""
        if not t.unspent or t.unspent < 0.005 * (t.spend + t.unspent)
        else say(_("{money} left unspent", money=say.money(t.unspent)))
    )
    budget = part(part(outcome, "scenario"), "budget")
    spend_note = unspent or (
        "" if budget is None else say(_("budget {bound}", bound=say.money(float(budget))))
    )
    made = [Card(say(_("Spend")), say.headline(t.spend), spend_change, "", spend_note)]
    made.append(
        Card(
            say(_("New customers")),
            say.count(t.customers),
            *change(t.customers, now.customers if now else None, "good"),
            _interval(outcome, say) or bound("min_customers", "cards.floor"),
        )
    )
    if t.cac is not None:
        made.append(
            Card(
                say(_("CAC")),
                say.money(t.cac),
                *change(t.cac, now.cac if now else None, "bad"),
                bound("max_cac", "cards.cap"),
            )
        )
    if t.revenue:
        made.append(
            Card(
                say(_("Revenue")),
                say.headline(t.revenue),
                *change(t.revenue, now.revenue if now else None, "good"),
                bound("min_revenue", "cards.floor"),
            )
        )
    if t.roi:
        made.append(
            Card(
                say(_("ROI")),
                say.ratio(t.roi),
                *change(t.roi, now.roi if now else None, "good"),
                bound("min_roi", "cards.floor"),
            )
        )
    if plan.certificate is not None:
        gap, proven = plan.certificate.gap, math.isfinite(plan.certificate.gap)
        made.append(
            Card(
                say(_("Proven within")),
                say.gap(gap) if proven else say(_("not proven")),
                note=say("cards.proof.note" if proven else "cards.proof.none.note"),
            )
        )
    return tuple(made)
