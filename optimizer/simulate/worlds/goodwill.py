"""A world with no stages at all: touches leave goodwill that fades, and two kinds of it work
together.
"""

from __future__ import annotations

import numpy as np

from optimizer.simulate.company import Array, Company
from optimizer.simulate.knobs import Knobs
from optimizer.simulate.world import WORLDS, Happened, Index, World

CAP = 5  # units of one kind a person can hold


@WORLDS.register
class goodwill(World):
    """No stages: touches leave fading goodwill of two kinds; buying needs either, and both together
    sell more.

    State: (a, b, bought) with a, b in 0..CAP units of goodwill. A touch of channel c adds a unit of
    the first kind with chance add[c, 0] and of the second with chance add[c, 1]; every unit is lost
    with chance `lost` a day. The daily chance to buy is 1 - exp(-hazard), hazard = base + slope .
    (a, b) + both * a * b, times `again` after the first purchase. Views and carts are only signs of
    goodwill: they change nothing.
    """

    milestones = ("product_view", "add_to_cart", "purchase")

    def __init__(self, company: Company, knobs: Knobs, rng: np.random.Generator) -> None:
        from scipy.stats import binom

        super().__init__(company, knobs, rng)
        count = len(company.channels)
        first = rng.random(count) < 0.5
        first[: min(count, 2)] = [True, False][: min(count, 2)]
        main, side = rng.uniform(0.10, 0.45, count), rng.uniform(0.0, 0.04, count)
        self.add = np.stack([np.where(first, main, side), np.where(first, side, main)], axis=1)
        for c, role in enumerate(company.role):
            if role != "work":
                self.add[c] = 0.0
        self.lost = float(rng.uniform(0.05, 0.10))
        self.slope = rng.uniform(0.0006, 0.0016, 2)
        self.both = float(rng.uniform(0.0006, 0.0016))
        self.base = 0.0004 * float(rng.uniform(0.6, 1.4)) * knobs.organic
        self.again = 0.8
        a, b, bought = np.meshgrid(
            np.arange(CAP + 1), np.arange(CAP + 1), np.arange(2), indexing="ij"
        )
        self.a, self.b, self.bought = a.ravel(), b.ravel(), bought.ravel()
        self.states = self.a.size
        self.hazard = (
            self.base
            + self.slope[0] * self.a
            + self.slope[1] * self.b
            + self.both * self.a * self.b
        ) * np.where(self.bought, self.again, 1.0)
        self.reach = np.ones((count, self.states))
        for c, role in enumerate(company.role):
            if role == "harvest":
                self.reach[c] = 0.03 + self.hazard / self.hazard.max()
        self.own = 0.002 + 4.0 * self.hazard
        units = np.arange(CAP + 1)
        self.keep = binom.pmf(units[None, :], units[:, None], 1 - self.lost)  # today -> tomorrow

    def start(self) -> Array:
        """Marketing as usual for 60 days, without buyers."""
        usual = self.company.touches(self.company.spend.mean(axis=0)) / 7
        size = self.classes * self.knobs.users
        users = np.zeros((1, len(size), self.states))
        users[0, :, 0] = size
        for _ in range(60):
            users, _, _ = self.day(users, usual[None], 1.0)
            users[..., self.bought == 1] = 0
            users *= (size / users.sum(axis=2))[..., None]
        out: Array = users[0]
        return out

    def _added(self, rate: Array) -> Array:
        """(..., CAP+1, CAP+1) units before -> after, when new units come Poisson at `rate` and the
        rest is cut at CAP.
        """
        from scipy.special import gammaln

        k = np.arange(CAP + 1)
        pmf = np.exp(
            k * np.log(np.maximum(rate, 1e-300))[..., None] - rate[..., None] - gammaln(k + 1)
        )
        out = np.zeros((*rate.shape, CAP + 1, CAP + 1))
        for i in range(CAP + 1):
            out[..., i, i:CAP] = pmf[..., : CAP - i]
            out[..., i, CAP] = 1 - pmf[..., : CAP - i].sum(axis=-1)
        return out

    def day(self, users: Array, volume: Array, season: float) -> tuple[Array, Array, Array]:
        """Touches add goodwill, some buy, and goodwill fades.

        Parameters
        ----------
        users, volume, season
            As `World.day` takes them.
        """
        per = self.rates(users, volume)[..., 0]  # n, C, G: working channels reach all states alike
        up = [self._added(np.einsum("ncg,c->ng", per, self.add[:, kind])) for kind in (0, 1)]
        cube = users.reshape(*users.shape[:2], CAP + 1, CAP + 1, 2)
        cube = np.einsum("ngabt,ngax,ngby->ngxyt", cube, up[0], up[1], optimize=True)
        flat = cube.reshape(users.shape)
        bought = flat * (1 - np.exp(-self.hazard * season))
        new = bought[..., self.bought == 0].sum(axis=(1, 2))
        orders = bought.sum(axis=(1, 2))
        cube = cube.copy()
        first = bought.reshape(cube.shape)[..., 0]
        cube[..., 0] -= first
        cube[..., 1] += first
        cube = np.einsum("ngabt,ax,by->ngxyt", cube, self.keep, self.keep, optimize=True)
        return cube.reshape(users.shape), new, orders

    def about_to_buy(self, rng: np.random.Generator, state: Index, season: float) -> Index:
        """Those whose goodwill of yesterday is enough.

        Parameters
        ----------
        rng, state, season
            As `World.about_to_buy` takes them.
        """
        self._luck = rng.random(len(state))
        return np.flatnonzero(self._luck < 1 - np.exp(-self.hazard[state] * season))

    def sample(
        self,
        rng: np.random.Generator,
        state: Index,
        touched: list[tuple[Index, Array]],
        season: float,
    ) -> Happened:
        """The day drawn, as `day` expects it.

        Parameters
        ----------
        rng, state, touched, season
            As `World.sample` takes them.
        """
        n = len(state)
        a, b, bought = self.a[state].copy(), self.b[state].copy(), self.bought[state].copy()
        hour = rng.uniform(8, 24, n)
        late = np.zeros(n)
        for c, (who, when) in enumerate(touched):
            for kind, units in ((0, a), (1, b)):
                hit = rng.random(len(who)) < self.add[c, kind]
                np.add.at(units, who[hit], 1)
                np.maximum.at(late, who[hit], when[hit])
        np.minimum(a, CAP, out=a)
        np.minimum(b, CAP, out=b)
        mid = (a * (CAP + 1) + b) * 2 + bought
        buys = self._luck < 1 - np.exp(-self.hazard[mid] * season)
        # only today's touches explain it
        pushed = buys & (self._luck >= 1 - np.exp(-self.hazard[state] * season))
        hour[pushed] = late[pushed] + rng.exponential(3.0, int(pushed.sum())) + 0.02
        view = rng.random(n) < 0.9 * self.knobs.seen * (1 - np.exp(-18 * self.hazard[mid]))
        cart = rng.random(n) < 0.9 * self.knobs.seen * (1 - np.exp(-6 * self.hazard[mid]))
        a, b = rng.binomial(a, 1 - self.lost), rng.binomial(b, 1 - self.lost)
        after = (a * (CAP + 1) + b) * 2 + np.maximum(bought, buys)
        viewers, carts, buyers = np.flatnonzero(view), np.flatnonzero(cart), np.flatnonzero(buys)
        users = np.concatenate([viewers, carts, buyers])
        kinds = np.repeat(np.arange(3), [len(viewers), len(carts), len(buyers)])
        times = np.concatenate(
            [rng.uniform(8, 24, len(viewers)), rng.uniform(8, 24, len(carts)), hour[buyers]]
        )
        return Happened(after.astype(np.int64), users, kinds.astype(np.int64), times, buyers)
