"""Whether the data can tell attribution models apart at all: null share, single-touch share, and
signal.

The signal test asks whether how a journey ends depends on where it has been. Conversions are
shuffled among journeys (exactly: a multivariate hypergeometric draw over the last histories), and
the likelihood ratio of the real table is compared with those of the shuffled ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.heldout import Score
from optimizer.journeys.counts import Counts
from optimizer.messages import Message, _

Array = NDArray[np.float64]
Index = NDArray[np.int64]
State = Literal["ok", "caution", "bad"]

PERMUTATIONS, GROUPS = 999, 500
FEW_NULLS, MOSTLY_SINGLE, FEW_CONVERSIONS = 0.02, 0.8, 100
TITLES = {
    "conversions": _("conversions"),
    "null share": _("null share"),
    "single-touch share": _("single-touch share"),
    "signal": _("signal"),
}


@dataclass(frozen=True)
class Check:
    """One line of the data-health gate.

    Parameters
    ----------
    name
        conversions | null share | single-touch share | signal.
    value
        Conversions, a share (0 to 1), a p-value; None: cannot be told.
    state
        ok, caution or bad.
    says
        What it means, and what to do where it is not ok.
    verdict
        The same as a whole sentence; None where there is nothing to say of it in the verdict.
    """

    name: str
    value: float | None
    state: State
    says: Message
    verdict: Message | None = None

    @property
    def title(self) -> Message:
        """The name, for people."""
        return TITLES[self.name]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"name": self.name, "value": self.value, "state": self.state, "says": str(self.says)}


@dataclass(frozen=True)
class Signal:
    """Does the end of a journey depend on its last touches?

    Parameters
    ----------
    order
        How many touches.
    p_value
        By permutation; None where journeys end in one way only.
    end_gain, auc
        On held-out journeys, see `heldout.Score`.
    found
        The verdict of the permutation test and of held-out journeys together.
    """

    order: int
    p_value: float | None
    end_gain: float | None
    auc: float | None
    found: bool


def ends(counts: Counts, order: int) -> tuple[Array, Array]:
    """How journeys ended, by their last touches.

    Parameters
    ----------
    counts
        Transitions of that order.
    order
        Touches in a history.

    Returns
    -------
    won, lost : numpy.ndarray
        Conversions and journeys without one by last history, S each.
    """
    chain = counts.chains[order]
    won, lost = (
        np.asarray(part.sum(axis=0), dtype=np.float64).ravel()
        for part in (chain.conversions, chain.nulls)
    )
    return won, lost


def permutation_p(
    won: Array, lost: Array, permutations: int = PERMUTATIONS, seed: int = 0
) -> float | None:
    """p-value of independence between groups and outcome, by shuffling outcomes.

    The statistic is the likelihood ratio (Wilks 1938). Only the largest groups are told apart, the
    rest is one.

    Parameters
    ----------
    won, lost
        Journeys by group; fractions are rounded to whole journeys.
    permutations
        Shuffles; the smallest p is 1 / (permutations + 1).
    seed
        Of the shuffles.

    Returns
    -------
    float or None
        None where only one outcome occurs.

    Examples
    --------
    >>> permutation_p(np.array([9.0, 0.0]), np.array([0.0, 9.0]), permutations=99)
    0.01
    """
    hits, size = np.rint(won).astype(np.int64), np.rint(won + lost).astype(np.int64)
    size = np.maximum(size, hits)
    hits, size = _merged(hits[size > 0], size[size > 0])
    if not hits.sum() or hits.sum() == size.sum():
        return None
    if len(size) < 2:
        return 1.0
    generator = np.random.default_rng(seed)
    method: Literal["marginals", "count"] = "marginals" if size.sum() >= 1_000 else "count"
    drawn = generator.multivariate_hypergeometric(
        size, int(hits.sum()), size=permutations, method=method
    )
    real = float(_ratio(hits[None].astype(np.float64), size.astype(np.float64))[0])
    shuffled = _ratio(drawn.astype(np.float64), size.astype(np.float64))
    return float((1 + (shuffled >= real - 1e-9).sum()) / (permutations + 1))


def _merged(hits: Index, size: Index) -> tuple[Index, Index]:
    """The `GROUPS` largest groups, and the others as one: by size alone, so that the test is
    exact."""
    if len(size) <= GROUPS:
        return hits, size
    order = np.argsort(-size, kind="stable")
    kept, rest = order[: GROUPS - 1], order[GROUPS - 1 :]
    return np.append(hits[kept], hits[rest].sum()), np.append(size[kept], size[rest].sum())


def _ratio(hits: Array, size: Array) -> Array:
    """Twice the log-likelihood of separate rates (up to a constant shared by all permutations)."""

    def _xlogx(x: Array) -> Array:
        return np.where(x > 0, x * np.log(np.where(x > 0, x, 1.0)), 0.0)

    return np.asarray(2 * (_xlogx(hits) + _xlogx(size - hits) - _xlogx(size)).sum(axis=1))


def signal(counts: Counts, scores: Sequence[Score], seed: int = 0) -> tuple[Signal, ...]:
    """The test at every counted order.

    Found: p below 5 % over all orders together (Bonferroni), and a held-out gain.

    Parameters
    ----------
    counts
        Transitions of the orders tested.
    scores
        Held-out scores of the same orders, see `order_choice.score_orders`.
    seed
        Of the shuffles.
    """
    by_order = {score.order: score for score in scores}
    out = []
    for order in sorted(counts.chains):
        p = permutation_p(*ends(counts, order), seed=seed)
        score = by_order[order]
        found = (
            p is not None
            and p <= 0.05 / len(counts.chains)
            and score.end_gain is not None
            and score.end_gain > 0
        )
        out.append(Signal(order, p, score.end_gain, score.auc, found))
    return tuple(out)


def _auc(signal: Signal) -> Message:
    if signal.auc is None:
        return _("too few journeys to hold any out")
    return _("held-out AUC {auc}, chance is 0.5", auc=f"{signal.auc:.3f}")


def single_touch(counts: Counts) -> float | None:
    """Share of journeys with one touch only.

    Returns
    -------
    float or None
        0 to 1; None unless order 2 was counted.
    """
    if 2 not in counts.chains:
        return None
    chain = counts.chains[2]
    alone = (chain.states[:, 0] < 0) & (chain.states[:, 1] >= 0)
    whole = sum(part.sum() for part in ends(counts, 2))
    return float(sum(part[alone].sum() for part in ends(counts, 2)) / whole) if whole else None


def checks(counts: Counts, signals: Sequence[Signal]) -> tuple[Check, ...]:
    """The data-health gate.

    Parameters
    ----------
    counts
        Journeys, with the transitions of order 2 where single-touch journeys are to be told.
    signals
        See `signal`.
    """
    journeys, won, lost = (
        float(part.sum()) for part in (counts.journeys, counts.conversions, counts.nulls)
    )
    out = [_conversions(won)]
    if journeys:
        out.append(_nulls(lost, lost / journeys))
    single = single_touch(counts)
    if single is not None:
        out.append(_single(single))
    if journeys or any(item.p_value is not None for item in signals):
        out.append(_signals(signals))
    return tuple(out)


def _conversions(won: float) -> Check:
    name = "conversions"
    if won == 0:
        return Check(name, won, "bad", _("nothing can be credited"), _("Nothing can be credited."))
    if won < FEW_CONVERSIONS:
        return Check(
            name,
            won,
            "caution",
            _("few conversions: credit is uncertain, look at the intervals"),
            _("Few conversions: credit is uncertain, look at the intervals."),
        )
    return Check(name, won, "ok", _("enough to share out"))


def _nulls(lost: float, share: float) -> Check:
    name = "null share"
    if lost == 0:
        return Check(
            name,
            share,
            "bad",
            _(
                "no journey ends without a conversion: what fails to convert cannot be seen; "
                "export those journeys too"
            ),
            _(
                "No journey ends without a conversion: what fails to convert cannot be seen; "
                "export those journeys too."
            ),
        )
    if share < FEW_NULLS:
        return Check(
            name,
            share,
            "caution",
            _("hardly any journey ends without a conversion: removal effects rest on few journeys"),
            _(
                "Hardly any journey ends without a conversion: removal effects rest on few "
                "journeys."
            ),
        )
    return Check(name, share, "ok", _("journeys without a conversion are there to compare with"))


def _single(share: float) -> Check:
    name = "single-touch share"
    if share > MOSTLY_SINGLE:
        return Check(
            name,
            share,
            "caution",
            _("most journeys have one touch: all models agree on those"),
            _("Most journeys have one touch: all models agree on those."),
        )
    if share < 0.5:
        return Check(name, share, "ok", _("most credit is truly shared"))
    return Check(name, share, "ok", _("many journeys have one touch only"))


def _signals(signals: Sequence[Signal]) -> Check:
    """Whether any order has a signal. The verdict speaks of it elsewhere."""
    name = "signal"
    known = [(item, item.p_value) for item in signals if item.p_value is not None]
    if not known:
        return Check(
            name,
            None,
            "bad",
            _("journeys end in one way only: these data cannot tell the models apart"),
        )
    found = [item for item in signals if item.found]
    if found:
        strong = max(found, key=lambda item: item.end_gain or 0.0)
        return Check(
            name,
            strong.p_value,
            "ok",
            _(
                "the last touches tell something of how a journey ends ({strong})",
                strong=_auc(strong),
            ),
        )
    best = max((item for item, __ in known), key=lambda item: item.auc or 0.0)
    return Check(
        name,
        min(p for __, p in known),
        "bad",
        _(
            "no signal for conversion: where a journey has been does not tell how it ends "
            "({best}); these data cannot tell the models apart",
            best=_auc(best),
        ),
    )
