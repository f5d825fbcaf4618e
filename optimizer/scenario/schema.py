"""What a scenario may say. Frozen; unknown keys are errors; every field documented beside it.

Amounts are in `currency` and per plan (over the whole horizon), unless a field says otherwise.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator
from pydantic.json_schema import SkipJsonSchema

from optimizer.addresses import is_address
from optimizer.allocation.goal import read_goal
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.response.curve import CURVES
from optimizer.scenario.fields import (
    AmountField,
    CountField,
    DaysField,
    FadingField,
    FirstField,
    MoneyField,
    Name,
    NumberField,
    PartField,
    PeriodsField,
    PositiveField,
    ShareField,
    SharesField,
    Text,
    TitleField,
    typed,
)
from optimizer.scenario.registered import curve_parameters, rule
from optimizer.scenario.values import PLAIN, Wrong, number
from optimizer.units import Amount, Kind, Positive
from optimizer.yaml_file import Source


def _order(raw: Any) -> int | str:
    if raw == "auto":
        return "auto"
    return int(
        number(
            raw, Kind("order", 1, 10, whole=True, hint=_("a whole number from 1 to 10, or auto"))
        )
    )


def _goal(raw: Any) -> Any:
    """The goal as written, once it is known to be one."""
    try:
        read_goal(raw)
    except UserError as error:
        raise Wrong(error.problems[0].what, error.problems[0].fix) from None
    return raw


class Strict(BaseModel):
    """No unknown keys, no mutation."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Data(Strict):
    """Where the tables are; paths are relative to the scenario's folder."""

    events: Text | None = Field(
        None, description="touches and milestones: csv, parquet, or a folder of parquet"
    )
    paths: Text | None = Field(None, description="path table: path,conversions[,value][,nulls]")
    spend: Text | None = Field(
        None, description="period,channel,spend[,exposures][,clicks][,posts][,claimed]"
    )
    totals: Text | None = Field(
        None,
        description="what the shop sold: period,new_customers[,orders][,revenue][,visitors][,"
        "controls]; default without journeys: counted from the orders",
    )
    orders: Text | None = Field(
        None,
        description="user_id,timestamp,value[,order_id]: for retention offers and lifetime "
        "value; default: the events' purchases",
    )


class AttributionChoice(Strict):
    """Which model turns journeys into credit, and its options."""

    model: Name | None = Field(
        None,
        description="the model the plan is built on; default: lifecycle where milestones exist, "
        "else markov",
    )
    models: tuple[Name, ...] = Field((), description="further models to show beside it")
    order: Annotated[Any, BeforeValidator(lambda raw: _order(raw))] = Field(
        1, description="order of the Markov chain, or auto"
    )
    lookback_days: PositiveField | None = Field(
        None, description="touches older than this before a conversion do not count"
    )
    stage_timeout_days: PositiveField | None = Field(
        None,
        description="lifecycle: days after which somebody untouched falls back a stage, in the "
        "mean; default: estimated",
    )
    half_life_days: PositiveField = Field(
        7.0, description="time_decay: days in which a touch loses half of its weight"
    )
    intervals: CountField = Field(0, description="bootstrap replicates; 0: no intervals")
    calibrate: dict[Name, NumberField] = Field(
        default_factory=dict,
        description="lift tests as {channel: multiplier}, laid on the models' credit; the "
        "lifecycle model has `experiments` instead",
    )
    difference: Name | tuple[Name, ...] = Field(
        "untested",
        description="who takes what a calibrated channel loses: untested, organic, total "
        "(nobody), or channels",
    )


