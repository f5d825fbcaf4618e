"""The answer first: one sentence, and the cards."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from optimizer import units
from optimizer.allocation.plan import Plan, RuleResult, Totals
from optimizer.evidence.belief import Interval
from optimizer.messages import Message, Text, _, listed, ngettext
from optimizer.pipeline.outcome import Outcome
from optimizer.pipeline.plan_belief import PlanBelief
from optimizer.report.channels import ChannelLine, channel_lines
from optimizer.report.goals import goal_title, minimises, on_totals, value_text, value_words
from optimizer.report.titles import rule_bound
from optimizer.report.view import Card, Tone
from optimizer.report.words import Words
from optimizer.scenario import Scenario

NAMED = 3  # channels named in the sentence; the rest are summed


def horizon(scenario: Scenario, say: Words) -> str:
    """The plan's length: "8 weeks"."""
    n = scenario.horizon
    lengths = {
        "day": ngettext("{n} day", "{n} days", n),
        "week": ngettext("{n} week", "{n} weeks", n),
        "month": ngettext("{n} month", "{n} months", n),
    }
    return say(lengths[scenario.period])


def verdict(
    plan: Plan, say: Words, belief: PlanBelief | None = None, assumed: Sequence[Text] = ()
) -> tuple[str, str]:
    """Put this much here, expect that; or that there is no plan.

    Parameters
    ----------
    plan
        The plan.
    say
        The reader's words.
    belief
        What is believed of it (None: it rests on no draws).
    assumed
        What it rests on that nobody stated or measured.

    Returns
    -------
    (str, str)
        The answer, and what else belongs to it ("" for nothing).
    """
    t = plan.totals
    if t is None:
        return no_plan(plan, say), _collision(plan, say)
    lines = [line for line in channel_lines(plan) if line.spend > 0]
    if not lines:
        nothing = (
            _("Spend nothing: the budget is 0.")
            if t.unspent == 0
            else _("Spend nothing: no channel pays under these rules.")
        )
        return say(nothing), ""
    answer = _("Spend {spend}: {parts}.", spend=say.money(t.spend), parts=_parts(lines, say))
    against = [] if belief is None or belief.gain is None else [say(_gain(belief, say))]
    said = [say(answer), say(_expected(plan, t, say)), *against]
    return say.paragraph(said), _beside(plan, t, say, assumed)


def _gain(belief: PlanBelief, say: Words) -> Message:
    """The gain over today with its interval, and the chance that there is one."""
    assert belief.gain is not None
    told = {
        "mean": say.signed_count(belief.gain.mean),
        "low": say.signed_count(belief.gain.low),
        "high": say.signed_count(belief.gain.high),
        "chance": say.percent(belief.chance),
    }
    if not belief.same_money and belief.split_chance is not None:
        return _(
            "Against today's spend {mean} new customers (90 % interval {low} to {high}); the "
            "chance to be better than today's split of the same money is {odds}.",
            **{key: told[key] for key in ("mean", "low", "high")},
            odds=say.percent(belief.split_chance),
        )
    if belief.even:
        return _(
            "Against today's spend {mean} new customers (90 % interval {low} to {high}): the "
            "chance to be better is {chance} only, little more than a coin's.",
            **told,
        )
    return _(
        "Against today's spend {mean} new customers (90 % interval {low} to {high}): the chance "
        "to be better is {chance}.",
        **told,
    )


def _parts(lines: Sequence[ChannelLine], say: Words) -> str:
    """The largest channels by name, the rest as one."""

    def one(line: ChannelLine) -> str:
        """One channel with its money."""
        return say(_("{money} on {channel}", money=say.money(line.spend), channel=line.channel))

    rest = lines[NAMED:]
    if len(rest) < 2:
        return say.join([one(line) for line in lines])
    others = ngettext(
        "{money} on {n} other channel",
        "{money} on {n} other channels",
        len(rest),
        money=say.money(sum(line.spend for line in rest)),
    )
    return say.join([*(one(line) for line in lines[:NAMED]), say(others)])


