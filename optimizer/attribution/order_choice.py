"""How many touches a Markov chain should remember: held-out likelihood of every order.

A chain is trained on all folds but one and judged on that one: the log-likelihood of whole
journeys (touches and their end), of the end given the touches, and the AUC of telling conversions
from the rest. Histories that the training folds have not seen back off to one touch less
(interpolated smoothing, Witten & Bell 1991):

    P_k(t | h) = (n(h, t) + c(h) P_{k-1}(t | h without its oldest touch)) / (n(h) + c(h)),

with c(h) the number of different continuations of h seen in training, and P_0 smoothed to even
odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.counting import count_under
from optimizer.attribution.heldout import Score, judge_ends
from optimizer.attribution.options import Options
from optimizer.data.tables import Events, Paths
from optimizer.journeys.counts import Chain, Counts
from optimizer.messages import Message, _

Array = NDArray[np.float64]
Index = NDArray[np.int64]

FOLDS = 10
MAX_ORDER = 4
CHAIN = "markov"


def choose_order(
    opened: Events | Paths | Counts, options: Options, max_order: int = MAX_ORDER
) -> tuple[int, Message]:
    """The Markov order with the best held-out likelihood (see `choose`).

    Parameters
    ----------
    opened
        Journeys, or counts of the orders from 1 on by groups of users.
    options
        What counts as a journey.
    max_order
        The highest order tried.

    Returns
    -------
    order : int
        1 or more.
    why : Message
        The sentence that says so.
    """
    counts = (
        opened if isinstance(opened, Counts) else count_orders(opened, options, max_order, FOLDS)
    )
    scores = score_orders(counts, np.arange(counts.buckets) % min(FOLDS, counts.buckets))
    best = choose(scores)
    return int(best.order or 1), why(scores, best)


def count_orders(opened: Events | Paths, options: Options, max_order: int, folds: int) -> Counts:
    """Transitions of the orders 1 to `max_order`, by fold.

    Parameters
    ----------
    opened
        Events or paths.
    options
        What counts as a journey.
    max_order
        The highest order.
    folds
        Groups of users; of whole paths, where there are only paths.
    """
    return count_under(opened, options, range(1, max_order + 1), buckets=folds, by_path=True)


def why(scores: Sequence[Score], best: Score) -> Message:
    """The sentence that says which order was chosen, and among what.

    Parameters
    ----------
    scores
        Of every order.
    best
        The chosen one.
    """
    parts = [f"{score.order}: {score.log_likelihood:.4f}" for score in scores if score.order]
    return _(
        "order {order}: best held-out log-likelihood per journey within one standard "
        "error ({names})",
        order=best.order,
        names=", ".join(parts),
    )


def score_orders(counts: Counts, fold: Index) -> list[Score]:
    """Scores of order 0 and of every order counted.

    Parameters
    ----------
    counts
        Transitions of orders that run from 1 without a gap, by B buckets.
    fold
        B, bucket -> fold.

    Raises
    ------
    ValueError
        Where an order is missing.
    """
    folds = int(fold.max()) + 1
    orders = sorted(counts.chains)
    if orders != list(range(1, len(orders) + 1)):
        raise ValueError("orders must run from 1 without a gap")
    group = np.zeros((folds, len(fold)))
    group[fold, np.arange(len(fold))] = 1.0
    journeys = group @ counts.journeys
    base = _smoothed_base(counts, group)
    scores = [_score(0, counts.chains[1], base, group, journeys)]
    below, lower = base, None
    for k in orders:
        chain = counts.chains[k]
        below = _smoothed(chain, lower, below, group)
        scores.append(_score(k, chain, below, group, journeys))
        lower = chain
    return scores


def choose(scores: Sequence[Score]) -> Score:
    """The order to use: the smallest (from 1) within one standard error of the best.

    The standard error is that of the difference over folds, so that noise shared by all orders does
    not count (the one-standard-error rule of Breiman et al. 1984).

    Parameters
    ----------
    scores
        Of every order; those without an order or of order 0 are passed over.

    Returns
    -------
    Score
        One of them.
    """
    scored = [score for score in scores if score.order and score.log_likelihood is not None]
    best = max(scored, key=lambda score: (score.log_likelihood or 0.0, -(score.order or 0)))
    for score in scored:
        gap = best.by_fold - score.by_fold
        error = float(gap.std(ddof=1) / np.sqrt(len(gap))) if len(gap) > 1 else 0.0
        if float(gap.mean()) <= error:
            return score
    return best


@dataclass(frozen=True)
class _Smoothed:
    """Smoothed probabilities of one order, trained without each fold: moves F x E, ends F x S x
    2."""

    moves: Array
    ends: Array


def _train(group: Array, counted: Any) -> tuple[Array, Array]:
    """Test counts by fold and training counts without that fold, F x ... each."""
    test = np.asarray(group @ counted, dtype=np.float64)
    return test, test.sum(axis=0) - test


def _smoothed_base(counts: Counts, group: Array) -> _Smoothed:
    """Order 0: every touch alike, whatever came before. Symbols: the channels, a conversion, the
    end without."""
    chain = counts.chains[1]
    symbol = chain.states[chain.target, -1]
    channels = len(counts.channels)
    _, moves = _train(group, chain.moves)
    total = np.zeros((len(group), channels + 2))
    for f in range(len(group)):
        total[f, :channels] = np.bincount(symbol, weights=moves[f], minlength=channels)
    for i, ends in enumerate((chain.conversions, chain.nulls)):
        total[:, channels + i] = _train(group, ends)[1].sum(axis=1)
    seen = (total > 0).sum(axis=1, keepdims=True)
    even = 1.0 / (channels + 2)
    probability = (total + np.maximum(seen, 1) * even) / (
        total.sum(axis=1, keepdims=True) + np.maximum(seen, 1)
    )
    ends_of_all = np.repeat(probability[:, None, channels:], len(chain.states), axis=1)
    return _Smoothed(probability[:, symbol], ends_of_all)


def _smoothed(chain: Chain, lower: Chain | None, below: _Smoothed, group: Array) -> _Smoothed:
    """One order more. lower: the chain of one order less (None for order 1, whose lower order is
    `below` as it is)."""
    size = len(chain.states)
    if lower is None:
        below_moves, below_ends = below.moves, below.ends
    else:
        base = int(lower.states.max(initial=0)) + 2
        parent = _find(_codes(lower.states, base), _codes(chain.states[:, 1:], base))
        width = len(lower.states)
        up = _find(
            lower.source * width + lower.target, parent[chain.source] * width + parent[chain.target]
        )
        below_moves, below_ends = below.moves[:, up], below.ends[:, parent]
    _, moves = _train(group, chain.moves)
    ends = np.stack([_train(group, part)[1] for part in (chain.conversions, chain.nulls)], axis=-1)
    left, kinds = ends.sum(axis=2), (ends > 0).sum(axis=2).astype(np.float64)
    for f in range(len(group)):
        left[f] += np.bincount(chain.source, weights=moves[f], minlength=size)
        kinds[f] += np.bincount(chain.source, weights=moves[f] > 0, minlength=size)
    kinds = np.maximum(
        kinds, 1.0
    )  # a history not seen in training is wholly that of one touch less
    base = left + kinds
    return _Smoothed(
        (moves + kinds[:, chain.source] * below_moves) / base[:, chain.source],
        (ends + kinds[:, :, None] * below_ends) / base[:, :, None],
    )


def _codes(states: Index, base: int) -> Index:
    """One whole number per history, S. States: S x k channel numbers below base - 1, -1 before the
    journey began."""
    code = np.zeros(len(states), dtype=np.int64)
    for column in states.T:
        code = code * base + column + 1
    return code


def _find(known: Index, wanted: Index) -> Index:
    """Where each wanted number stands among the known ones (all are there)."""
    order = np.argsort(known, kind="stable")
    return np.asarray(order[np.searchsorted(known, wanted, sorter=order)], dtype=np.int64)


def _score(order: int, chain: Chain, model: _Smoothed, group: Array, journeys: Array) -> Score:
    test_moves = np.asarray(group @ chain.moves, dtype=np.float64)
    won, train_won = _train(group, chain.conversions)
    lost, train_lost = _train(group, chain.nulls)
    with np.errstate(divide="ignore"):
        logs = np.log(model.moves), np.log(model.ends)
    by_fold = (
        np.where(test_moves > 0, test_moves * logs[0], 0.0).sum(axis=1)
        + np.where(won > 0, won * logs[1][:, :, 0], 0.0).sum(axis=1)
        + np.where(lost > 0, lost * logs[1][:, :, 1], 0.0).sum(axis=1)
    )
    chance = model.ends[:, :, 0] / model.ends.sum(axis=2)
    kept = journeys > 0
    fold = np.repeat(np.arange(len(group)), won.shape[1])
    gain, area = judge_ends(
        fold,
        chance.ravel(),
        won.ravel(),
        lost.ravel(),
        train_won.sum(axis=1),
        train_lost.sum(axis=1),
    )
    return Score(
        CHAIN,
        order,
        float(by_fold.sum() / journeys.sum()),
        by_fold[kept] / journeys[kept],
        gain,
        area,
    )
