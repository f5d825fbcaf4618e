"""What is true of a simulated company: what each channel caused, what any plan would bring, and the
best plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.simulate.company import Array, Company
from optimizer.simulate.knobs import Knobs
from optimizer.simulate.world import World


@dataclass(frozen=True)
class Terms:
    """The planning question that goes with the data.

    Parameters
    ----------
    budget
        Currency per plan.
    horizon
        Weeks.
    lower, upper
        (C,) bounds of each channel's spend, currency per plan.
    """

    budget: float
    horizon: int
    lower: Array
    upper: Array


@dataclass(frozen=True)
class Truth:
    """A company's truth. Expectations are exact given the expected populations (see `world`).

    Parameters
    ----------
    world, company, knobs
        What is going on, whom it happens to, and how it was set up.
    terms
        The planning question.
    seasons
        Factor on organic demand per day, history then horizon.
    order_value
        Currency per order.
    users
        (G, S) expected users by class and hidden state at the end of the history.
    history_total, history_organic
        Expected new customers and order value (currency) over the history: in all, and without paid
        touches.
    caused_customers, caused_revenue
        What each channel caused of them (Aumann-Shapley; they add up to total - organic).
    best
        Channel -> currency over the horizon, evenly paced.
    """

    world: World
    company: Company
    knobs: Knobs
    terms: Terms
    seasons: Array
    order_value: float
    users: Array
    history_total: tuple[float, float]
    history_organic: tuple[float, float]
    caused_customers: Array
    caused_revenue: Array
    best: dict[str, float]

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the paid channels."""
        return self.company.channels

    def outcome(self, spend: Mapping[str, float | Sequence[float]]) -> tuple[float, float]:
        """Expected new customers and revenue (currency) over the horizon of a plan.

        Parameters
        ----------
        spend
            Channel -> currency over the horizon (evenly paced), or one amount per week; absent
            channels get 0.
        """
        weekly = np.zeros((1, self.terms.horizon, len(self.channels)))
        for channel, amount in spend.items():
            if channel in self.channels:
                per = np.asarray(amount, dtype=float)
                weekly[0, :, self.channels.index(channel)] = (
                    per if per.ndim else per / self.terms.horizon
                )
        new, orders = self._future(weekly)
        return float(new[0]), float(orders[0]) * self.order_value

    def customers(self, spend: Mapping[str, float | Sequence[float]]) -> float:
        """Expected new customers over the horizon.

        Parameters
        ----------
        spend
            As `outcome` takes it.

        Returns
        -------
        float
            Without paid touches some come too: `customers({})`.
        """
        return self.outcome(spend)[0]

    def captured(self, spend: Mapping[str, float | Sequence[float]]) -> float:
        """Share of the best achievable extra customers (above spending nothing) that this plan
        brings.

        Parameters
        ----------
        spend
            As `outcome` takes it.

        Returns
        -------
        float
            1 is the best plan, 0 as good as spending nothing; a plan that breaks the terms may pass
            1.
        """
        nothing = self.customers({})
        return (self.customers(spend) - nothing) / (self.customers(self.best) - nothing)

    def keep_split(self) -> dict[str, float]:
        """The budget in the proportions of the last weeks' spend, within the bounds."""
        recent = self.company.spend[-self.terms.horizon :].sum(axis=0)
        return dict(zip(self.channels, map(float, within(recent, self.terms)), strict=True))

    def _future(self, weekly: Array) -> tuple[Array, Array]:
        days = np.repeat(self.company.touches(weekly) / 7, 7, axis=1)
        new, orders, _ = self.world.run(self.users, days, self.seasons[-7 * self.terms.horizon :])
        return new, orders

    def as_dict(self) -> dict[str, Any]:
        """truth.json: numbers rounded to 8 significant digits so that the last bits of a sum never
        show.
        """
        channels = []
        for i, name in enumerate(self.channels):
            channels.append(
                {
                    "channel": name,
                    "role": self.company.role[i],
                    "caused_customers": self.caused_customers[i],
                    "caused_revenue": self.caused_revenue[i],
                    "history_spend": self.company.spend[:, i].sum(),
                    "best_spend": self.best[name],
                    "volume": {
                        "ceiling": self.company.ceiling[i],
                        "scale": self.company.scale[i],
                        "shape": ("saturating", "exponential", "logarithmic")[
                            int(self.company.bend[i])
                        ],
                    },
                }
            )
        plans = {}
        named: dict[str, dict[str, float]] = {
            "nothing": {},
            "keep_split": self.keep_split(),
            "best": self.best,
        }
        for label, plan in named.items():
            new, revenue = self.outcome(dict(plan))
            plans[label] = {"spend": dict(plan), "customers": new, "revenue": revenue}
        out: dict[str, Any] = _rounded(
            {
                "world": type(self.world).__name__,
                "knobs": vars(self.knobs),
                "budget": self.terms.budget,
                "horizon": self.terms.horizon,
                "history": {
                    "customers": self.history_total[0],
                    "revenue": self.history_total[1],
                    "organic_customers": self.history_organic[0],
                    "organic_revenue": self.history_organic[1],
                },
                "order_value": self.order_value,
                "channels": channels,
                "plans": plans,
                "hidden": self.world.hidden(),
            }
        )
        return out