def _expected(plan: Plan, t: Totals, say: Words) -> Message:
    """What the plan brings, the goal's own number first."""
    customers, revenue = say.count(t.customers), say.money(t.revenue)
    if plan.goal not in ("customers", "min_spend") and plan.objective is not None and t.cac:
        told = {
            "value": value_words(plan.objective, plan.goal, say),
            "customers": customers,
            "cac": say.money(t.cac),
        }
        if plan.goal == "revenue" or not t.revenue:
            return _("Expect {value}: {customers} new customers at {cac} each.", **told)
        return _(
            "Expect {value}: {customers} new customers at {cac} each, {revenue} in revenue.",
            revenue=revenue,
            **told,
        )
    if t.cac is None:
        return _(
            "Expect {customers} new customers and {revenue} in revenue.",
            customers=customers,
            revenue=revenue,
        )
    cac = say.money(t.cac)
    if not t.revenue:  # what a customer is worth was not said
        return _("Expect {customers} new customers at {cac} each.", customers=customers, cac=cac)
    return _(
        "Expect {customers} new customers at {cac} each and {revenue} in revenue.",
        customers=customers,
        cac=cac,
        revenue=revenue,
    )


def _beside(plan: Plan, t: Totals, say: Words, assumed: Sequence[Text] = ()) -> str:
    """What is only assumed, against today, what is left, and how far the proof goes."""
    more = [_("Assumed, not measured: {what}.", what=what) for what in assumed]
    goal = plan.goal if plan.current is not None and on_totals(plan.goal, plan.current) else ""
    if goal and not minimises(goal) and goal != "customers":
        more.append(_than_today(goal, t, plan.current, say))
    elif plan.current is not None and plan.current.customers:
        more.append(_than_today("customers", t, plan.current, say))
    if t.unspent is not None and t.spend >= 0 and t.unspent > 0.005 * (t.spend + t.unspent):
        more.append(_("{money} of the budget is best left unspent.", money=say.money(t.unspent)))
    if plan.status != "optimal" and plan.certificate is not None:
        more.append(_unproven(plan.certificate.gap, plan.status == "time_limit", say))
    return say.paragraph([say(message) for message in more])


def _than_today(goal: str, t: Totals, now: Totals | None, say: Words) -> Message:
    """The goal's number against today's: as a share, or an amount where today's bears none."""
    assert now is not None
    new, old = on_totals(goal, t) or 0.0, on_totals(goal, now) or 0.0
    share = units.change(new, old)
    told = {
        "change": value_text(abs(new - old), goal, say)
        if share is None and new != old
        else say.percent(abs(share or 0.0)),
        "now": value_text(old, goal, say),
        "spend": say.money(now.spend),
        "goal": goal_title(goal),
    }
    if new >= old:
        return _("That is {change} more {goal} than today's {spend} brings ({now}).", **told)
    if goal == "customers":
        return _(
            "That is {change} fewer new customers than today's {spend} brings ({now}).", **told
        )
    return _("That is {change} less {goal} than today's {spend} brings ({now}).", **told)


def _unproven(gap: float, stopped: bool, say: Words) -> Message:
    """How near the plan is to the best. stopped: the solver's time was up."""
    if math.isfinite(gap) and (gap < 1 or not stopped):
        if gap >= 1:
            return _(
                "The search could not prove more: this is the best plan found, and how near it is "
                "to the best possible is not known."
            )
        if stopped:
            return _(
                "The solver stopped at its time limit; this is the best plan found, at "
                "most {gap} from the best possible.",
                gap=say.gap(gap),
            )
        return _(
            "The search could not prove more: this is the best plan found, at most "
            "{gap} from the best possible.",
            gap=say.gap(gap),
        )
    if stopped:
        return _(
            "The solver stopped at its time limit; this is the best plan found, and "
            "how near it is to the best possible is not known."
        )
    return _(
        "Nothing limits the money, so it is not proven that this plan is the best: "
        "state a budget, or a max for each channel."
    )


