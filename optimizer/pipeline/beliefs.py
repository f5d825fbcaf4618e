"""Responses from totals: where no journeys are known, a belief stands behind every curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.data.totals import Totals
from optimizer.evidence.belief import EXPERIENCE, Belief
from optimizer.evidence.kind import EVIDENCE
from optimizer.messages import Text, _, listed
from optimizer.pipeline.company import company
from optimizer.pipeline.credit import Credited
from optimizer.pipeline.respond import spend_by_period
from optimizer.pipeline.tables import Tables
from optimizer.response.channel import Response
from optimizer.response.curve import Evidence
from optimizer.response.shapes.uncertain import mean_of
from optimizer.scenario import Channel, Scenario
from optimizer.units import DAYS, ratio

KIND = "totals"
DRAWS = 40  # that the plan is made again for, to see how it moves
AGREE = 1.1  # r_hat above which a reader is told


@dataclass(frozen=True)
class Believed:
    """A belief and what the plan takes from it.

    Parameters
    ----------
    belief
        Draws of whole companies.
    kinds
        Kind of evidence -> its weight; they add up to 1.
    periods
        Length of the plan in the belief's periods.
    responses
        Channel -> response over the plan: the exact mean of the draws.
    most
        Channel -> how far its curve is believed, currency over the plan.
    stated
        Channels whose curve the founder states: the belief has no say there.
    notes
        Remarks for people.
    """

    belief: Belief
    kinds: Mapping[str, float]
    periods: float
    responses: Mapping[str, Response]
    most: Mapping[str, float] = field(default_factory=dict)
    stated: frozenset[str] = frozenset()
    notes: tuple[Text, ...] = ()

    def onto(self, scenario: Scenario) -> Scenario:
        """The scenario with the bounds of experience, where it states no `max` of its own.

        Parameters
        ----------
        scenario
            What is asked.

        Returns
        -------
        Scenario
            A copy; each believed channel has a `max`, currency over the plan, at least its `min`.
        """
        channels = dict(scenario.channels)
        for name, most in self.most.items():
            entry = channels.get(name, Channel())
            if entry.max is None and not _overruled(entry):
                bound = max(most, entry.min or 0.0)
                channels[name] = entry.model_copy(update={"max": bound})
        return scenario.model_copy(update={"channels": channels})

    def certain(self, responses: Mapping[str, Response]) -> dict[str, Response]:
        """The responses, those that are stated the same in every draw.

        Parameters
        ----------
        responses
            Channel -> response, those that are believed and those that are stated.

        Returns
        -------
        dict[str, Response]
            Every response with as many draws: factors of 1 where it is stated.
        """
        count = max((len(response.draws) for response in self.responses.values()), default=0)
        return {
            name: response if response.draws else replace(response, draws=(1.0,) * count)
            for name, response in responses.items()
        }


def believe(scenario: Scenario, tables: Tables) -> Believed | None:
    """What totals say of every channel with spend; None without totals and spend.

    Raises
    ------
    Problems
        For experiments that make no sense.
    """
    totals, spend = tables.totals, tables.spend
    if totals is None or spend is None:
        return None
    made, remarks = company(scenario, spend, totals)
    notes = [*totals.notes, *remarks]
    belief = EVIDENCE[KIND](made, scenario.seed)
    if belief is None:
        return None
    periods = scenario.horizon * DAYS[scenario.period] / belief.days
    free = [
        name
        for name in belief.channels
        if not _overruled(entry := scenario.channels.get(name, Channel())) and entry.max is None
    ]
    if not belief.r_hat <= AGREE:
        notes.append(
            _(
                "the chains of the belief do not agree yet (r_hat {r}): its numbers may move with "
                "another seed",
                r=f"{belief.r_hat:.2f}",
            )
        )
    if made.claimed is None:
        notes.append(
            _(
                "spend has no column claimed: with what each platform claims the belief would be "
                "narrower"
            )
        )
    if free:
        notes.append(
            _(
                "no channel gets more than {times} times the most it ever had per period, since "
                "nothing is known beyond (state max to allow it): {names}",
                times=f"{EXPERIENCE:g}",
                names=listed(free),
            )
        )
    return Believed(
        belief,
        {KIND: 1.0},
        periods,
        _responses(scenario, tables, belief, periods, _value(totals)),
        {
            name: EXPERIENCE * float(most) * periods
            for name, most in zip(belief.channels, belief.most, strict=True)
        },
        frozenset(name for name, entry in scenario.channels.items() if _overruled(entry)),
        tuple(notes),
    )


def walled(scenario: Scenario, tables: Tables, credited: Credited | None) -> dict[str, Response]:
    """Responses of channels that have spend and no touches, by what weeks and siblings say.

    Parameters
    ----------
    scenario
        Says how long the plan is.
    tables
        With spend.
    credited
        Its lifecycle holds the belief, where there is one.

    Returns
    -------
    dict[str, Response]
        Channel -> response over the plan; empty where every channel touches, or nothing is
        believed.
    """
    lifecycle = credited.lifecycle if credited is not None else None
    evidence = lifecycle.evidence if lifecycle is not None else None
    belief = evidence.belief if evidence is not None else None
    if evidence is None or belief is None or credited is None:
        return {}
    periods = scenario.horizon * DAYS[scenario.period] / belief.days
    found = _responses(scenario, tables, belief, periods, credited.value_per_customer)
    return {name: found[name] for name in evidence.untouched}


def _overruled(entry: Channel) -> bool:
    """Whether the founder states what a channel brings."""
    return entry.curve is not None or (entry.customers is not None and bool(entry.current))


def _value(totals: Totals) -> float | None:
    """Revenue per order, or per new customer where orders are not counted (None: not known)."""
    if totals.revenue is None:
        return None
    sold = totals.new_customers if totals.orders is None else totals.orders
    both = np.isfinite(totals.revenue) & np.isfinite(sold)
    return ratio(float(totals.revenue[both].sum()), float(sold[both].sum()))


def _responses(
    scenario: Scenario, tables: Tables, belief: Belief, periods: float, value: float | None
) -> dict[str, Response]:
    """The mean of each channel's curves over the plan, with what arrives within it; with a
    carry-over stated for the calendar the whole effect, since the calendar carries it over.
    """
    assert tables.spend is not None
    table = spend_by_period(tables.spend)
    length = scenario.horizon * DAYS[scenario.period] / DAYS[tables.spend.period]
    recent = max(1, min(len(table.starts), round(length)))
    arriving = belief.arriving(periods)
    out = {}
    for c, name in enumerate(belief.channels):
        entry = scenario.channels.get(name, Channel())
        share = 1.0 if entry.carry_over else arriving[:, c]
        curve = mean_of(belief.ceiling[:, c] * share, belief.half[:, c])
        evidence = Evidence(
            "believed",
            (0.0, float(belief.most[c])),
            None,
            belief.organic.shape[1],
            _("the mean of {n} draws of a belief from totals", n=len(belief.ceiling)),
        )
        out[name] = Response(
            channel=name,
            curve=replace(curve, evidence=evidence).rescale_horizon(periods),
            value_per_customer=value,
            current=float(table.paid[name][-recent:].mean()) * length,
            draws=_factors(belief, c, periods),
        )
    return out


def _factors(belief: Belief, c: int, periods: float) -> tuple[float, ...]:
    """What a channel brings in some draws, of whole companies, in times its mean at usual spend."""
    spend = np.where(belief.today > 0, belief.today, belief.most) * periods
    drawn = belief.by_channel(spend, periods)[:, c]
    places = np.linspace(0, len(drawn) - 1, min(DRAWS, len(drawn))).astype(int)
    return tuple((drawn[places] / drawn.mean()).tolist())
