"""The value of a customer by age, from sums over groups of customers, and how far it may be off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

FEW = 30


@dataclass(frozen=True)
class Told:
    """What the orders tell.

    Parameters
    ----------
    edges
        Ages in days at which stretches end, from 0.
    observed
        Days each customer was watched.
    who, stretch, worth
        Of each order: the customer, the stretch of age, its margin.
    """

    edges: np.ndarray[Any, Any]
    observed: np.ndarray[Any, Any]
    who: np.ndarray[Any, Any]
    stretch: np.ndarray[Any, Any]
    worth: np.ndarray[Any, Any]


@dataclass(frozen=True)
class Sums:
    """Margin and customers watched, by group of customers and stretch of age."""

    value: np.ndarray[Any, Any]
    people: np.ndarray[Any, Any]

    @property
    def whole(self) -> Sums:
        """Of everybody, as one group."""
        return Sums(self.value.sum(axis=0)[None, :], self.people.sum(axis=0)[None, :])

    def drawn(self, weights: np.ndarray[Any, Any]) -> Sums:
        """Of each draw: groups so many times."""
        return Sums(weights @ self.value, weights @ self.people)


def sums(told: Told, group: np.ndarray[Any, Any], keep: np.ndarray[Any, Any]) -> Sums:
    """Sums over the customers that are kept.

    Parameters
    ----------
    told
        The orders.
    group, keep
        Of each customer: its group, and whether it counts.
    """
    import numpy as np

    groups, stretches = int(group.max()) + 1, len(told.edges) - 1
    ends = told.edges[np.minimum(told.stretch + 1, stretches)]
    inside = (told.stretch < stretches) & (told.observed[told.who] >= ends) & keep[told.who]
    value = np.zeros((groups, stretches))
    np.add.at(value, (group[told.who[inside]], told.stretch[inside]), told.worth[inside])
    people = np.zeros((groups, stretches))
    for k in range(stretches):
        there = keep & (told.observed >= told.edges[k + 1])
        people[:, k] = np.bincount(group[there], minlength=groups)
    return Sums(value, people)


def watched(new: Sums, old: Sums) -> int | None:
    """How many stretches new customers tell of themselves; the rest is told by the others. None:
    the horizon is beyond what anybody tells.
    """
    ours, theirs = new.people.sum(axis=0), old.people.sum(axis=0)
    enough = int((ours >= FEW).sum())
    if enough >= 2 and enough < len(ours) and theirs[-1] >= FEW:
        return enough
    return len(ours) if ours[-1] >= 1 else None


def curve(new: Sums, old: Sums, direct: int, usual: np.ndarray[Any, Any] | None = None) -> Any:
    """Cumulated margin per customer, a row for each draw.

    Parameters
    ----------
    new, old
        Sums of new customers, and of those left out.
    direct
        Stretches of which new customers tell themselves. Beyond them those left out tell how it
        goes on, scaled by what both bought in the stretches after the first.
    usual
        Margin per stretch for a draw that holds nobody.
    """
    import numpy as np

    def each(some: Sums) -> np.ndarray[Any, Any]:
        empty = some.people <= 0
        per = some.value / np.where(empty, 1.0, some.people)
        return np.where(empty, 0.0 if usual is None else usual, per)

    ours = each(new)
    if direct < ours.shape[1]:
        theirs = each(old)
        base = theirs[:, 1:direct].sum(axis=1)
        ratio = ours[:, 1:direct].sum(axis=1) / np.where(base > 0, base, np.inf)
        ours = np.concatenate([ours[:, :direct], ratio[:, None] * theirs[:, direct:]], axis=1)
    return np.cumsum(ours, axis=1)


def interval(
    pairs: Sequence[tuple[Sums, Sums]], direct: int, level: float, draws: int, seed: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Where the mean of as many customers to come lies.

    Parameters
    ----------
    pairs
        Sums of new customers and of those left out, grouped one way and another: the way that
        differs most counts, once for the estimate and once for those to come.
    direct
        As in `curve`.
    level, draws, seed
        Of the bootstrap.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    offs = []
    for new, old in pairs:
        mean = curve(new.whole, old.whole, direct)
        usual = np.diff(mean, axis=1, prepend=0.0)
        some = np.flatnonzero(new.people[:, 0] + old.people[:, 0] > 0)
        many = len(some)
        weights = np.zeros((2 * draws, len(new.value)))
        weights[:, some] = random.multinomial(many, np.full(many, 1 / many), size=2 * draws)
        drawn = curve(new.drawn(weights), old.drawn(weights), direct, usual) - mean
        offs.append(drawn[:draws] + drawn[draws:])
    off = max(offs, key=lambda some: float(some[:, -1].std()))
    low, high = np.quantile(mean + off, [level / 2, 1 - level / 2], axis=0)
    return low, high