def no_plan(plan: Plan, say: Words) -> str:
    """That there is none: because the rules collide, or for another reason."""
    collide = plan.status == "infeasible"
    return say(_("No plan meets these rules.") if collide else _("No best plan was found."))


def _collision(plan: Plan, say: Words) -> str:
    """Which rules collide, and which change would be enough."""
    sentences = []
    if plan.conflict:
        sentences.append(say(_("Together they cannot hold: {rules}.", rules=colliding(plan, say))))
    if plan.fixes:
        fixes = [rule_bound(f.rule, f.of, f.needed, f.unit, say) for f in plan.fixes]
        sentences.append(say(_("Enough on its own: {fixes}.", fixes=say(listed(fixes, ", or ")))))
    return say.paragraph(sentences)


def colliding(plan: Plan, say: Words) -> str:
    """The rules that cannot hold together, with their bounds."""
    return say.join([rule_bound(r.rule, r.of, r.bound, r.unit, say) for r in plan.conflict])


def from_now(change: str) -> Message:
    """How a card's change reads where it is measured against today."""
    return _("{change} from now", change=change)


def cards(
    outcome: Outcome, say: Words, against: Callable[[str], Message] = from_now
) -> tuple[Card, ...]:
    """Spend, customers, CAC, ROI, revenue and proof, each with its change and its cap or floor;
    profit first where it is the goal.

    Parameters
    ----------
    outcome
        A run; `plan.current` holds what changes are measured from.
    say
        The reader's words.
    against
        The words for a change.

    Returns
    -------
    tuple of Card
        Empty where there is no plan.
    """
    plan = outcome.plan
    t, now = plan.totals, plan.current
    if t is None:
        return ()
    made = _Cards(say, against, {r.rule: r for r in plan.rules if r.of is None})
    out = [
        made.card(
            _("Spend"),
            say.headline(t.spend),
            made.change(t.spend, now.spend if now else None),
            _spend_note(t, outcome.scenario.budget, say),
        ),
        made.card(
            _("New customers"),
            say.count(t.customers),
            made.change(t.customers, now.customers if now else None, "good"),
            _interval(outcome, t, say) or made.floor("min_customers"),
        ),
    ]
    if t.profit is not None and _asks_for_profit(outcome):
        moved = made.change(t.profit, now.profit if now else None, "good", in_money=True)
        card = made.card(_("Profit"), say.headline(t.profit), moved, made.floor("min_profit"))
        out.insert(0 if plan.goal == "profit" else len(out), card)
    if outcome.belief is not None and outcome.belief.gain is not None:
        out.append(_gain_card(outcome.belief, outcome.belief.gain, say))
    if t.cac is not None:
        moved = made.change(t.cac, now.cac if now else None, "bad")
        out.append(made.card(_("CAC"), say.money(t.cac), moved, made.cap("max_cac")))
    if t.revenue:
        moved = made.change(t.revenue, now.revenue if now else None, "good")
        text = say.headline(t.revenue)
        out.append(made.card(_("Revenue"), text, moved, made.floor("min_revenue")))
    if t.roi:
        moved = made.change(t.roi, now.roi if now else None, "good")
        out.append(made.card(_("ROI"), say.ratio(t.roi), moved, made.floor("min_roi")))
    if plan.certificate is not None:
        out.append(_proof(plan.certificate.gap, plan.certificate.kind == "local", say))
    return tuple(out)


def _asks_for_profit(outcome: Outcome) -> bool:
    """Whether profit is asked for, or can be told: a margin is stated."""
    scenario = outcome.scenario
    margins = [scenario.margin, *(channel.margin for channel in scenario.channels.values())]
    return outcome.plan.goal == "profit" or any(margin is not None for margin in margins)


