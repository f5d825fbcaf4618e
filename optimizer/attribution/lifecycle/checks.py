"""What the lifecycle model takes for granted, and tests of it on the data at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.attribution.lifecycle.sequence import SPAN, Array
from optimizer.journeys.stages import EventDays
from optimizer.messages import _

if TYPE_CHECKING:
    from optimizer.attribution.lifecycle.model import Lifecycle

FEW_TOUCHES = 200


@dataclass(frozen=True)
class Placebo:
    """Steps on the day *before* a touch, which it cannot have caused: excess per touch over the days around it, and its
    standard error, by channel. Clearly above 0: the channel follows people who have just moved."""

    excess: Array
    error: Array


def placebo(days: EventDays) -> Placebo:
    """Compare steps the day before a touch with those three to seven days before, for people who had not bought."""
    first = days.first_orders
    step = np.unique(
        np.concatenate(
            [days.sign[0] * SPAN + days.sign[1], days.order[0][first] * SPAN + days.order[1][first]]
        )
    )
    user, day, channel, __, post = days.touch
    key = (user * SPAN + day)[~post]
    owner = channel[~post]
    count = len(days.channels)
    touches = np.bincount(owner, minlength=count).astype(float)

    def before(lag: int) -> Array:
        hits: Array = np.bincount(
            owner, weights=np.isin(key - lag, step) & (day[~post] >= lag), minlength=count
        ).astype(float)
        return hits

    near = before(1)
    far = sum((before(lag) for lag in range(3, 8)), np.zeros(count)) / 5
    safe = np.maximum(touches, 1.0)
    return Placebo((near - far) / safe, np.sqrt(near + far / 5) / safe)


def assumptions(life: Lifecycle) -> list[str]:
    """What the result rests on, in sentences a reader can disagree with."""
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
    kappa, error = life.timing.kappa[1], life.timing.error[1]
    low = [
        f"{c} x{k:.2f}"
        for c, k, e, p in zip(life.channels, kappa, error, life.paid, strict=True)
        if p and k < 0.7
    ]
    if low:
        out.append(
            _(
                "purchases that follow these channels' touches would partly have come anyway, "
                "their effect is cut: {names}",
                names=", ".join(low),
            )
        )
    if life.placebo is not None:
        late = [
            c
            for c, x, e, paid in zip(
                life.channels, life.placebo.excess, life.placebo.error, life.paid, strict=True
            )
            if paid and x > 0.005 and x > 4 * e
        ]
        if late:
            out.append(
                _(
                    "placebo: people often step on the day before these channels touch them, which "
                    "the touch cannot have caused; they follow people who have just moved: {names}",
                    names=", ".join(late),
                )
            )
    touched = life.evidence.found.trials.sum(axis=(0, 2))
    few = [c for c, n in zip(life.channels, touched, strict=True) if n < FEW_TOUCHES]
    if few:
        out.append(
            _(
                "too few touches to tell much, drawn towards the others: {names}",
                names=", ".join(few),
            )
        )
    if life.days < 21:
        out.append(
            _("less than three weeks of data: uplifts could not be held against the calendar")
        )
    return out