class JourneyChoice(Strict):
    """What a touch, a conversion and a journey are."""

    touch: tuple[Name, ...] | None = Field(
        None, description="the events that are touches; default: touch"
    )
    conversion: tuple[Name, ...] | None = Field(
        None, description="the events that are conversions; default: purchase"
    )
    join: Literal["closes", "reuses"] | None = Field(
        None,
        description="closes: a conversion ends its journey (default); reuses: each conversion "
        "takes all the touches before it",
    )
    session_minutes: PositiveField | None = Field(
        None, description="touches of one channel so soon after each other are one visit"
    )
    lookback_days: PositiveField | None = Field(
        None, description="touches older than this before the journey's end do not count"
    )
    ties: Literal["split", "name"] | None = Field(
        None, description="touches of one moment: split (each order counts evenly) or name"
    )
    orders: Literal["all", "first", "repeat"] | None = Field(
        None, description="which of a customer's conversions count"
    )
    direct: tuple[Name, ...] | None = Field(
        None, description="channels of direct traffic; direct stands for every usual spelling"
    )
    groups: Literal["ga4"] | tuple[Literal["ga4"] | dict[Name, Text], ...] | None = Field(
        None, description="channel groups: ga4, or [{GROUP: PATTERN}, ga4], the first that matches"
    )
    platforms: bool | None = Field(None, description="roll tiers up: koc of a platform as it")
    nulls: bool | None = Field(None, description="journeys without a conversion take part")
    collapse: bool | None = Field(None, description="repeats of a channel in a row are one touch")
    identities: Text | None = Field(
        None, description="a table user_id, person_id: the users of one person are one"
    )
    separator: Text | None = Field(None, description="what joins the touches of a path table")
    ignore: tuple[Name, ...] | None = Field(
        None, description="columns of numbers of a path table that do not matter"
    )


class Stage(Strict):
    """One lifecycle stage and the milestones that lead into it."""

    name: Name
    milestones: tuple[Name, ...] = Field(
        (), description="events that show that a user has reached this stage"
    )
    count: FirstField = Field(1, description="how many of these milestones it takes")


class CurveChoice(Strict):
    """A stated response curve: {shape: parameters}. Shapes: `optimizer list curves`."""

    shape: str
    parameters: dict[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and set(raw) == {"shape", "parameters"}:
            return raw
        if not isinstance(raw, dict) or len(raw) != 1:
            raise Wrong(
                _("a curve is one shape with its parameters"),
                _("write {{saturating: {{ceiling: 300, half_spend: 4000}}}}"),
            )
        shape, given = next(iter(raw.items()))
        if shape not in CURVES:
            raise Wrong(
                _("unknown curve '{shape}'", shape=shape),
                did_you_mean(str(shape), CURVES),
                (shape,),
                at_key=True,
            )
        return {"shape": shape, "parameters": curve_parameters(shape, given)}


class Rule(Strict):
    """One rule: {name: value, of: channel or group, ...}. Rules: `optimizer list rules`."""

    name: str
    value: Any = None
    of: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: Any) -> Any:
        return rule(raw)


def _per_post(raw: Any) -> Any:
    return raw if isinstance(raw, dict | CurveChoice) else number(raw, PLAIN)


class Bookings(Strict):
    """Creators booked by the post: what a post costs, what it brings, how many are to be had."""

    fee: MoneyField = Field(0.0, description="price of one post")
    service: ShareField = Field(
        0.0, description="platform or agency cut on top of the fee, a share of it"
    )
    samples: MoneyField = Field(0.0, description="goods and postage per post, currency")
    max: AmountField | None = Field(None, description="posts to be had")
    min: AmountField | None = Field(None, description="posts at least")
    touches: Annotated[CurveChoice | float, BeforeValidator(_per_post)] | None = Field(
        None,
        description="touches per post, or a curve over posts ({pieces: [[3, 9000], [5, 6000]]}: "
        "the first three work better)",
    )
    customers: Annotated[CurveChoice | float, BeforeValidator(_per_post)] | None = Field(
        None, description="new customers per post, or a curve over posts"
    )
    whole: bool = Field(True, description="only whole posts can be bought")


class Deposit(Strict):
    """A booking paid in two parts: a share in its period, the rest some periods later."""

    share: ShareField
    balance_after: FirstField


