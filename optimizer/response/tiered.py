"""A curve over money whose price changes with how much is bought: rebates by volume, a rising CPM.

What money buys is straight from tier to tier, so the curve bends wherever its base does, the same
way, with a corner where a tier begins: upwards where media get cheaper, downwards where they get
dearer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.response.curve import CORNER, Array, Curve, Region


@dataclass(frozen=True, kw_only=True)
class Tiered(Curve):
    """A response over money at prices by tier.

    Parameters
    ----------
    base
        The response where every unit costs today's price.
    tiers
        (spend from which a price holds, price against today's), the first from 0 on.
    """

    base: Curve
    tiers: tuple[tuple[float, float], ...]

    def check(self) -> None:
        """The tiers begin at 0 and go up, and nothing is free."""
        starts, prices = self._starts, self._prices
        if not len(starts) or starts[0] != 0 or np.any(np.diff(starts) <= 0):
            raise UserError(
                _("price tiers begin at 0 and go up"),
                fix=_("write [[0, 1], [10000, 0.9]]: from this spend on, this price"),
            )
        if not np.all(np.isfinite(prices) & (prices > 0)):
            raise UserError(
                _("a price tier is not a price above 0"),
                fix=_("1 is today's price, 0.9 is 10 % less"),
            )

    @property
    def _starts(self) -> Array:
        return np.array([start for start, _ in self.tiers], dtype=float)

    @property
    def _prices(self) -> Array:
        return np.array([price for _, price in self.tiers], dtype=float)

    def _bought_at_starts(self) -> Array:
        return np.concatenate([[0.0], np.cumsum(np.diff(self._starts) / self._prices[:-1])])

    def _bought(self, paid: Array) -> tuple[Array, Array]:
        """What money buys at today's price, and the price of the next unit."""
        tier = np.searchsorted(self._starts, paid * (1 + CORNER), side="right") - 1
        price = self._prices[tier]
        bought = self._bought_at_starts()[tier] + (paid - self._starts[tier]) / price
        return np.maximum(bought, 0.0), price

    def _paid(self, bought: float) -> float:
        """The inverse of `_bought`."""
        begun = self._bought_at_starts()
        tier = int(np.searchsorted(begun, bought, side="right")) - 1
        return float(self._starts[tier] + (bought - begun[tier]) * self._prices[tier])

    def shape(self, x: Array) -> Array:
        """The response to what the money buys."""
        return self.base(self._bought(np.asarray(x, dtype=float))[0])

    def shape_slope(self, x: Array) -> Array:
        """The base's slope there, by the price of the next unit."""
        bought, price = self._bought(np.asarray(x, dtype=float))
        return np.asarray(self.base.slope(bought) / price)

    def shape_bend(self) -> float:
        """Where the base bends, in what is paid."""
        return self._paid(self.base.natural_spend)

    def shape_regions(self) -> tuple[Region, ...]:
        """A region for each of the base's and each tier."""
        own = self.base.regions()
        starts = sorted({*map(float, self._starts), *(self._paid(part.start) for part in own)})
        bought, _ = self._bought(np.array(starts))
        at = np.searchsorted([part.start for part in own], bought * (1 + CORNER), side="right") - 1
        return tuple(Region(start, own[int(k)].bend) for start, k in zip(starts, at, strict=True))

    @property
    def inflection(self) -> float | None:
        """Spend up to which the base bends up, or from which media get no cheaper."""
        cheaper = self._starts[1:][np.diff(self._prices) < 0]
        turns = [float(start) for start in cheaper]
        if self.base.inflection is not None:
            turns.append(self._paid(self.base.inflection))
        return max(turns) * self.spend_scale if turns else None


def tiered(base: Curve, tiers: Sequence[tuple[float, float]]) -> Curve:
    """A curve over money at today's price, as one over money at prices by tier.

    Parameters
    ----------
    base
        The response where every unit costs today's price.
    tiers
        (spend from which a price holds, price against today's); none: the base itself.

    Examples
    --------
    >>> from optimizer.response.shapes.straight import linear
    >>> curve = tiered(linear(rate=0.1), [(0, 1.0), (1000, 0.5)])
    >>> float(curve(1000)), float(curve(2000))
    (100.0, 300.0)
    """
    if not tiers:
        return base
    given = tuple((float(start), float(price)) for start, price in tiers)
    return Tiered(base=base, tiers=given, evidence=base.evidence)
