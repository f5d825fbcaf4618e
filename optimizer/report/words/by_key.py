"""Words that are chosen by a key while the program runs (goal.customers, rule.max_cac)."""

from __future__ import annotations

from optimizer.messages import Message, _, ngettext, pgettext

BY_KEY: dict[str, Message] = {
    "points.up": _("+{value} points"),
    "points.down": _("{value} points"),
    "yes": pgettext("yes", "yes"),
    "no": _("no"),
    "now": _("Now"),
    "plan": _("Plan"),
    "period.day": ngettext("{n} day", "{n} days", 2),
    "period.week": ngettext("{n} week", "{n} weeks", 2),
    "period.month": ngettext("{n} month", "{n} months", 2),
    "goal.customers": _("new customers"),
    "goal.revenue": _("revenue"),
    "goal.profit": _("profit"),
    "goal.ltv": _("lifetime margin"),
    "goal.exposure": _("exposure"),
    "goal.mix": _("weighted goal"),
    "goal.robust": _("new customers by the most careful model"),
    "goal.min_spend": _("least spend"),
    "verdict.nothing": _("Spend nothing: no channel pays under these rules."),
    "verdict.nothing.budget": _("Spend nothing: the budget is 0."),
    "verdict.expect": _("Expect {customers} new customers at {cac} each and {revenue} in revenue."),
    "verdict.expect.nocac": _("Expect {customers} new customers and {revenue} in revenue."),
    "verdict.more": _("That is {change} more new customers than today's {spend} brings ({now})."),
    "verdict.less": _("That is {change} fewer new customers than today's {spend} brings ({now})."),
    "amount.customers": ngettext("{amount} new customer", "{amount} new customers", 2),
    "amount.revenue": _("{amount} in revenue"),
    "amount.profit": _("{amount} in profit"),
    "amount.ltv": _("{amount} in lifetime margin"),
    "amount.exposure": ngettext("{amount} exposure", "{amount} exposures", 2),
    "amount.mix": _("{amount} on the weighted goal"),
    "amount.robust": ngettext(
        "{amount} new customer by the most careful model",
        "{amount} new customers by the most careful model",
        2,
    ),
    "amount.min_spend": _("{amount} of spend"),
    "verdict.none": _("No plan meets these rules."),
    "verdict.none.found": _("No best plan was found."),
    "verdict.unfinished": _(
        "The solver stopped at its time limit; this is the best plan found, at "
        "most {gap} from the best possible."
    ),
    "verdict.unfinished.none": _(
        "The solver stopped at its time limit; this is the best plan found, and "
        "how near it is to the best possible is not known."
    ),
    "verdict.open": _(
        "The search could not prove more: this is the best plan found, at most "
        "{gap} from the best possible."
    ),
    "verdict.nolimit": _(
        "Nothing limits the money, so it is not proven that this plan is the best: "
        "state a budget, or a max for each channel."
    ),
    "cards.proof.note": _("of the best plan possible"),
    "cards.proof.none.note": _("no bound is known"),
    "cards.cap": _("cap {bound}"),
    "cards.floor": _("floor {bound}"),
    "cards.from_now": _("{change} from now"),
    "held.marginal": _("as good elsewhere"),
    "held.maximum": _("its maximum"),
    "held.minimum": _("its minimum"),
    "held.curve": _("its curve is flat"),
    "held.whole posts": _("whole posts only"),
    "held.unfunded": _("better uses elsewhere"),
    "held.budget": _("the budget"),
    "source.fitted": _("fitted"),
    "source.point": _("through one point"),
    "source.stated": _("stated"),
    "why.finding": ngettext(
        "One rule costs something, {rule}: without it the plan would gain {price}.",
        "{n} rules cost something. The dearest is {rule}: without it the plan would gain {price}.",
        2,
    ),
    "why.finding.least": ngettext(
        "One rule costs something, {rule}: without it the plan would spend {price} less.",
        "{n} rules cost something. The dearest is {rule}: without it the plan "
        "would spend {price} less.",
        2,
    ),
    "why.certificate": _(
        "Proof: the plan reaches {lower}; nothing can reach more than {upper} (gap {gap})."
    ),
    "why.certificate.least": _(
        "Proof: the plan spends {upper}; no plan that keeps the rules can spend "
        "less than {lower} (gap {gap})."
    ),
    "rule.budget": _("Budget"),
    "rule.min": _("Minimum spend"),
    "rule.max": _("Maximum spend"),
    "rule.fixed": _("Fixed spend"),
    "rule.max_change": _("Change against today at most"),
    "rule.max_share": _("Share at most"),
    "rule.min_share": _("Share at least"),
    "rule.min_ltv_to_cac": _("LTV to CAC at least"),
    "rule.min_ratio": _("Ratio of spend at least"),
    "rule.tier_mix": _("Mix of creator tiers"),
    "rule.max_cac": _("CAC at most"),
    "rule.min_roi": _("ROI at least"),
    "rule.min_profit_roi": _("Profit ROI at least"),
    "rule.min_marginal_roi": _("Marginal ROI at least"),
    "rule.min_customers": _("New customers at least"),
    "rule.min_revenue": _("Revenue at least"),
    "rule.min_profit": _("Profit at least"),
    "rule.min_exposure": _("Exposure at least"),
    "rule.min_stage": _("Users reaching the stage at least"),
    "rule.commit": _("At least this or nothing"),
    "rule.max_channels": _("Channels at most"),
    "rule.min_channels": _("Channels at least"),
    "rule.min_posts": _("Posts at least"),
    "rule.max_posts": _("Posts at most"),
    "rule.max_use": _("Use of the resource at most"),
    "rule.period_budget": _("Budget of each period"),
    "rule.cash": _("Cash calendar"),
    "rule.cash_until": _("Cash out by then at most"),
    "rule.max_risk": _("Risk of a high CAC at most"),
    "stability.test": _(
        "Test {channel} next: knowing how it responds before planning is worth {gain} on average."
    ),
    "stability.test.least": _(
        "Test {channel} next: knowing how it responds before planning would save {gain} on average."
    ),
    "baselines.finding": _(
        "The plan beats the best simple way that keeps the rules ({name}) by {gain}."
    ),
    "baselines.finding.least": _(
        "The plan spends {gain} less than the best simple way that keeps the rules ({name})."
    ),
    "baseline.keep_split": _("Keep today's split"),
    "baseline.equal": _("Equal split"),
    "baseline.last_touch": _("In proportion to last touch"),
    "model.first": _("First touch"),
    "model.last": _("Last touch"),
    "model.last_non_direct": _("Last non-direct touch"),
    "model.linear": _("Linear"),
    "model.position": _("Position-based"),
    "model.time_decay": _("Time decay"),
    "model.shapley": _("Shapley"),
    "model.shapley_ordered": _("Ordered Shapley"),
    "model.touched": _("Touched journeys"),
    "model.markov": _("Markov"),
    "model.shao": _("Second-order probabilistic"),
    "model.fractribution": _("Fractribution"),
    "model.markov_by_journey": _("Markov by journey"),
    "model.markov_stages": _("Markov by stage"),
    "model.lifecycle": _("Lifecycle"),
    "health.fit.good": _("fits well (R² {r2}, {points} points)"),
    "health.fit.weak": _("fits poorly (R² {r2}, {points} points)"),
    "formula.cac": pgettext("formula", "CAC"),
    "formula.cac.text": _("all marketing spend / new customers"),
    "formula.roi": _("ROI (the same as ROAS)"),
    "formula.roi.text": _("revenue / marketing spend; 2.0 is 2 back for 1"),
    "formula.marginal": _("Next customer"),
    "formula.marginal.text": _("1 / slope of the channel's curve at the plan's spend"),
    "formula.price": _("Price of a rule"),
    "formula.price.text": _("goal without the rule − goal with it, both solved"),
    "formula.gap": _("Proven within"),
    "formula.gap.text": _(
        "the distance between the plan and its proven bound / the larger of the "
        "two, the plan taken on the true curves"
    ),
    "formula.removal": _("Removal effect"),
    "formula.removal.text": _(
        "1 − conversions without the channel / conversions (absorbing Markov chain)"
    ),
    "formula.lifecycle": _("Lifecycle credit"),
    "formula.lifecycle.text": _(
        "reward with all paid touches − reward with none, split along the path "
        "from none to all (Aumann-Shapley)"
    ),
    "serve.budget": _("Budget"),
    "serve.min": _("floor"),
    "serve.max": _("cap"),
    "serve.nocap": _("no cap"),
    "serve.nobudget": _("no budget"),
    "serve.from_saved": _("{change} from saved"),
    "serve.lost": _(
        "The program behind this page has ended. Start it again with `optimizer serve`."
    ),
    "differ.more": _(
        "{b} against {a}: {money} spend, {customers} new customers, {each} each{where}."
    ),
    "differ.more.plain": _("{b} against {a}: {money} spend, {customers} new customers{where}."),
    "status.optimal": _("optimal"),
    "status.infeasible": _("no plan"),
    "status.unbounded": _("no limit"),
    "status.time_limit": _("best found in time"),
    "status.gap_open": _("best found"),
    "frontier.in": _("{channel} comes in"),
    "frontier.out": _("{channel} drops out"),
    "frontier.binds": _("{rule} begins to bind"),
    "frontier.frees": _("{rule} no longer binds"),
    "new.budget": _("for the whole plan; as much as was last spent in this time"),
    "new.goal": _("or revenue, profit: `optimizer list goals`"),
    "new.channels": _(
        "what each channel cost lately; min and max bound it, for example {min: 5000, max: 40000}"
    ),
    "new.rules": _("what must hold: `optimizer list rules`. Take away the # to use one."),
    "figure.roi": _("ROI"),
    "figure.cac": _("CAC"),
    "figure.cvr": _("CVR"),
    "figure.ctr": _("CTR"),
    "figure.aov": _("AOV"),
    "figure.orders": _("Orders"),
    "figure.gmv": _("GMV"),
    "figure.spend": _("Spend"),
    "doctor.look": _("Looked at"),
    "doctor.state": pgettext("doctor", "State"),
    "doctor.detail": _("Found"),
    "doctor.fix": _("What to do"),
    "doctor.ok": _("fine"),
    "doctor.missing": _("not there"),
    "doctor.broken": _("broken"),
    "doctor.verdict.ok": _("Everything the program needs is there."),
    "doctor.verdict.broken": _("The program cannot work here: {names}."),
    "stage.awareness": _("Awareness"),
    "stage.interest": _("Interest"),
    "stage.decision": _("Decision"),
    "stage.repurchase": _("Repurchase"),
    "stage.loyalty": _("Loyalty"),
}
