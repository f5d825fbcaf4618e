"""What the program's own names are called: rules, models, stages, statuses, simple ways of planning.

A name that is not the program's (a stage of the user's, a plug-in without a title) is said as it
stands.
"""

from __future__ import annotations

from optimizer.messages import Message, Text, _
from optimizer.report.words import Words

RULES: dict[str, Message] = {
    "budget": _("Budget"),
    "min": _("Minimum spend"),
    "max": _("Maximum spend"),
    "fixed": _("Fixed spend"),
    "max_change": _("Change against today at most"),
    "max_share": _("Share at most"),
    "min_share": _("Share at least"),
    "min_ltv_to_cac": _("LTV to CAC at least"),
    "min_ratio": _("Ratio of spend at least"),
    "tier_mix": _("Mix of creator tiers"),
    "max_cac": _("CAC at most"),
    "min_roi": _("ROI at least"),
    "min_profit_roi": _("Profit ROI at least"),
    "min_marginal_roi": _("Marginal ROI at least"),
    "min_customers": _("New customers at least"),
    "min_revenue": _("Revenue at least"),
    "min_profit": _("Profit at least"),
    "min_exposure": _("Exposure at least"),
    "min_stage": _("Users reaching the stage at least"),
    "commit": _("At least this or nothing"),
    "max_channels": _("Channels at most"),
    "min_channels": _("Channels at least"),
    "min_posts": _("Posts at least"),
    "max_posts": _("Posts at most"),
    "max_use": _("Use of the resource at most"),
    "period_budget": _("Budget of each period"),
    "cash": _("Cash calendar"),
    "cash_until": _("Cash out by then at most"),
    "max_risk": _("Risk of a high CAC at most"),
}
MODELS: dict[str, Message] = {
    "first": _("First touch"),
    "last": _("Last touch"),
    "last_non_direct": _("Last non-direct touch"),
    "linear": _("Linear"),
    "position": _("Position-based"),
    "time_decay": _("Time decay"),
    "shapley": _("Shapley"),
    "shapley_ordered": _("Ordered Shapley"),
    "touched": _("Touched journeys"),
    "markov": _("Markov"),
    "shao": _("Second-order probabilistic"),
    "fractribution": _("Fractribution"),
    "markov_by_journey": _("Markov by journey"),
    "markov_stages": _("Markov by stage"),
    "lifecycle": _("Lifecycle"),
}
BASELINES: dict[str, Message] = {
    "keep_split": _("Keep today's split"),
    "equal": _("Equal split"),
    "last_touch": _("In proportion to last touch"),
}
STAGES: dict[str, Message] = {
    "awareness": _("Awareness"),
    "interest": _("Interest"),
    "decision": _("Decision"),
    "repurchase": _("Repurchase"),
    "loyalty": _("Loyalty"),
}
STATUSES: dict[str, Message] = {
    "optimal": _("optimal"),
    "infeasible": _("no plan"),
    "unbounded": _("no limit"),
    "time_limit": _("best found in time"),
    "gap_open": _("best found"),
}


def rule_title(rule: str, of: str | None = None) -> Text:
    """A rule in words, with what it speaks of: "CAC at most (xiaohongshu)"."""
    title = RULES.get(rule, _plain(rule))
    return _("{rule} ({of})", rule=title, of=of) if of else title


def rule_bound(rule: str, of: str | None, bound: float, unit: str, say: Words) -> str:
    """A rule with its number: "CAC at most (xiaohongshu) ￥75"."""
    title, number = say(rule_title(rule, of)), say.by_unit(bound, unit)
    return say(_("{rule} {bound}", rule=title, bound=number))


def model_title(label: str) -> Text:
    """A model's label in words: "markov 2" keeps its order."""
    name, __, order = label.partition(" ")
    title = MODELS.get(name, _plain(name))
    return _("{model} {order}", model=title, order=order) if order else title


def baseline_title(name: str) -> Text:
    """A simple way of planning in words."""
    return BASELINES.get(name, _plain(name))


def status_title(status: str) -> Text:
    """How a solve ended, in words."""
    return STATUSES.get(status, _plain(status))


def stage_title(name: str) -> Text:
    """A stage in words: the five by name, the user's own as they are."""
    return STAGES.get(name, name)


def step_title(name: str) -> Text:
    """A step of the funnel in words: orders by number, else a stage."""
    if name.startswith("order ") and name[6:].isdecimal():
        return _("Order {number}", number=name[6:])
    return stage_title(name)


def _plain(name: str) -> str:
    return name.replace("_", " ")