class _Cards:
    """What all cards share: the words, the change, and the rules that bound them."""

    def __init__(
        self, say: Words, against: Callable[[str], Message], bounds: Mapping[str, RuleResult]
    ) -> None:
        self.say, self.against, self.bounds = say, against, bounds

    def card(self, title: Message, value: str, change: tuple[str, Tone], note: str) -> Card:
        """A card in words."""
        return Card(self.say(title), value, *change, note)

    def change(
        self, new: float, old: float | None, up_is: Tone = "", in_money: bool = False
    ) -> tuple[str, Tone]:
        """The change in words, and whether it is good or bad. up_is: what more of it would be;
        in_money: told as an amount where the old bears no share.
        """
        moved = units.change(new, old) if old is not None else None
        if old is None or (moved is None and not in_money):
            return "", ""
        worse: dict[Tone, Tone] = {"good": "bad", "bad": "good"}
        tone: Tone = ""
        if up_is and abs(new - old) >= 0.0005 * abs(old):
            tone = up_is if new > old else worse[up_is]
        said = self.say.signed_money(new - old) if moved is None else self.say.change(moved)
        return self.say(self.against(said)), tone

    def cap(self, rule: str) -> str:
        """The most a rule allows ("" for none)."""
        bound = self._bound(rule)
        return bound and self.say(_("cap {bound}", bound=bound))

    def floor(self, rule: str) -> str:
        """The least a rule asks for ("" for none)."""
        bound = self._bound(rule)
        return bound and self.say(_("floor {bound}", bound=bound))

    def _bound(self, rule: str) -> str:
        found = self.bounds.get(rule)
        return "" if found is None else self.say.by_unit(found.bound, found.unit)


def _spend_note(t: Totals, budget: float | None, say: Words) -> str:
    if t.unspent and t.unspent >= 0.005 * (t.spend + t.unspent):
        return say(_("{money} left unspent", money=say.money(t.unspent)))
    return "" if budget is None else say(_("budget {bound}", bound=say.money(float(budget))))


def _interval(outcome: Outcome, t: Totals, say: Words) -> str:
    """The belief's interval; or the stage chain's own, where it was run under a plan that brings
    the same.
    """
    if outcome.belief is not None:
        extra = outcome.belief.extra
        bounds = {"low": say.count(extra.low), "high": say.count(extra.high)}
        return say(_("90% interval {low} – {high}", **bounds))
    forecast = outcome.lifecycle.forecast if outcome.lifecycle else None
    if forecast is None or forecast.interval is None:
        return ""
    if abs(forecast.extra - t.customers) > 0.05 * t.customers:
        return ""
    low, high = forecast.interval
    return say(_("90% interval {low} – {high}", low=say.count(low), high=say.count(high)))


def _gain_card(belief: PlanBelief, gain: Interval, say: Words) -> Card:
    tone: Tone = "good" if gain.low > 0 else "bad" if belief.even else ""
    odds = say(
        _("better with a chance of {chance}", chance=say.percent(belief.chance))
        if belief.same_money
        else _(
            "same money: better with a chance of {chance}", chance=say.percent(belief.split_chance)
        )
    )
    low, high = say.signed_count(gain.low), say.signed_count(gain.high)
    return Card(
        say(_("Gain over today")),
        say.signed_count(gain.mean),
        odds,
        tone,
        say(_("90% interval {low} – {high}", low=low, high=high)),
    )


def _proof(gap: float, near: bool, say: Words) -> Card:
    """near: what is proven holds near the plan only."""
    proven = math.isfinite(gap) and gap < 1
    if proven and near:
        return Card(
            say(_("Proven within")),
            say.gap(gap),
            note=say(_("of the best plan near this one; a quite different one may be better")),
        )
    return Card(
        say(_("Proven within")),
        say.gap(gap) if proven else say(_("not proven")),
        note=say(
            _("of the best plan possible on the stated belief")
            if proven
            else _("no bound is known")
        ),
    )
