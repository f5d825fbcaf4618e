"""What a plan leaves behind: people it has made aware, interested or about to decide, and what they
still bring without any further paid touch, counted as the plan's or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from optimizer.allocation.expression import Array
from optimizer.messages import Message, _, listed
from optimizer.pipeline.chain_outcome import ChainOutcome

LEAST = 0.5  # people or customers below which nothing is said


@dataclass(frozen=True)
class Leftover:
    """What stands in the stages because of a plan, and what comes of it.

    Parameters
    ----------
    people
        Stage -> people more than without the plan, at the end of what is counted.
    days
        Length of the stretch after that which is looked at.
    customers
        New customers that these people still bring in it without any further paid touch; not
        counted in the plan.
    tail_days
        Days after the plan that are counted (0: no tail is stated).
    tail_customers
        Those of the plan's new customers that come in them.
    """

    people: Mapping[str, float]
    days: int
    customers: float
    tail_days: int = 0
    tail_customers: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """As plan.json holds it."""
        return {
            "people": dict(self.people),
            "days_after": self.days,
            "customers_not_counted": self.customers,
            "tail_days": self.tail_days,
            "customers_in_tail": self.tail_customers,
        }

    def notes(self, horizon: int) -> Iterator[Message]:
        """What is counted of it, and what is left out; `horizon`: the plan's periods."""
        people = listed(
            _("{people} more in {stage}", people=f"{more:,.0f}", stage=name)
            for name, more in self.people.items()
            if more >= LEAST
        )
        customers, days = f"{self.customers:,.0f}", f"{self.days:,.0f}"
        some = any(more >= LEAST for more in self.people.values())
        if self.tail_customers >= LEAST:
            yield _(
                "{customers} of the plan's new customers come in the {days} days after it that its "
                "tail counts, without any further paid touch",
                customers=f"{self.tail_customers:,.0f}",
                days=f"{self.tail_days:,.0f}",
            )
        if not some or self.customers < LEAST:
            return
        if self.tail_days:
            yield _(
                "what is left behind after the tail: {people}; in {days} further days these would "
                "bring {customers} new customers more, which the plan does not count",
                people=people,
                days=days,
                customers=customers,
            )
        else:
            yield _(
                "what the plan leaves behind: {people}; without any further paid touch these would "
                "still bring {customers} new customers in the {days} days after it. The plan does "
                "not count them: calendar: {{tail: {horizon}}} does, and then gives more to what "
                "works late",
                people=people,
                customers=customers,
                days=days,
                horizon=horizon,
            )


def leftover(model: ChainOutcome, spend: Array, days: float) -> Leftover:
    """What a plan leaves behind.

    Parameters
    ----------
    model
        The chain over the plan's days.
    spend
        The plan, currency per decision.
    days
        Of the plan, and of the stretch after it that is looked at.
    """
    paced, touches = model.paced, model.touched(spend)
    names = paced.life.stages[: paced.life.chain.levels]

    def brought(tail: int) -> float:
        return replace(paced, tail=tail).won(touches)

    counted = paced.won(touches)
    ahead = int(paced.edges[-1]) + paced.tail - round(days)
    return Leftover(
        dict(zip(names, map(float, paced.left_behind(touches)), strict=False)),
        round(days),
        brought(paced.tail + round(days)) - counted,
        ahead,
        counted - brought(0) if paced.tail else 0.0,
    )
