"""Retention lines: an offer to an RFM group as a line of the plan, beside acquisition and from the
same budget.

Contacting one customer costs `cost`; a share `response` of those contacted buys because of it (what
they would have bought anyway is not counted: measure it against a group that is not contacted). So
spend buys orders in proportion until everybody has been contacted; a further round, if any, answers
less. The buyers are customers already: the line brings revenue, and none of its customers are new.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from optimizer.customers.rfm import GROUPS, Rfm
from optimizer.errors import Problem, Problems
from optimizer.messages import Text, _
from optimizer.registry import did_you_mean


@dataclass(frozen=True)
class Offer:
    """What a contact costs and brings.

    Parameters
    ----------
    group
        An RFM group.
    cost
        Currency per contact.
    response
        Extra buyers / contacted, per round, falling.
    value
        Currency per extra order, None: the group's own average order.
    reach
        Share of the group that can be contacted.
    """

    group: str
    cost: float
    response: tuple[float, ...]
    value: float | None = None
    reach: float = 1.0


@dataclass(frozen=True)
class RetentionLine:
    """An offer as a line of the plan.

    Parameters
    ----------
    name, group
        What it is called, and whom it goes to.
    size
        Customers of the group.
    cost
        Currency per contact.
    value_per_order
        Currency.
    pieces
        (width in currency, orders per unit of currency), falling slopes; orders are extra orders,
        not new customers.
    """

    name: str
    group: str
    size: int
    cost: float
    value_per_order: float
    pieces: tuple[tuple[float, float], ...]

    @property
    def most(self) -> float:
        """Spend that contacts everybody in every round."""
        return sum(width for width, __ in self.pieces)

    @property
    def most_orders(self) -> float:
        """Extra orders for that."""
        return sum(width * slope for width, slope in self.pieces)

    def orders(self, spend: float) -> float:
        """Extra orders for a spend: linear until everybody was contacted, flat beyond.

        Parameters
        ----------
        spend
            Currency over the plan.

        Returns
        -------
        float
            Orders over the plan, at most `most_orders`; they count as no new customers.
        """
        left, total = max(0.0, spend), 0.0
        for width, slope in self.pieces:
            total += min(left, width) * slope
            left = max(0.0, left - width)
        return total

    def channel(self) -> dict[str, Any]:
        """The line as an entry under a scenario's `channels:`."""
        return {
            "max": self.most,
            "curve": {"pieces": [[width, slope] for width, slope in self.pieces]},
            "value_per_customer": self.value_per_order,
            "retention": True,
            "tags": ["retention"],
        }


def retention_lines(
    groups: Rfm, offers: Iterable[Offer | Mapping[str, Any]]
) -> tuple[RetentionLine, ...]:
    """The lines of a plan for offers to RFM groups.

    Parameters
    ----------
    groups
        Customers in groups.
    offers
        Offers, or mappings with group, cost, response[, value, reach].

    Raises
    ------
    Problems
        Every problem with the offers, at once.
    """
    rows: dict[str, dict[str, Any]] = {
        str(row["group"]): {str(k): v for k, v in row.items()}
        for row in groups.groups.to_dict("records")
    }
    lines: list[RetentionLine] = []
    problems: list[Problem] = []
    for raw in offers:
        offer = raw if isinstance(raw, Offer) else _offer(raw, problems)
        if offer is None:
            continue
        wrong = _check(offer, {line.group for line in lines})
        value = offer.value
        if not wrong and value is None:
            own = rows[offer.group]["aov"]
            value = None if own is None or math.isnan(own) else float(own)
            if value is None:
                wrong.append(
                    Problem(
                        _(
                            "group '{group}' has no orders, so its average order is unknown",
                            group=offer.group,
                        ),
                        "retention",
                        _("state the value of an order"),
                    )
                )
        if wrong or value is None:
            problems += wrong
            continue
        size = int(rows[offer.group]["customers"])
        contacts = size * offer.reach
        # somebody who has answered is not contacted again
        pieces, left = [], contacts
        for response in offer.response:
            if left * offer.cost > 0:
                pieces.append((left * offer.cost, response / offer.cost))
            left -= left * response
        lines.append(
            RetentionLine(
                f"retention/{offer.group}", offer.group, size, offer.cost, value, tuple(pieces)
            )
        )
    if problems:
        raise Problems(problems)
    return tuple(lines)


def _offer(raw: Mapping[str, Any], problems: list[Problem]) -> Offer | None:
    known = ("group", "cost", "response", "value", "reach")
    unknown = [k for k in raw if k not in known]
    problems += [
        Problem(_("unknown key '{k}' in an offer", k=k), "retention", did_you_mean(str(k), known))
        for k in unknown
    ]
    missing = [k for k in ("group", "cost", "response") if k not in raw]
    problems += [
        Problem(
            _("an offer lacks '{k}'", k=k),
            "retention",
            _("write group, cost (per contact), response (share who buy because of it)"),
        )
        for k in missing
    ]
    if unknown or missing:
        return None
    try:
        response = raw["response"]
        rounds = (
            tuple(float(r) for r in response)
            if isinstance(response, list | tuple)
            else (float(response),)
        )
        value = raw.get("value")
        return Offer(
            str(raw["group"]),
            float(raw["cost"]),
            rounds,
            None if value is None else float(value),
            float(raw.get("reach", 1.0)),
        )
    except (TypeError, ValueError):
        problems.append(
            Problem(
                _("an offer's cost, response, value and reach are numbers"),
                "retention",
                _("write cost: 2.5, response: 0.04"),
            )
        )
        return None


def _check(offer: Offer, taken: set[str]) -> list[Problem]:
    """What is wrong with an offer. taken: groups that have one already."""
    group = offer.group
    wrong: list[tuple[Text, Text]] = []
    if group not in GROUPS:
        wrong.append((_("unknown group '{group}'", group=group), did_you_mean(group, GROUPS)))
    if group in taken:
        wrong.append(
            (
                _("two offers to group '{group}'", group=group),
                _("one offer per group; further rounds go into response"),
            )
        )
    if not offer.cost > 0:
        wrong.append(
            (
                _(
                    "the cost per contact of '{group}' is {cost}",
                    group=group,
                    cost=f"{offer.cost:g}",
                ),
                _("a cost above 0 (a free contact needs no budget)"),
            )
        )
    wrong += _check_response(offer)
    if not 0 < offer.reach <= 1:
        wrong.append(
            (
                _("the reach of '{group}' is {reach}", group=group, reach=f"{offer.reach:g}"),
                _("the share of the group that can be contacted, above 0, at most 1"),
            )
        )
    if offer.value is not None and not offer.value > 0:
        value = f"{offer.value:g}"
        wrong.append(
            (
                _("the value of an order of '{group}' is {value}", group=group, value=value),
                _("currency per order, above 0"),
            )
        )
    return [Problem(what, "retention", fix) for what, fix in wrong]


def _check_response(offer: Offer) -> list[tuple[Text, Text]]:
    if not offer.response or any(not 0 < share <= 1 for share in offer.response):
        return [
            (
                _("the response of '{group}' is no share", group=offer.group),
                _("shares above 0, at most 1: 0.04 is 4 %"),
            )
        ]
    if any(later > earlier for earlier, later in pairwise(offer.response)):
        what = _("a later round of '{group}' answers better than an earlier one", group=offer.group)
        return [(what, _("list falling responses"))]
    return []
