"""The lifecycle chain run forward under a plan: from today's people, over the plan's days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.chain import Chain
from optimizer.attribution.lifecycle.model import Lifecycle
from optimizer.response.curve import Curve

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Expected:
    """What touches bring over the plan, per run (n,).

    Parameters
    ----------
    customers, orders
        First purchases, and all orders.
    revenue
        Currency.
    """

    customers: Array
    orders: Array
    revenue: Array


@dataclass(frozen=True)
class Population:
    """Today's people, ready to be run forward.

    Touches of paid channels come from the plan; channels nobody pays for go on as lately. People
    never seen before enter with the share of touches that found such people lately, and on their
    own as lately.

    Parameters
    ----------
    life
        The fitted lifecycle: people, newcomers, values.
    chain
        The chain to run, one replicate or several.
    """

    life: Lifecycle
    chain: Chain

    def run(self, touches: Array) -> Expected:
        """Run the people forward.

        Parameters
        ----------
        touches
            (n, days, C) touches a day of the lifecycle's channels; unpaid ones are set to their
            recent level here.
        """
        life = self.life
        full = np.where(life.paid, touches, life.recent)
        entering = life.arrivals + full @ life.newcomers
        new, orders, _ = self.chain.run(life.users[None], full, entering)
        customers, all_orders = new.sum(axis=1), orders.sum(axis=1)
        revenue = customers * life.values[0] + (all_orders - customers) * life.values[1]
        return Expected(customers, all_orders, revenue)


def volumes(
    life: Lifecycle, spend: Mapping[str, Array], curves: Mapping[str, Curve], days_per_period: float
) -> Array:
    """Touches a day that a spend buys.

    Parameters
    ----------
    life
        Says which channels there are, and in which order.
    spend
        Channel -> (n, periods) currency per period; channels the lifecycle does not know are
        passed over.
    curves
        Channel -> touches per period as a function of spend per period.
    days_per_period
        Days; a period may end within a day, which then belongs to the nearer one.

    Returns
    -------
    (n, days, C).
    """
    sample = next(iter(spend.values()))
    n, periods = sample.shape
    edges = np.round(np.arange(periods + 1) * days_per_period).astype(int)
    out = np.zeros((n, int(edges[-1]), len(life.channels)))
    for channel, amount in spend.items():
        if channel not in life.channels:
            continue
        c = life.channels.index(channel)
        bought = curves[channel](np.maximum(amount, 0.0))
        for p in range(periods):
            out[:, edges[p] : edges[p + 1], c] = (bought[:, p] / max(edges[p + 1] - edges[p], 1))[
                :, None
            ]
    return out
