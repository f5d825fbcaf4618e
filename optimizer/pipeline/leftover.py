"""What a plan leaves behind: people it has made aware, interested or about to decide, and what they
would still bring without any further paid touch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optimizer.allocation.expression import Array
from optimizer.messages import Message, _, listed
from optimizer.pipeline.chain_outcome import ChainOutcome

LEAST = 0.5  # people or customers below which nothing is said


def leftover_note(model: ChainOutcome, spend: Array, days: float) -> Iterator[Message]:
    """A remark on who stands in the stages after the plan because of it.

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
    left = paced.left_behind(touches)
    names = paced.life.stages[: paced.life.chain.levels]
    people = [
        _("{people} more in {stage}", people=f"{more:,.0f}", stage=name)
        for name, more in zip(names, left, strict=False)
        if more >= LEAST
    ]
    later = replace(paced, tail=paced.tail + round(days)).brought(touches).total[0]
    still = float(later - model.brought(spend).total[0])
    if not people or still < LEAST:
        return
    yield _(
        "what the plan leaves behind: {people}; without any further paid touch these would still "
        "bring {customers} new customers in the {days} days after it",
        people=listed(people),
        customers=f"{still:,.0f}",
        days=f"{days:,.0f}",
    )
