"""What one channel does with money, as the allocator sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.plotting import Plots
from optimizer.response.curve import Curve


@dataclass(frozen=True, kw_only=True)
class Response(Plots):
    """One channel's response to spend over the whole plan.

    Parameters
    ----------
    channel
        Its name.
    curve
        Spend over the plan (currency) -> new customers that this spend causes.
    value_per_customer
        Revenue per new customer, currency (None: unknown, the scenario must say).
    touches
        Spend over the plan -> touches or exposures (None: unknown).
    current
        Today's spend over the same stretch of time (None: unknown).
    last_touch
        Customers that last-touch credit gives the channel over the same stretch (None: unknown);
        only for the baseline "in proportion to last touch".
    models
        The customer curve by other attribution models, for robust plans and stability.
    draws
        Factors on the customer curve, one per bootstrap draw (empty: no draws).
    whole, segment
        The channel and the segment of people this decision is a part of ("": the channel itself).
    """

    channel: str
    curve: Curve
    value_per_customer: float | None = None
    touches: Curve | None = None
    current: float | None = None
    last_touch: float | None = None
    models: Mapping[str, Curve] = field(default_factory=dict)
    draws: tuple[float, ...] = ()
    whole: str = ""
    segment: str = ""