class Channel(Strict):
    """What the founder says about one channel (or creator tier)."""

    min: MoneyField | None = Field(None, description="spend at least this much")
    max: MoneyField | None = Field(None, description="spend at most this much")
    current: MoneyField | None = Field(None, description="today's spend over the same horizon")
    curve: CurveChoice | None = Field(
        None, description="stated response: new customers over the plan for its spend"
    )
    customers: AmountField | None = Field(
        None, description="new customers that `current` brings: a curve goes through this point"
    )
    elasticity: PartField | None = Field(
        None,
        description="with `customers`: % more customers per % more spend; average CAC = "
        "elasticity * marginal CAC",
    )
    multiplier: PositiveField | None = Field(
        None,
        description="times what its curve brings, such as the winner of an A/B test (`optimizer "
        "experiment`)",
    )
    value_per_customer: MoneyField | None = Field(
        None, description="revenue per new customer, currency"
    )
    margin: ShareField | None = Field(None, description="gross margin, a share of revenue")
    commission: FadingField = Field(
        0.0,
        description="share of GMV paid to a live room, an affiliate or 淘宝客; part of its spend",
    )
    refund_rate: ShareField | None = Field(
        None, description="share of GMV that is refunded; revenue is what is kept"
    )
    return_cost: MoneyField | None = Field(
        None, description="currency per refunded order: freight, insurance, spoilt goods"
    )
    rebate: FadingField = Field(
        0.0,
        description="share of its bill that the platform or agency gives back; `current`, `curve`, "
        "`fee` and spend tables are before it, the plan is after it",
    )
    prices: Annotated[
        tuple[tuple[float, float], ...], typed(tuple[tuple[Amount, Positive], ...])
    ] = Field(
        (),
        description="media price by volume, against today's: [[0, 1], [50000, 0.9]] is 10 % less "
        "for what is bought beyond a spend of 50,000 (a rebate), 1.2 a rising CPM",
    )
    title: TitleField | None = Field(
        None, description="its name for readers: {en: Red KOC, zh: 小红书 KOC}, or one for both"
    )
    tags: tuple[Name, ...] = Field((), description="names that rules can use with `of:`")
    bookings: Bookings | None = Field(None, description="posts instead of spend")
    exposure: CurveChoice | None = Field(
        None, description="stated touches or exposures over the plan for its spend (or posts)"
    )
    stages: dict[Name, CurveChoice] = Field(
        default_factory=dict, description="stated users who reach a stage, by stage, for min_stage"
    )
    setup: MoneyField = Field(0.0, description="paid once if the channel is used at all")
    uses: dict[Name, PositiveField] = Field(
        default_factory=dict,
        description="units of other limited resources per unit of spend (or per post), for max_use",
    )
    ltv_per_customer: MoneyField | None = Field(
        None, description="expected margin over a new customer's lifetime, currency"
    )
    carry_over: FadingField = Field(
        0.0,
        description="share of a period's effect still at work one period later (needs a calendar)",
    )
    deposit: Deposit | None = Field(
        None, description="paid in two parts, for the cash rule (needs a calendar)"
    )
    retention: bool = Field(
        False, description="its customers have bought before: they bring revenue but are not new"
    )


class Retention(Strict):
    """An offer to one RFM group of customers: a line of the plan beside acquisition, paid from the
    same budget.
    """

    group: Name = Field(
        description="high_value, potential, new, at_risk or lost; see `optimizer rfm`"
    )
    cost: PositiveField = Field(description="currency per contact")
    response: SharesField = Field(
        description="share of those contacted who buy because of it; several: further rounds, "
        "falling"
    )
    value: PositiveField | None = Field(
        None, description="currency per extra order; default: the group's own average order"
    )
    reach: ShareField = Field(1.0, description="share of the group that can be contacted")


class Segments(Strict):
    """Plan by segment of people (age, region, taste, price band) where the data can tell the
    segments apart.
    """

    column: Name = Field(
        "segment",
        description="the column of the events, and of the spend table, that holds the segment",
    )
    least: FirstField = Field(
        100, description="orders a segment needs to stand alone; smaller ones are pooled"
    )


class Lifetime(Strict):
    """What a new customer is worth over a horizon, estimated from repeat orders (goal ltv, rule
    min_ltv_to_cac).
    """

    horizon_days: DaysField = 365
    discount: ShareField = Field(0.0, description="per year; 0.1 is 10 %")


