"""What a channel truly costs and earns: refunds, returns, rebates and commission, each once.

A rebate is taken off where a bill is read: spend tables, `current`, stated curves, fees. Refunds and
returns are taken off what a customer is worth. A commission is paid with the money that buys the
customers, so a decision's amount is all that is paid: budget, cash, CAC, ROI and profit then see one
number. The formulas stand in `optimizer.units`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from optimizer import units
from optimizer.allocation.problem import Decision
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.response.all_in import AllIn, all_in
from optimizer.response.channel import Response
from optimizer.response.curve import Curve, Evidence, stated
from optimizer.scenario import Channel, Scenario
from optimizer.scenario.schema import CurveChoice


@dataclass(frozen=True)
class Terms:
    """What one customer of a channel comes to.

    Parameters
    ----------
    value
        Revenue that is kept, currency (None: what a customer is worth is not known).
    margin
        Share of it that is earned before marketing spend, the cost of returns taken off.
    commission
        Currency paid for it beside what is billed.
    """

    value: float | None
    margin: float
    commission: float = 0.0

    @property
    def contribution(self) -> float | None:
        """Earned before marketing spend, currency (None: not known)."""
        return None if self.value is None else self.value * self.margin


def terms(scenario: Scenario, name: str, entry: Channel, value: float | None) -> Terms:
    """What one customer of a channel comes to.

    Parameters
    ----------
    scenario
        Speaks for channels that state nothing of their own.
    name, entry
        The channel.
    value
        Order value per customer before refunds, currency (None: not known).

    Raises
    ------
    UserError
        Where a commission is a share of what nobody states, or returns cost more than is earned.
    """
    own, refunded, cost = entry.margin, entry.refund_rate, entry.return_cost
    margin = scenario.margin if own is None else own
    margin = 1.0 if margin is None else margin
    refunded = scenario.refund_rate if refunded is None else refunded
    cost = scenario.return_cost if cost is None else cost
    if value is None:
        if entry.commission:
            raise UserError(
                _("the commission of {name} is a share of a value that is not known", name=name),
                scenario.where("channels", name, "commission"),
                _("add value_per_customer to the channel or to the scenario"),
            )
        return Terms(None, margin)
    kept = units.kept_value(value, refunded)
    earned = units.contribution(value, margin, refunded, cost)
    if earned < 0:
        raise UserError(
            _("returns of {name} cost more than its customers earn", name=name),
            scenario.where("channels", name),
            _("look at margin, refund_rate and return_cost; they are per customer"),
        )
    commission = units.commission_per_customer(value, refunded, entry.commission)
    return Terms(kept, units.ratio(earned, kept) or 0.0, commission)


def stated_curve(entry: Channel, choice: CurveChoice) -> Curve:
    """A stated curve over what is paid after the channel's rebate."""
    curve = stated(choice.shape, choice.parameters)
    return curve.rescale_price(1.0 - entry.rebate) if entry.rebate else curve


def stated_current(entry: Channel) -> float | None:
    """Today's spend as stated, after the channel's rebate, currency (None: not stated)."""
    return None if entry.current is None else units.after_rebate(entry.current, entry.rebate)


def with_commission(decision: Decision, per_customer: float) -> Decision:
    """A decision whose amount is all that is paid, commission in it.

    Parameters
    ----------
    decision
        One whose amount is what is billed, or posts.
    per_customer
        Commission, currency per customer.

    Raises
    ------
    UserError
        Where the commission cannot be told by the amount of its own period.
    """
    curve = decision.curves.get("customers")
    if not per_customer or curve is None:
        return decision
    if decision.carry:
        raise UserError(
            _("{name} has both a commission and carry_over", name=decision.channel),
            fix=_("state one of them: a commission is paid when its own customers buy"),
        )
    current = decision.current
    if current is not None:
        current += per_customer * float(curve(current / decision.price))
    if decision.posts:
        rate = _per_post(decision, curve)
        price = decision.price + per_customer * rate
        due = tuple((p, share * decision.price / price) for p, share in decision.payments)
        if due:  # a deposit is of the fee; commission is due with the sales
            first, part = due[0]
            due = ((first, part + per_customer * rate / price), *due[1:])
        return replace(
            decision, price=price, current=current, payments=due, commission=per_customer
        )
    if decision.payments:
        raise UserError(
            _("{name} has both a commission and a deposit", name=decision.channel),
            fix=_("state it as bookings: a deposit is then of the fee only"),
        )
    made = all_in(curve, decision.price, per_customer)
    curves = {name: _along(other, curve, made) for name, other in decision.curves.items()}
    return replace(
        decision,
        curves={name: other for name, other in curves.items() if other is not None},
        price=1.0,
        current=current,
        commission=per_customer,
    )


def _per_post(decision: Decision, curve: Curve) -> float:
    """Customers of a post, where each brings as many."""
    if any(part.bend for part in curve.regions()) or len(curve.regions()) > 1:
        raise UserError(
            _("{name}: with a commission every post must bring as many", name=decision.channel),
            fix=_("state customers as one number, or split it into several channels"),
        )
    return float(curve(1.0))


def _along(other: Curve, customers: Curve, made: AllIn) -> Curve | None:
    """Another response over all that is paid: known where it goes with the customers."""
    if other is customers:
        return made

    def bare(curve: Curve) -> Curve:
        return replace(curve, response_scale=1.0, evidence=Evidence())

    if not customers.response_scale or bare(other) != bare(customers):
        return None
    return replace(made, response_scale=other.response_scale / customers.response_scale)


def paid_responses(scenario: Scenario, responses: Mapping[str, Response]) -> dict[str, Response]:
    """The responses over all that is paid, as the plan counts money.

    Parameters
    ----------
    scenario
        States the commissions.
    responses
        Line of the plan -> response over what is billed.
    """
    out = dict(responses)
    for name, response in responses.items():
        entry = scenario.channels.get(response.whole or name, Channel())
        if not entry.commission or entry.bookings is not None:
            continue
        values = (entry.value_per_customer, response.value_per_customer)
        value = next((v for v in values if v is not None), scenario.value_per_customer)
        each = terms(scenario, response.whole or name, entry, value).commission
        made = all_in(response.curve, 1.0, each)
        now = response.current
        touches = response.touches and _along(response.touches, response.curve, made)
        out[name] = replace(
            response,
            curve=made,
            touches=touches,
            current=None if now is None else now + each * float(response.curve(now)),
            models={
                model: along
                for model, curve in response.models.items()
                if (along := _along(curve, response.curve, made)) is not None
            },
        )
    return out
