"""The nouns of a plan: its lines, what the rules came to, the proof, and the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from optimizer import units
from optimizer.allocation.decision import Rule
from optimizer.messages import Text
from optimizer.plotting import Plots

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PlanLine:
    """What the plan puts on one channel in one period.

    Parameters
    ----------
    spend, current
        Currency in the period; current is today's spend (None: unknown).
    customers, revenue, touches
        New customers on the true curve, currency, contacts or posts' reach (None: unknown).
    minimum, maximum
        The allowed range, currency (maximum None: no ceiling of its own).
    posts
        Whole posts that are booked (None: not bought by the post).
    marginal_cac
        Currency for the next new customer at this spend (None: the next one cannot be bought).
    marginal_roi
        Revenue of the next unit of spend (None: unknown).
    observed
        The range of spend the curve was seen in (None: the curve is stated, not fitted).
    held_by
        What stops it from taking more: "marginal" (money is worth as much elsewhere), "maximum",
        "minimum", "curve", "whole posts", "loss" (its next unit costs more than it brings),
        "setup" (so does its set-up), "enough" (a goal of least spend asks for no more), or a
        rule's name.
    commission
        Currency of the spend that is paid as a share of what is sold.
    profit
        Margin of the revenue minus the spend, currency; where no margin is stated all revenue
        counts (None: a customer's worth is not known).
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
    commission: float = 0.0
    profit: float | None = None

    @property
    def average_cac(self) -> float | None:
        """Currency per new customer (None: there is none)."""
        return units.cac(self.spend, self.customers)

    def as_dict(self) -> dict[str, Any]:
        """As in plan.json."""
        return {
            "channel": self.channel,
            "period": self.period,
            "spend": self.spend,
            "posts": self.posts,
            "touches": self.touches,
            "customers": self.customers,
            "revenue": self.revenue,
            "average_cac": self.average_cac,
            "marginal_cac": self.marginal_cac,
            "current": self.current,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "observed": list(self.observed) if self.observed else None,
            "held_by": self.held_by,
            "commission": self.commission,
            "profit": self.profit,
        }


@dataclass(frozen=True)
class RuleResult:
    """A rule, recomputed from the finished plan on the true curves.

    Parameters
    ----------
    rule, of
        Its name and what it is about, its period included (None: the whole plan).
    bound, achieved
        In the rule's unit; achieved is None where the plan says nothing of it.
    holds
        Whether the plan keeps it.
    unit
        money | ratio | share | change | count | amount, for printing bound and achieved.
    sense
        "<=", ">=", "=" (exactly so) or "" (neither): on which side of the bound a plan must stay.
    price
        What the objective would gain if this rule were dropped, by solving again (None: without it
        there is no best plan).
    text
        The rule as a sentence.
    chance
        Share of bootstrap draws in which it holds at the planned spend (None: no draws, or not
        about response).
    marginal
        What the objective gains per unit by which the bound gives way, by solving again (None: it
        moves by jumps, or was not asked).
    """

    rule: str
    of: str | None
    bound: float
    achieved: float | None
    holds: bool
    unit: str
    sense: str
    price: float | None = None
    text: Text = ""
    chance: float | None = None
    marginal: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """As in plan.json."""
        return {
            "rule": self.rule,
            "of": self.of,
            "bound": self.bound,
            "achieved": self.achieved,
            "holds": self.holds,
            "price": self.price,
            "marginal": self.marginal,
            "unit": self.unit,
            "sense": self.sense,
            "text": str(self.text),
            "chance": self.chance,
        }


@dataclass(frozen=True)
class Certificate:
    """The plan's value on the true curves, the proven bound, and the relative gap between them.

    Parameters
    ----------
    lower, upper
        The goal's number, as a person reads it.
    gap
        Relative distance.
    kind
        "global": no plan that keeps the rules can pass the bound. "local": channels act on each
        other, and no plan near this one can.
    reached
        Where it is local, the goal's value that each start of the search led to.
    """

    lower: float
    upper: float
    gap: float
    kind: Literal["global", "local"] = "global"
    reached: tuple[float, ...] = ()

    @property
    def spread(self) -> float:
        """By which share the worst start's plan is behind the best one's."""
        size = max((abs(value) for value in self.reached), default=0.0)
        return (max(self.reached) - min(self.reached)) / size if size > 0 else 0.0

    def as_dict(self) -> dict[str, Any]:
        """As in plan.json."""
        out: dict[str, Any] = {
            "kind": self.kind,
            "lower": self.lower,
            "upper": self.upper,
            "gap": self.gap,
        }
        if self.kind == "local":
            out["starts"] = len(self.reached)
            out["reached"] = list(self.reached)
        return out


@dataclass(frozen=True)
class Baseline:
    """A simple way of planning with the same budget.

    Parameters
    ----------
    name
        keep_split | equal | last_touch.
    objective
        The goal's number, as a person reads it.
    spend, customers, revenue
        Currency, new customers, currency.
    breaks
        The rules it breaks.
    """

    name: str
    objective: float
    spend: float
    customers: float
    revenue: float
    breaks: tuple[Rule, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As in plan.json."""
        return {
            "name": self.name,
            "objective": self.objective,
            "spend": self.spend,
            "customers": self.customers,
            "revenue": self.revenue,
            "breaks": [str(rule) for rule in self.breaks],
        }


@dataclass(frozen=True)
class Fix:
    """A change to one rule that would be enough to make a plan possible, verified by solving.

    Parameters
    ----------
    rule, of
        Its name and what it is about, its period included.
    bound, needed
        As it stands and as it would have to be, in its unit.
    unit
        money | ratio | share | change | count | amount.
    """

    rule: str
    of: str | None
    bound: float
    needed: float
    unit: str

    def as_dict(self) -> dict[str, Any]:
        """As in plan.json."""
        return {
            "rule": self.rule,
            "of": self.of,
            "bound": self.bound,
            "needed": self.needed,
            "unit": self.unit,
        }


@dataclass(frozen=True)
class Step:
    """One point of a sweep: next or last 1,000, a budget ladder, a frontier, a number of channels.

    Parameters
    ----------
    at
        What is varied: currency, a rule's value, a number of channels.
    objective
        The goal's number, as a person reads it.
    spend, customers, revenue
        Currency, new customers, currency.
    channels
        Those that get money.
    note
        What changes here.
    """

    at: float
    objective: float
    spend: float
    customers: float
    revenue: float
    channels: tuple[str, ...] = ()
    note: Text = ""

    def as_dict(self) -> dict[str, Any]:
        """As in plan.json."""
        return {
            "at": self.at,
            "objective": self.objective,
            "spend": self.spend,
            "customers": self.customers,
            "revenue": self.revenue,
            "channels": list(self.channels),
            "note": str(self.note),
        }


@dataclass(frozen=True)
class Entry:
    """What would bring an unused channel into the plan.

    Parameters
    ----------
    channel
        Its name.
    factor
        Its response would have to be so many times what it is, or its price 1/factor (None: no
        factor up to 1000 brings it in).
    best_cac
        The best average CAC it can reach, currency per new customer.
    """

    channel: str
    factor: float | None
    best_cac: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """As in plan.json."""
        return {"channel": self.channel, "factor": self.factor, "best_cac": self.best_cac}


@dataclass(frozen=True)
class Stability:
    """How a channel's spend moves when the curves are drawn again.

    Parameters
    ----------
    channel
        Its name.
    funded
        Share of draws that give it money.
    low, high
        The middle 80 % of its spend, currency.
    information_value
        Expected value of perfect information: what the goal would gain on average if this channel's
        response were known before planning. The largest is what to test next.
    """

    channel: str
    funded: float
    low: float
    high: float
    information_value: float

    def as_dict(self) -> dict[str, Any]:
        """As in plan.json."""
        return {
            "channel": self.channel,
            "funded": self.funded,
            "low": self.low,
            "high": self.high,
            "tells": self.information_value,
        }


@dataclass(frozen=True)
class Totals:
    """Sums over the plan's lines.

    Parameters
    ----------
    spend, revenue
        Currency.
    customers
        New customers.
    unspent
        Budget minus spend, currency (None: no budget).
    touches
        Contacts (None: unknown).
    commission
        Currency of the spend that is paid as a share of what is sold.
    profit
        Margin of the revenue minus the spend, currency; where no margin is stated all revenue
        counts (None: a customer's worth is not known).
    """

    spend: float
    customers: float
    revenue: float
    unspent: float | None = None
    touches: float | None = None
    commission: float = 0.0
    profit: float | None = None

    @property
    def cac(self) -> float | None:
        """Currency per new customer (None: there is none)."""
        return units.cac(self.spend, self.customers)

    @property
    def roi(self) -> float | None:
        """Revenue per unit of spend (None: nothing is spent)."""
        return units.roi(self.revenue, self.spend)

    def as_dict(self) -> dict[str, Any]:
        """As in plan.json."""
        return {
            "spend": self.spend,
            "customers": self.customers,
            "revenue": self.revenue,
            "cac": self.cac,
            "roi": self.roi,
            "unspent": self.unspent,
            "touches": self.touches,
            "commission": self.commission,
            "profit": self.profit,
        }


@dataclass(frozen=True)
class Plan(Plots):
    """A finished plan, or the reason why there is none.

    Parameters
    ----------
    status
        optimal | time_limit (best plan found, with its bound) | gap_open (the same, where the
        search could prove no more; the bound is infinite where nothing limits the money) |
        infeasible | unbounded | failed.
    goal, objective
        The goal's name and its number, as a person reads it (None: no plan).
    totals, certificate, lines, rules
        Sums, the proof, spend by channel and period, every rule as it came out.
    baselines, current
        Simple ways of planning, and what today's spend gives on the same curves.
    conflict, fixes, relaxation
        Where there is no plan: the rules that collide, changes to one that are enough alone, and
        the smallest change to several at once.
    next_money, ladder, frontier
        Last and next round amount, best plan with 1, 2, 3 ... channels, best plan over budgets.
    entry, stability
        What would bring an unused channel in, and how each channel moves over draws.
    notes
        What must be said beside the numbers.
    solver
        Its name, rounds and solves.
    lp
        The model in LP format, rows named.
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
    current: Totals | None = None
    next_money: tuple[Step, ...] = ()
    ladder: tuple[Step, ...] = ()
    frontier: tuple[Step, ...] = ()
    relaxation: tuple[Fix, ...] = ()
    entry: tuple[Entry, ...] = ()
    stability: tuple[Stability, ...] = ()
    notes: tuple[Text, ...] = ()
    solver: dict[str, Any] = field(default_factory=dict)
    lp: str = ""

    @property
    def feasible(self) -> bool:
        """Whether there is a plan."""
        return self.totals is not None

    @property
    def periods(self) -> tuple[str, ...]:
        """Names of the plan's periods, in the order of its lines."""
        return tuple(dict.fromkeys(line.period for line in self.lines))

    @property
    def budget(self) -> float | None:
        """What the plan spends and what it leaves, currency over the whole plan (None: no plan)."""
        return None if self.totals is None else self.totals.spend + (self.totals.unspent or 0.0)

    def spend_by_channel(self) -> dict[str, float]:
        """Currency per channel, over all periods, in the order of the lines."""
        out: dict[str, float] = {}
        for line in self.lines:
            out[line.channel] = out.get(line.channel, 0.0) + line.spend
        return out

    def to_frame(self) -> pd.DataFrame:
        """A row per channel and period: spend, customers, revenue, CAC, profit, what holds it."""
        import pandas as pd

        return pd.DataFrame([line.as_dict() for line in self.lines])

    def as_dict(self) -> dict[str, Any]:
        """The plan as plan.json holds it (docs/reference/tables.md)."""
        out: dict[str, Any] = {
            "status": self.status,
            "goal": self.goal,
            "objective": self.objective,
        }
        if self.totals is not None:
            out["totals"] = self.totals.as_dict()
        if self.certificate is not None:
            out["certificate"] = self.certificate.as_dict()
        out["spend"] = [line.as_dict() for line in self.lines]
        out["rules"] = [rule.as_dict() for rule in self.rules]
        out["baselines"] = [baseline.as_dict() for baseline in self.baselines]
        optional: dict[str, Sequence[Step | RuleResult | Fix | Entry | Stability]] = {
            "next_money": self.next_money,
            "ladder": self.ladder,
            "frontier": self.frontier,
            "conflict": self.conflict,
            "fixes": self.fixes,
            "relaxation": self.relaxation,
            "entry": self.entry,
            "stability": self.stability,
        }
        out.update(
            {key: [item.as_dict() for item in items] for key, items in optional.items() if items}
        )
        if self.notes:
            out["notes"] = [str(note) for note in self.notes]
        return out