class Calendar(Strict):
    """Plan every period on its own, with seasons, prices and what carries over from one period to
    the next.
    """

    start: Annotated[str, typed(str), Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = Field(
        None, description="first day, as 2026-10-05"
    )
    seasons: tuple[Name, ...] = Field(
        (), description="shipped seasons, such as 618 and double11 (rough norms)"
    )
    demand: dict[Name, PositiveField] = Field(
        default_factory=dict,
        description="your own factor on what effort brings, by period: {W5: 1.8}",
    )
    price: dict[Name, PositiveField] = Field(
        default_factory=dict, description="your own factor on what it costs, by period"
    )
    tail: CountField | None = Field(
        None, description="periods after the plan in which what it has begun still counts"
    )


class Experiment(Strict):
    """What a lift test or geo hold-out showed of one channel; it corrects the lifecycle model.
    `optimizer experiment` prints such entries.
    """

    channel: Name
    effect: float | None = Field(None, description="orders the channel caused during the test")
    standard_error: PositiveField | None = Field(None, description="its standard error")
    multiplier: PositiveField | None = Field(
        None, description="instead of effect: times what the model says"
    )
    low: NumberField | None = Field(None, description="90 % interval of the multiplier")
    high: NumberField | None = Field(None, description="90 % interval of the multiplier")
    begin: str | None = Field(
        None,
        alias="from",
        description="first day of the test, as 2026-03-02 (default: the data's first)",
    )
    to: str | None = Field(None, description="last day of the test")


class Scenario(Strict):
    """A founder's question: data, goal, channels, rules."""

    name: Name = "scenario"
    currency: Annotated[str, typed(str), Field(pattern=r"^[A-Z]{3}$")] = Field(
        "CNY", description="ISO 4217 code"
    )
    period: Literal["day", "week", "month"] = "week"
    horizon: PeriodsField = Field(1, description="how many periods the plan spans")
    budget: MoneyField | None = Field(None, description="spend at most this much over the plan")
    goal: Annotated[Any, BeforeValidator(lambda raw: _goal(raw))] = Field(
        "customers", description="what to maximise; `optimizer list goals`"
    )
    data: Data = Data()
    columns: dict[Literal["events", "paths", "spend", "totals", "orders"], dict[str, Text]] = Field(
        default_factory=dict,
        description="where tables use other column names: {spend: {our_name: your_name}}",
    )
    attribution: AttributionChoice = AttributionChoice()
    journeys: JourneyChoice = JourneyChoice()
    stages: tuple[Stage, ...] = ()
    calendar: Calendar | None = Field(
        None, description="plan by period; without it spend is evenly paced over the horizon"
    )
    channels: dict[Name, Channel] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    experiments: tuple[Experiment, ...] = Field(
        (), description="lift tests and geo hold-outs, which correct the lifecycle model"
    )
    value_per_customer: MoneyField | None = Field(
        None, description="revenue per new customer where neither data nor channel says"
    )
    margin: ShareField | None = Field(
        None, description="gross margin, a share of revenue, for every channel that states none"
    )
    refund_rate: ShareField = Field(
        0.0, description="share of GMV that is refunded, for every channel that states none"
    )
    return_cost: MoneyField = Field(
        0.0, description="currency per refunded order, for every channel that states none"
    )
    retention: tuple[Retention, ...] = Field(
        (), description="offers to customers we already have; they bring revenue, not new customers"
    )
    segments: Segments | None = Field(
        None, description="plan by segment of people; a rule's of: may name a segment"
    )
    lifetime: Lifetime | None = Field(
        None, description="estimate ltv_per_customer from orders, for channels that state none"
    )
    seed: CountField = 0
    _source: SkipJsonSchema[Source | None] = PrivateAttr(None)

    def where(self, *path: str | int, at_key: bool = False) -> str:
        """Where this part of the scenario stands: "scenario.yaml:6:12".

        Parameters
        ----------
        *path
            Keys and positions from the top: "rules", 0, "max_cac".
        at_key
            The last key itself instead of what stands behind it.

        Returns
        -------
        str
            Lines and columns count from 1; "scenario" for one that comes from no file.
        """
        return self._source.where(path, at_key) if self._source else "scenario"

    @property
    def journey(self) -> dict[str, Any]:
        """What is said of journeys, by the fields of `optimizer.journeys.declared.Journey`."""
        said = {name: given for name, given in self.journeys if given is not None}
        if self.attribution.lookback_days is not None:
            said.setdefault("lookback_days", self.attribution.lookback_days)
        identities = said.get("identities")
        if identities is not None:
            said["identities"] = self.place(identities)
        return said

    @property
    def folder(self) -> Path:
        """The folder that paths under `data:` are relative to."""
        return self._source.folder if self._source else Path()

    def place(self, table: str) -> str:
        """Where a table that the scenario names stands: its path, or the database's address.

        Parameters
        ----------
        table
            As written: an address stays, `~` is the user's own folder.
        """
        return table if is_address(table) else str(self.folder / os.path.expanduser(table))
