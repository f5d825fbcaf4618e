"""What the lifecycle model takes for granted, and what tests of it on the data at hand say."""

from __future__ import annotations

from optimizer.attribution.lifecycle.model import Lifecycle
from optimizer.messages import Message, _, listed

FEW_TOUCHES = 200
SHORT_DAYS = 21  # days of data below which there is no calendar to hold uplifts against
CUT = 0.7  # incrementality below which a channel is named


def assumptions(life: Lifecycle) -> list[Message]:
    """What the result rests on, in sentences a reader can disagree with.

    Parameters
    ----------
    life
        A fitted lifecycle.
    """
    out = [
        _(
            "a touch works on the day it comes or the next; what lasts longer shows as a "
            "higher stage"
        ),
        _(
            "people are counted from their first event to the end of the data; people "
            "never seen are in no number"
        ),
        _(
            "within a stage, who is touched does not depend on who would act anyway, "
            "beyond what the calendar check takes off"
        ),
    ]
    if low := _harvesting(life):
        out.append(
            _(
                "purchases that follow these channels' touches would partly have come anyway, "
                "their effect is cut: {names}",
                names=listed(low),
            )
        )
    if late := _following(life):
        out.append(
            _(
                "placebo: people often step on the day before these channels touch them, which "
                "the touch cannot have caused; they follow people who have just moved: {names}",
                names=listed(late),
            )
        )
    touched = life.evidence.counts.trials.sum(axis=(0, 2))
    few = [c for c, n in zip(life.channels, touched, strict=True) if n < FEW_TOUCHES]
    if few:
        out.append(
            _("too few touches to tell much, drawn towards the others: {names}", names=listed(few))
        )
    if life.days < SHORT_DAYS:
        out.append(
            _("less than three weeks of data: uplifts could not be held against the calendar")
        )
    return out


def doubted(life: Lifecycle) -> frozenset[str]:
    """Paid channels whose credit is cut by the calendar or whose placebo fails: what the plan does
    with them rests on a correction.
    """
    cut = zip(life.channels, life.incrementality.factor[1], life.paid, strict=True)
    return frozenset(name for name, left, paid in cut if paid and left < CUT) | set(
        _following(life)
    )


def _harvesting(life: Lifecycle) -> list[Message]:
    """Paid channels whose effect on buying the calendar cuts, with what is left of it."""
    factor = life.incrementality.factor[1]
    return [
        _("{name} x{factor}", name=name, factor=f"{left:.2f}")
        for name, left, paid in zip(life.channels, factor, life.paid, strict=True)
        if paid and left < CUT
    ]


def _following(life: Lifecycle) -> list[str]:
    """Paid channels whose placebo is clearly above 0."""
    if life.placebo is None:
        return []
    return [
        name
        for name, excess, error, paid in zip(
            life.channels, life.placebo.excess, life.placebo.error, life.paid, strict=True
        )
        if paid and excess > 0.005 and excess > 4 * error
    ]
