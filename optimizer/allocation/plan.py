"""The nouns of a plan: its lines, what the rules came to, the proof, and the reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from optimizer import units
from optimizer.plotting import Plots


@dataclass(frozen=True)
class PlanLine:
    """What the plan puts on one channel in one period.

    spend, current:    currency in the period; current is today's spend (None where unknown)
    minimum, maximum:  the allowed range, currency (maximum None: no ceiling of its own)
    customers:         new customers on the true curve; revenue: currency; touches: contacts or posts' reach (None: unknown)
    marginal_cac:      currency for the next new customer at this spend (None: the next one cannot be bought)
    observed:          the range of spend the curve was seen in (None: the curve is stated, not fitted)
    held_by:           what stops this line from taking more: "marginal", "maximum", "minimum", "curve", or a rule's name
    """

    channel: str
    period: str
    spend: float
    customers: float
    revenue: float
    current: float | None = None
    minimum: float = 0.0
    maximum: float | None = None
    posts: int | None = None
    touches: float | None = None
    marginal_cac: float | None = None
    marginal_roi: float | None = None
    observed: tuple[float, float] | None = None
    held_by: str = ""

    @property
    def average_cac(self) -> float | None:
        return units.cac(self.spend, self.customers)


@dataclass(frozen=True)
class RuleResult:
    """A rule, recomputed from the finished plan on the true curves.

    price: what the objective would gain if this rule were dropped (by re-solve; None: without it there is no best plan)
    marginal: what it gains per unit by which the bound gives way (by re-solve; None: it moves by jumps, or not asked)
    unit:  money | ratio | share | change | count | amount, for printing bound and achieved
    chance: share of bootstrap draws in which the rule holds at the planned spend (None: no draws, or not about response)
    """

    rule: str
    of: str | None
    bound: float
    achieved: float | None
    holds: bool
    unit: str
    sense: str  # "<=" or ">="
    price: float | None = None
    text: str = ""
    chance: float | None = None
    marginal: float | None = None


@dataclass(frozen=True)
class Certificate:
    """The plan's value on the true curves, the proven upper bound, and the relative gap between them."""

    lower: float
    upper: float
    gap: float


@dataclass(frozen=True)
class Baseline:
    """A simple way of planning with the same budget. `breaks` names the rules it breaks."""

    name: str  # keep_split | equal | last_touch
    objective: float
    spend: float
    customers: float
    revenue: float
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fix:
    """A change to one rule that would be enough on its own to make a plan possible (verified by solving)."""

    rule: str
    of: str | None
    bound: float
    needed: float
    unit: str


@dataclass(frozen=True)
class Step:
    """One point of a sweep: next or last 1,000, a budget ladder, a frontier, a number of channels."""

    at: float
    objective: float
    spend: float
    customers: float
    revenue: float
    channels: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Entry:
    """What would bring an unused channel into the plan: its response would have to be `factor` times what it is, or
    its price 1/factor (None: no factor up to 1000 brings it in). best_cac: the best average CAC it can reach."""

    channel: str
    factor: float | None
    best_cac: float | None = None


@dataclass(frozen=True)
class Stability:
    """How a channel's spend moves when the curves are drawn again. funded: share of draws that give it money;
    low, high: the middle 80 % of its spend; tells: what the goal would gain on average if this channel's response were
    known before planning (what to test next: the largest first)."""

    channel: str
    funded: float
    low: float
    high: float
    tells: float


@dataclass(frozen=True)
class Totals:
    """Sums over the plan's lines; unspent is budget minus spend (None without a budget)."""

    spend: float
    customers: float
    revenue: float
    unspent: float | None = None
    touches: float | None = None

    @property
    def cac(self) -> float | None:
        return units.cac(self.spend, self.customers)

    @property
    def roi(self) -> float | None:
        return units.roi(self.revenue, self.spend)


