"""Whether the data can tell attribution models apart at all: null share, single-touch share, and signal.

The signal test asks whether how a journey ends depends on where it has been. Conversions are shuffled among journeys
(exactly: a multivariate hypergeometric draw over the last histories), and the likelihood ratio of the real table is
compared with those of the shuffled ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.heldout import Score
from optimizer.journeys.counts import Counts
from optimizer.messages import _

Array = NDArray[np.float64]
Index = NDArray[np.int64]

PERMUTATIONS, GROUPS = 999, 500
FEW_NULLS, MOSTLY_SINGLE, FEW_CONVERSIONS = 0.02, 0.8, 100


@dataclass(frozen=True)
class Check:
    """One line of the data-health gate. state: ok, caution or bad; what to do where it is not ok."""

    name: str
    value: float | None
    state: str
    says: str


@dataclass(frozen=True)
class Signal:
    """Does the end of a journey depend on its last `order` touches? p by permutation; found is the verdict of the
    permutation test and of held-out journeys together."""

    order: int
    p_value: float | None
    end_gain: float | None
    auc: float | None
    found: bool


def ends(counts: Counts, order: int) -> tuple[Array, Array]:
    """Conversions and nulls by last history, S each."""
    chain = counts.chains[order]
    return tuple(
        np.asarray(part.sum(axis=0), dtype=np.float64).ravel()
        for part in (chain.conversions, chain.nulls)
    )  # type: ignore[return-value]


def permutation_p(
    won: Array, lost: Array, permutations: int = PERMUTATIONS, seed: int = 0
) -> float | None:
    """p-value of independence between groups and outcome, by shuffling outcomes; None where only one outcome occurs.

    won, lost: counts by group. Fractions are rounded to whole journeys. The statistic is the likelihood ratio
    (Wilks 1938); the smallest p is 1 / (permutations + 1). Only the largest groups are told apart, the rest is one.
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
    """The `GROUPS` largest groups, and the others as one: chosen by size alone, so that the test stays exact."""
    if len(size) <= GROUPS:
        return hits, size
    order = np.argsort(-size, kind="stable")
    kept, rest = order[: GROUPS - 1], order[GROUPS - 1 :]
    return np.append(hits[kept], hits[rest].sum()), np.append(size[kept], size[rest].sum())


def _ratio(hits: Array, size: Array) -> Array:
    """Twice the log-likelihood of separate rates (up to a constant shared by all permutations)."""

    def xlogx(x: Array) -> Array:
        return np.where(x > 0, x * np.log(np.where(x > 0, x, 1.0)), 0.0)

    return np.asarray(2 * (xlogx(hits) + xlogx(size - hits) - xlogx(size)).sum(axis=1))


def signal(counts: Counts, scores: list[Score], seed: int = 0) -> tuple[Signal, ...]:
    """The test at every counted order. Found: p below 5 % over all orders together (Bonferroni), and a held-out gain."""
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


def _auc(signal: Signal) -> str:
    return (
        _("too few journeys to hold any out")
        if signal.auc is None
        else _("held-out AUC {auc}, chance is 0.5", auc=f"{signal.auc:.3f}")
    )


def single_touch(counts: Counts) -> float | None:
    """Share of journeys with one touch only; None unless order 2 was counted."""
    if 2 not in counts.chains:
        return None
    chain = counts.chains[2]
    alone = (chain.states[:, 0] < 0) & (chain.states[:, 1] >= 0)
    whole = sum(part.sum() for part in ends(counts, 2))
    return float(sum(part[alone].sum() for part in ends(counts, 2)) / whole) if whole else None


def checks(counts: Counts, signals: tuple[Signal, ...]) -> tuple[Check, ...]:
    """The gate, line by line."""
    journeys, won, lost = (
        float(part.sum()) for part in (counts.journeys, counts.conversions, counts.nulls)
    )
    out = [
        Check(
            "conversions",
            won,
            "bad" if won == 0 else "caution" if won < FEW_CONVERSIONS else "ok",
            _("nothing can be credited")
            if won == 0
            else _("few conversions: credit is uncertain, look at the intervals")
            if won < FEW_CONVERSIONS
            else _("enough to share out"),
        )
    ]
    share = lost / journeys if journeys else None
    if share is not None:
        few = share < FEW_NULLS
        out.append(
            Check(
                _("null share"),
                share,
                "bad" if lost == 0 else "caution" if few else "ok",
                _(
                    "no journey ends without a conversion: what fails to convert cannot be seen; "
                    "export those journeys too"
                )
                if lost == 0
                else _(
                    "hardly any journey ends without a conversion: removal effects rest on few "
                    "journeys"
                )
                if few
                else _("journeys without a conversion are there to compare with"),
            )
        )
    single = single_touch(counts)
    if single is not None:
        many = single > MOSTLY_SINGLE
        out.append(
            Check(
                _("single-touch share"),
                single,
                "caution" if many else "ok",
                _("most journeys have one touch: all models agree on those")
                if many
                else _("most credit is truly shared")
                if single < 0.5
                else _("many journeys have one touch only"),
            )
        )
    found = [item for item in signals if item.found]
    known = [item for item in signals if item.p_value is not None]
    best = max(known, key=lambda item: item.auc or 0.0, default=None)
    if best is not None:
        if found:
            strong = max(found, key=lambda item: item.end_gain or 0.0)
            out.append(
                Check(
                    "signal",
                    strong.p_value,
                    "ok",
                    _(
                        "the last touches tell something of how a journey ends ({strong})",
                        strong=_auc(strong),
                    ),
                )
            )
        else:
            out.append(
                Check(
                    "signal",
                    min(item.p_value or 1.0 for item in known),
                    "bad",
                    _(
                        "no signal for conversion: where a journey has been does not tell how it ends "
                        "({best}); these data cannot tell the models apart",
                        best=_auc(best),
                    ),
                )
            )
    elif journeys:
        out.append(
            Check(
                "signal",
                None,
                "bad",
                _("journeys end in one way only: these data cannot tell the models apart"),
            )
        )
    return tuple(out)