def within(weights: Array, terms: Terms) -> Array:
    """Spread the budget in proportion to weights, clipped to the bounds, the rest shared out again.

    Parameters
    ----------
    weights
        (C,), 0 or more; all 0: alike.
    terms
        Budget and bounds.

    Returns
    -------
    Array
        (C,) currency over the horizon.
    """
    total = float(weights.sum())
    if total <= 0:
        weights = np.ones_like(weights)
    low, high = 0.0, 1e12
    for _ in range(200):  # the scale at which clipped amounts add up to the budget
        mid = np.sqrt(max(low, 1e-12) * high) if low > 0 else high / 2
        if np.clip(mid * weights, terms.lower, terms.upper).sum() > terms.budget:
            high = mid
        else:
            low = mid
    out: Array = np.clip(low * weights, terms.lower, terms.upper)
    return out


def history(
    world: World, company: Company, seasons: Array
) -> tuple[Array, tuple[float, float], tuple[float, float], Array, Array]:
    """What the history brought, and who caused it.

    Aumann-Shapley: all touch volumes scaled by s in [0, 1]; caused[c] = integral of d total / d log
    volume of c. Eight Gauss-Legendre points and central differences; the sum is brought to total -
    organic exactly.

    Parameters
    ----------
    world, company
        What is going on, and whom it happens to.
    seasons
        Factor on organic demand per day.

    Returns
    -------
    tuple
        (G, S) expected users at the end, (customers, orders) in all and organic, and those caused
        by each channel, (C,) each.
    """
    weekly = company.touches(company.spend) * company.noise
    days = np.repeat(weekly / 7, 7, axis=0)  # days, C
    start, count, used = world.start(), len(company.channels), seasons[: len(days)]
    new, orders, end = world.run(start, np.stack([days, np.zeros_like(days)]), used)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    caused = np.zeros((2, count))
    step = 0.02
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        runs = np.broadcast_to(days * node, (2 * count, *days.shape)).copy()
        for c in range(count):
            runs[2 * c, :, c] *= 1 + step
            runs[2 * c + 1, :, c] *= 1 - step
        result = np.stack(world.run(start, runs, used)[:2])
        caused += weight * (result[:, ::2] - result[:, 1::2]) / (2 * step * node)
    total, organic = np.array([new[0], orders[0]]), np.array([new[1], orders[1]])
    caused *= ((total - organic) / np.where(caused.sum(axis=1) != 0, caused.sum(axis=1), 1.0))[
        :, None
    ]
    return (
        end[0],
        (float(new[0]), float(orders[0])),
        (float(new[1]), float(orders[1])),
        caused[0],
        caused[1],
    )


def best_plan(truth: Truth) -> dict[str, float]:
    """The evenly paced plan with the most expected new customers under the budget and bounds.

    Sequential quadratic programming on shares of the budget from three starts; the best result is
    kept. Spending less than the budget never helps here, touches do no harm.

    Parameters
    ----------
    truth
        A company's; its `best` is not looked at.

    Returns
    -------
    dict[str, float]
        Channel -> currency over the horizon, evenly paced.
    """
    from scipy.optimize import minimize

    terms, count = truth.terms, len(truth.channels)
    budget = terms.budget
    low, high = terms.lower / budget, np.minimum(terms.upper / budget, 1.0)
    full = min(1.0, float(high.sum()))

    def many(shares: Array) -> Array:
        weekly = np.repeat(shares[:, None, :] * budget / terms.horizon, terms.horizon, axis=1)
        return truth._future(weekly)[0]

    scale = max(float(many(np.full((1, count), full / count))[0]), 1e-9)

    def value_and_slope(shares: Array) -> tuple[float, Array]:
        h = 1e-4
        points = np.tile(np.maximum(shares, 0.0), (count + 1, 1))
        points[1:] += np.eye(count) * h
        out = many(points) / scale
        return -float(out[0]), -(out[1:] - out[0]) / h

    starts = [
        within(np.ones(count), terms) / budget,
        within(truth.company.spend.mean(axis=0), terms) / budget,
    ]
    _, slope = value_and_slope(starts[0])
    starts.append(within(np.maximum(-slope, 1e-6) ** 2, terms) / budget)
    best, best_value = starts[0], np.inf
    for start in starts:
        found = minimize(
            value_and_slope,
            start,
            jac=True,
            method="SLSQP",
            bounds=list(zip(low, high, strict=True)),
            constraints=[
                {"type": "eq", "fun": lambda x: x.sum() - full, "jac": lambda x: np.ones_like(x)}
            ],
            options={"maxiter": 60, "ftol": 1e-8},
        )
        shares = within(np.clip(found.x, low, high), Terms(full, terms.horizon, low, high))
        value = value_and_slope(shares)[0]
        if value < best_value - 1e-9:
            best, best_value = shares, value
    return dict(zip(truth.channels, (float(round(x, 2)) for x in best * budget), strict=True))


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    if isinstance(value, float | np.floating):
        return float(f"{float(value):.8g}")
    return value
