"""How many touches a Markov chain should remember: held-out likelihood of every order.

A chain is trained on all folds but one and judged on that one: the log-likelihood of whole
journeys (touches and their end), of the end given the touches, and the AUC of telling conversions
from the rest. Every order knows how many touches came before (up to the highest order compared), so
that none gains by telling from the blanks before a journey how long it is; an order is judged by
what the channels themselves tell. Histories that the training folds have not seen back off to one
touch less (interpolated smoothing, Witten & Bell 1991):

    P_k(t | h) = (n(h, t) + c(h) P_{k-1}(t | h without its oldest touch)) / (n(h) + c(h)),

with c(h) the number of different continuations of h seen in training; P_0 knows the number of
touches alone, and backs off to the frequencies of all continuations, and those to even odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.folds import folded_touches
from optimizer.attribution.heldout import Score, judge_ends
from optimizer.attribution.options import Options
from optimizer.attribution.sequences import Sequences, sequences_of, sequences_of_counts
from optimizer.data.tables import Events, Paths
from optimizer.journeys.counts import Counts
from optimizer.messages import Message, _

Array = NDArray[np.float64]
Index = NDArray[np.int64]

FOLDS = 10
MAX_ORDER = 4
CHAIN = "markov"


def choose_order(
    opened: Events | Paths | Counts, options: Options, max_order: int = MAX_ORDER
) -> tuple[int, Message]:
    """The Markov order with the best held-out likelihood (see `choose`), as a chain can be built.

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
        1 or more; 1 where order 0, which is no chain, is the best.
    why : Message
        The sentence that says so.
    """
    if isinstance(opened, Counts):
        groups = np.arange(opened.buckets) % min(FOLDS, opened.buckets)
        found = sequences_of_counts(opened, groups)
    else:
        touches = folded_touches(opened, options, {}, FOLDS)
        found = sequences_of(touches, max_order, FOLDS)
    scores = score_orders(found)
    best = choose(scores)
    return max(int(best.order or 0), 1), why(scores, best)


def why(scores: Sequence[Score], best: Score) -> Message:
    """The sentence that says which order was chosen, and among what.

    Parameters
    ----------
    scores
        Of every order.
    best
        The chosen one.
    """
    names = ", ".join(f"{score.order}: {score.log_likelihood:.4f}" for score in scores)
    if not best.order:
        return _(
            "order 0: no order predicts journeys not seen better than one that forgets every "
            "touch, by held-out log-likelihood per journey within one standard error ({names}); "
            "the simplest chain is that of order 1",
            names=names,
        )
    return _(
        "order {order}: best held-out log-likelihood per journey within one standard "
        "error ({names})",
        order=best.order,
        names=names,
    )


def score_orders(found: Sequences) -> list[Score]:
    """Scores of order 0 and of every order up to that of the histories.

    Parameters
    ----------
    found
        What follows what, by fold.
    """
    items = _Items.of(found)
    below = np.broadcast_to(1.0 / (found.channels + 2), items.train.shape)
    below = items.smoothed(below, np.zeros(len(items.history), dtype=np.int64))
    scores = []
    for order in range(found.order + 1):
        context = _contexts(items.history, order)
        longer = items.smoothed(below, context)
        known = items.before >= order  # a journey that has just begun has no more to remember
        below = np.where(known[None, :], longer, below)
        scores.append(_score(order, found, items, below))
    return scores


def choose(scores: Sequence[Score]) -> Score:
    """The order to use: the smallest, 0 included, within one standard error of the best.

    The standard error is that of the difference over folds, so that noise shared by all orders does
    not count (the one-standard-error rule of Breiman et al. 1984).

    Parameters
    ----------
    scores
        Of every order; those without an order are passed over.

    Returns
    -------
    Score
        One of them.
    """
    scored = [score for score in scores if score.log_likelihood is not None]
    best = max(scored, key=lambda score: (score.log_likelihood or 0.0, -(score.order or 0)))
    for score in scored:
        gap = best.by_fold - score.by_fold
        error = float(gap.std(ddof=1) / np.sqrt(len(gap))) if len(gap) > 1 else 0.0
        if float(gap.mean()) <= error:
            return score
    return best


@dataclass(frozen=True)
class _Items:
    """Everything that follows a history: a touch, a conversion, the end without; I items.

    history: I x K; before: how many touches of it there are; symbol: what follows; test and train:
    how often in a fold, and in all others, F x I.
    """

    history: Index
    before: Index
    symbol: Index
    test: Array
    train: Array

    @classmethod
    def of(cls, found: Sequences) -> _Items:
        history = np.concatenate([found.came_from, found.ended_at, found.ended_at])
        many, channels = len(found.ended_at), found.channels
        symbol = np.concatenate([found.went_to, np.repeat([channels, channels + 1], many)])
        test = np.concatenate([found.moves, found.won, found.lost], axis=1)
        before = (history >= 0).sum(axis=1)
        return cls(history, before, symbol, test, test.sum(axis=0) - test)

    def smoothed(self, below: Array, context: Index) -> Array:
        """Probabilities of what follows a context, F x I, backed off to `below`. context: I."""
        folds, kinds = len(self.train), int(self.symbol.max(initial=0)) + 1
        _, cell = np.unique(context * kinds + self.symbol, return_inverse=True)
        of = np.zeros(int(cell.max(initial=-1)) + 1, dtype=np.int64)
        of[cell] = context
        out = np.empty_like(self.train)
        for f in range(folds):
            seen = np.bincount(cell, self.train[f])
            # sums of parts that were taken away again leave dust where there is nothing
            seen = np.where(seen > 1e-9, seen, 0.0)
            all_of = np.bincount(of, seen)
            different = np.maximum(np.bincount(of, seen > 0), 1.0)
            out[f] = (seen[cell] + different[context] * below[f]) / (all_of + different)[context]
        return out


def _contexts(history: Index, order: int) -> Index:
    """A number for what an order remembers: how many touches came before, and the last of them."""
    before = (history >= 0).sum(axis=1)
    kept = history[:, history.shape[1] - order :]
    _, number = np.unique(np.column_stack([before, kept]), axis=0, return_inverse=True)
    return np.asarray(number.ravel(), dtype=np.int64)


def _score(order: int, found: Sequences, items: _Items, chance: Array) -> Score:
    moves, many, folds = len(found.went_to), len(found.ended_at), len(items.test)
    logs = np.log(np.where(items.test > 0, chance, 1.0))
    by_fold = (items.test * logs).sum(axis=1)
    won, lost = chance[:, moves : moves + many], chance[:, moves + many :]
    gain, area = judge_ends(
        np.repeat(np.arange(folds), many),
        np.tile(found.length, folds),
        (won / (won + lost)).ravel(),
        found.won.ravel(),
        found.lost.ravel(),
    )
    journeys = (found.won + found.lost).sum(axis=1)
    kept = journeys > 0
    return Score(
        CHAIN,
        order,
        float(by_fold.sum() / journeys.sum()),
        by_fold[kept] / journeys[kept],
        gain,
        area,
    )
