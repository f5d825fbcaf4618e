"""The budget problem: decisions that can take money, rules, a goal. Frozen; solving it changes
nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.allocation.decision import STOCK, Decision, Goal, Rule
from optimizer.allocation.expression import Array, Index
from optimizer.allocation.outcome import LocalModel, OutcomeModel
from optimizer.errors import UserError
from optimizer.messages import Text, _
from optimizer.registry import did_you_mean
from optimizer.response.vectorised import VectorisedCurves

TOGETHER = " + "  # between the names of several groups, or periods, that one rule speaks of
UNTIL = " to "  # between the first and the last of several periods
EACH = "each"  # a rule of every period by itself
ALL = "all"

__all__ = ["ALL", "EACH", "TOGETHER", "UNTIL", "Decision", "Goal", "Problem", "Rule"]


@dataclass(frozen=True)
class Problem:
    """Decisions, rules and a goal.

    Parameters
    ----------
    decisions
        Where money can go, channels in any order, the periods of a channel in theirs.
    rules
        What every plan must keep.
    goal
        What is made as large (or small) as possible.
    currency
        ISO 4217 code of all amounts.
    name
        What the plan is called.
    outcome
        The model that says what a plan brings, where channels act on each other (None: every
        decision by its own curves).
    near
        Where the decisions' curves stand for an outcome model: the spend near which they do, and
        what mends them to first order (None: the curves are all there is).
    periods
        Names of the periods in order (empty: as the decisions name them).
    notes
        What must be said beside the plan.

    Examples
    --------
    >>> from optimizer.response.shapes.bounded import saturating
    >>> curve = saturating(ceiling=90, half_spend=400)
    >>> search = Decision(channel="search", curves={"customers": curve})
    >>> Problem((search,), (Rule("budget", 1000.0),)).channels
    ('search',)
    """

    decisions: tuple[Decision, ...]
    rules: tuple[Rule, ...] = ()
    goal: Goal = field(default=Goal())
    currency: str = "CNY"
    name: str = "plan"
    outcome: OutcomeModel | None = None
    near: LocalModel | None = None
    periods: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        if not self.decisions:
            raise UserError(
                _("there is no channel to plan for"),
                fix=_("state channels with curves, or give data with spend"),
            )
        seen = set()
        for decision in self.decisions:
            if (decision.channel, decision.period) in seen:
                raise UserError(
                    _(
                        "channel {channel} stands twice in period {period}",
                        channel=decision.channel,
                        period=decision.period,
                    ),
                    fix=_("name each channel once"),
                )
            seen.add((decision.channel, decision.period))
        if any(decision.setup for decision in self.decisions):
            for name in self.channels:
                if (
                    len({decision.setup for decision in self.decisions if decision.channel == name})
                    > 1
                ):
                    raise UserError(
                        _("channel {name} has two set-up costs", name=name),
                        fix=_("state one per channel"),
                    )

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels, in the order of the decisions."""
        return tuple(dict.fromkeys(decision.channel for decision in self.decisions))

    @cached_property
    def single(self) -> frozenset[str]:
        """Channels of one decision only."""
        count = Counter(decision.channel for decision in self.decisions)
        return frozenset(name for name, many in count.items() if many == 1)

    @cached_property
    def channel_of(self) -> Index:
        """For each decision, the number of its channel."""
        number = {name: k for k, name in enumerate(self.channels)}
        return np.array([number[decision.channel] for decision in self.decisions], dtype=np.int64)

    @cached_property
    def members(self) -> tuple[Index, ...]:
        """For each channel, the numbers of its decisions, in their order."""
        order = np.argsort(self.channel_of, kind="stable")
        return tuple(np.split(order, np.cumsum(np.bincount(self.channel_of))[:-1]))

    @cached_property
    def period_names(self) -> tuple[str, ...]:
        """Names of the periods, in order."""
        return self.periods or tuple(dict.fromkeys(decision.period for decision in self.decisions))

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Every tag of a decision, sorted."""
        return tuple(sorted({tag for decision in self.decisions for tag in decision.tags}))

    def match(self, of: str | None, where: str | None = None) -> Index:
        """Numbers of the decisions that `of` speaks of.

        Parameters
        ----------
        of
            A channel, a platform prefix (`xiaohongshu`), a tier (`koc`, on every platform), a tag,
            several of these (`a + b`), "all" or None for all.
        where
            Its place, for the message.

        Raises
        ------
        UserError
            Where nothing here is called so.
        """
        if of is None:
            return np.arange(len(self.decisions))
        found = self._members(of)
        if not found and TOGETHER in of:
            return np.unique(
                np.concatenate([self.match(part, where) for part in of.split(TOGETHER)])
            )
        if not found and of == ALL:
            return np.arange(len(self.decisions))
        if not found:
            known = {decision.channel for decision in self.decisions} | set(self.tags)
            known |= {
                part
                for name in list(known)
                for k in range(1, name.count("/") + 1)
                for part in (name.rsplit("/", k)[0], name.split("/", k)[-1])
            }
            raise UserError(
                _("'{of}' is no channel, group or tag here", of=of), where, did_you_mean(of, known)
            )
        return np.array(found, dtype=np.int64)

    def names(self, of: str) -> bool:
        """Whether something here is called so."""
        return bool(self._members(of))

    def _members(self, of: str) -> list[int]:
        return self._by_name.get(of, [])

    @cached_property
    def _by_name(self) -> Mapping[str, list[int]]:
        """Every name that a rule may use -> numbers of the decisions it speaks of."""
        out: dict[str, list[int]] = {}
        for i, decision in enumerate(self.decisions):
            parts = decision.channel.split("/")
            begin = ("/".join(parts[:k]) for k in range(1, len(parts) + 1))
            end = ("/".join(parts[k:]) for k in range(len(parts)))
            for name in {*begin, *end, *decision.tags}:
                out.setdefault(name, []).append(i)
        return out

    @cached_property
    def _match_cache(self) -> dict[str | None, Index]:
        return {}

    def decisions_of(self, of: str | None) -> Index:
        """`match`, remembered."""
        if of not in self._match_cache:
            self._match_cache[of] = self.match(of)
        return self._match_cache[of]

    def in_period(self, which: Index, period: str | None) -> Index:
        """Those of some decisions that are in a period, or in one of several (see `named_periods`;
        None: all of them).
        """
        if period is None:
            return which
        named = {period, *self.named_periods(period)}
        return np.array([i for i in which if self.decisions[i].period in named], dtype=np.int64)

    @cached_property
    def prices(self) -> Array:
        """Currency per unit of each decision's amount."""
        return np.array([decision.price for decision in self.decisions])

    @cached_property
    def is_posts(self) -> Array:
        """Which decisions are bought by the post."""
        return np.array([decision.posts for decision in self.decisions], dtype=bool)

    @cached_property
    def is_whole(self) -> NDArray[np.bool_]:
        """Which decisions are bought in whole posts only."""
        return np.array([decision.whole for decision in self.decisions], dtype=bool)

    @cached_property
    def is_idle(self) -> NDArray[np.bool_]:
        """Which decisions take no money."""
        return np.array([decision.idle for decision in self.decisions], dtype=bool)

    def named_periods(self, said: str) -> tuple[str, ...]:
        """The periods a rule speaks of, in their order: `W1`, several (`W1 + W4`), or from one to
        another (`W5 to W8`).

        Raises
        ------
        UserError
            Where the plan has none of that name.
        """
        names = self.period_names
        if said in names:
            return (said,)
        found: set[int] = set()
        for part in said.split(TOGETHER):
            ends = [part] if part in names else part.split(UNTIL)
            for end in ends:
                if end not in names:
                    raise UserError(
                        _("period '{key}' is outside the plan", key=end),
                        fix=did_you_mean(end, names),
                    )
            found |= set(range(names.index(ends[0]), names.index(ends[-1]) + 1))
        return tuple(names[k] for k in sorted(found))

    def paid_share(self, period: str) -> Array:
        """Per decision, the share of its money that has left the account by the end of a period."""
        until = self._until(period)
        return np.array(
            [
                sum(part for when, part in decision.payments if when in until)
                if decision.payments
                else float(decision.period in until)
                for decision in self.decisions
            ]
        )

    def begun_by(self, period: str) -> Index:
        """Numbers of the decisions of a period and of those before it."""
        until = self._until(period)
        return np.array(
            [i for i, decision in enumerate(self.decisions) if decision.period in until],
            dtype=np.int64,
        )

    def _until(self, period: str) -> set[str]:
        """The periods up to the last that is named."""
        last = self.named_periods(period)[-1]
        return set(self.period_names[: self.period_names.index(last) + 1])

    @cached_property
    def stocks(self) -> tuple[tuple[Index, float], ...]:
        """(decisions, how many of their orders can be filled), one for each rule that says so.

        Raises
        ------
        UserError
            Where two of them speak of one decision.
        """
        out: list[tuple[Index, float]] = []
        taken: set[int] = set()
        for rule in self.rules:
            if rule.name != STOCK:
                continue
            periods = self.period_names if rule.period == EACH else (rule.period,)
            for period in periods:
                which = self.in_period(self.decisions_of(rule.of), period)
                if taken & set(map(int, which)):
                    raise UserError(
                        _("two stocks speak of the same channel and period"),
                        rule.where,
                        _("let each channel draw on one stock"),
                    )
                taken |= set(map(int, which))
                out.append((which, float(rule.value)))
        return tuple(out)

    @cached_property
    def setups(self) -> Array:
        """Set-up cost per channel, currency."""
        return np.array([self.decisions[int(members[0])].setup for members in self.members])

    @cached_property
    def responses(self) -> tuple[str, ...]:
        """Names of all responses that any decision has, "customers" always."""
        return tuple(
            sorted(
                {name for decision in self.decisions for name in decision.curves} | {"customers"}
            )
        )

    @cached_property
    def respond(self) -> Mapping[str, VectorisedCurves]:
        """For each response, the curves of all decisions side by side."""
        return {
            name: VectorisedCurves([decision.curves.get(name) for decision in self.decisions])
            for name in self.responses
        }

    @cached_property
    def carries(self) -> bool:
        """Whether any money works beyond its own period."""
        return any(decision.carry > 0 or decision.carry_in > 0 for decision in self.decisions)

    @cached_property
    def carry_from(self) -> tuple[Index, Index, Array, Array]:
        """(to, from, weight, constant) of the carry-over, all in the decisions' own amounts.

        Effective amount of decision `to` = own + sum weight * amount of decision `from` + constant.
        Decisions of a channel follow each other in the order they stand in.
        """
        to: list[int] = []
        source: list[int] = []
        weight: list[float] = []
        constant = np.zeros(len(self.decisions))
        by_channel: dict[str, list[int]] = {}
        for i, decision in enumerate(self.decisions):
            by_channel.setdefault(decision.channel, []).append(i)
        for members in by_channel.values():
            for position, i in enumerate(members):
                keep = 1.0
                for earlier in reversed(members[:position]):
                    keep *= self.decisions[earlier].carry
                    if keep < 1e-12:
                        break
                    to.append(i)
                    source.append(earlier)
                    weight.append(keep)
                first = self.decisions[members[0]]
                constant[i] = first.carry_in * first.carry**position
        return (
            np.array(to, dtype=np.int64),
            np.array(source, dtype=np.int64),
            np.array(weight),
            constant,
        )

    def amounts(self, spend: Array) -> Array:
        """Effective amounts of all decisions: what their curves are read at.

        Parameters
        ----------
        spend
            Currency per decision, set-up costs not included.
        """
        own = np.asarray(spend, dtype=float) / self.prices
        if not self.carries:
            return own
        to, source, weight, constant = self.carry_from
        out = own + constant
        np.add.at(out, to, weight * own[source])
        return out

    def with_rules(self, rules: Sequence[Rule]) -> Problem:
        """The problem with other rules."""
        return replace(self, rules=tuple(rules))