@dataclass(frozen=True)
class Plan(Plots):
    """A finished plan, or the reason why there is none.

    status: optimal | time_limit (best plan found, with its bound) | gap_open (the same, where the search could prove no
    more; the bound is infinite where nothing limits the money) | infeasible | unbounded
    """

    status: str
    goal: str
    objective: float | None
    totals: Totals | None
    certificate: Certificate | None
    lines: tuple[PlanLine, ...] = ()
    rules: tuple[RuleResult, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    conflict: tuple[RuleResult, ...] = ()
    fixes: tuple[Fix, ...] = ()
    current: Totals | None = None  # what today's spend gives on the same curves
    next_money: tuple[Step, ...] = ()  # last and next 1,000
    ladder: tuple[Step, ...] = ()  # best plan with 1, 2, 3 ... channels
    frontier: tuple[Step, ...] = ()  # over budget
    relaxation: tuple[Fix, ...] = ()  # the smallest total change, over several rules at once
    entry: tuple[Entry, ...] = ()  # what would bring an unused channel in
    stability: tuple[Stability, ...] = ()  # how each channel moves over draws and models
    notes: tuple[str, ...] = ()
    solver: dict[str, Any] = field(default_factory=dict)
    lp: str = ""  # the model in LP format, rows named

    @property
    def feasible(self) -> bool:
        return self.totals is not None

    def spend_by_channel(self) -> dict[str, float]:
        """Currency per channel, over all periods, in the order of the lines."""
        out: dict[str, float] = {}
        for line in self.lines:
            out[line.channel] = out.get(line.channel, 0.0) + line.spend
        return out

    def as_dict(self) -> dict[str, Any]:
        """The form of plan.json in INTERFACE."""
        out: dict[str, Any] = {
            "status": self.status,
            "goal": self.goal,
            "objective": self.objective,
        }
        if self.totals is not None:
            t = self.totals
            out["totals"] = {
                "spend": t.spend,
                "customers": t.customers,
                "revenue": t.revenue,
                "cac": t.cac,
                "roi": t.roi,
                "unspent": t.unspent,
                "touches": t.touches,
            }
        if self.certificate is not None:
            c = self.certificate
            out["certificate"] = {"lower": c.lower, "upper": c.upper, "gap": c.gap}
        out["spend"] = [
            {
                "channel": x.channel,
                "period": x.period,
                "spend": x.spend,
                "posts": x.posts,
                "touches": x.touches,
                "customers": x.customers,
                "revenue": x.revenue,
                "average_cac": x.average_cac,
                "marginal_cac": x.marginal_cac,
                "current": x.current,
                "minimum": x.minimum,
                "maximum": x.maximum,
                "observed": list(x.observed) if x.observed else None,
                "held_by": x.held_by,
            }
            for x in self.lines
        ]
        out["rules"] = [_rule(r) for r in self.rules]
        out["baselines"] = [
            {
                "name": b.name,
                "objective": b.objective,
                "spend": b.spend,
                "customers": b.customers,
                "revenue": b.revenue,
                "breaks": list(b.breaks),
            }
            for b in self.baselines
        ]
        for name in ("next_money", "ladder", "frontier"):
            steps = getattr(self, name)
            if steps:
                out[name] = [
                    {
                        "at": s.at,
                        "objective": s.objective,
                        "spend": s.spend,
                        "customers": s.customers,
                        "revenue": s.revenue,
                        "channels": list(s.channels),
                        "note": s.note,
                    }
                    for s in steps
                ]
        if self.conflict:
            out["conflict"] = [_rule(r) for r in self.conflict]
        if self.fixes:
            out["fixes"] = [
                {"rule": f.rule, "of": f.of, "bound": f.bound, "needed": f.needed, "unit": f.unit}
                for f in self.fixes
            ]
        if self.relaxation:
            out["relaxation"] = [
                {"rule": f.rule, "of": f.of, "bound": f.bound, "needed": f.needed, "unit": f.unit}
                for f in self.relaxation
            ]
        if self.entry:
            out["entry"] = [
                {"channel": e.channel, "factor": e.factor, "best_cac": e.best_cac}
                for e in self.entry
            ]
        if self.stability:
            out["stability"] = [
                {
                    "channel": x.channel,
                    "funded": x.funded,
                    "low": x.low,
                    "high": x.high,
                    "tells": x.tells,
                }
                for x in self.stability
            ]
        if self.notes:
            out["notes"] = list(self.notes)
        return out


def _rule(r: RuleResult) -> dict[str, Any]:
    return {
        "rule": r.rule,
        "of": r.of,
        "bound": r.bound,
        "achieved": r.achieved,
        "holds": r.holds,
        "price": r.price,
        "marginal": r.marginal,
        "unit": r.unit,
        "sense": r.sense,
        "text": r.text,
        "chance": r.chance,
    }
