"""How a model predicts journeys it has not seen: the judge, and what the shares of a journey imply.

A share-of-journey model says which touches earned a conversion. Its implied conversion rate of a
channel is the credit the channel earned per unit of share it was given, over converting and lost
journeys alike; the chance that a journey converts is the sum of its touches' shares times those
rates. `last` then predicts by the last channel, `first` by the first. Markov chains of every order
are judged in `order_choice`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.options import Options
from optimizer.attribution.touches import TouchShares, touch_shares
from optimizer.data.tables import Events, Paths

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Score:
    """How one predictor did on journeys it had not seen. Logs are natural; per journey means.

    Parameters
    ----------
    name
        The model.
    order
        Touches remembered; 0 remembers none, None is for models without an order.
    log_likelihood
        Of whole journeys, or None for predictors of the end only.
    by_fold
        The same, fold by fold, F.
    end_gain
        Log-likelihood of the end (conversion or not) given the touches, above that of the plain
        rate.
    auc
        Probability that a converting journey scores above a lost one (0.5: no better than chance),
        or None where one of the two kinds is missing.
    """

    name: str
    order: int | None
    log_likelihood: float | None
    by_fold: Array
    end_gain: float | None
    auc: float | None


def score_shares(
    opened: Events | Paths, shares: Mapping[str, str], options: Options, folds: int
) -> list[Score]:
    """Held-out scores of share-of-journey models, each trained without the judged fold.

    Parameters
    ----------
    opened
        Events or paths.
    shares
        Model -> SQL expression of a touch's share.
    options
        What counts as a journey.
    folds
        Groups of users (of different paths, where there are only paths).

    Returns
    -------
    list of Score
        In the order of `shares`.
    """
    if not shares:
        return []
    touches = touch_shares(opened, options, shares, buckets=folds, by_path=True)
    columns = ", ".join(
        f"{touches.total(f'share_{i} * conversions')} AS won_{i},"
        f" {touches.total(f'share_{i} * (conversions + nulls)')} AS all_{i}"
        for i in range(len(shares))
    )
    found = touches.engine.columns(
        f"SELECT bucket, channel, {columns} FROM ({touches.sql}) AS t GROUP BY bucket, channel"
    )
    at = np.asarray(found["bucket"], dtype=np.int64), np.asarray(found["channel"], dtype=np.int64)
    scores = []
    for i, name in enumerate(shares):
        won, everything = np.zeros((2, folds, len(touches.names)))
        won[at] = np.asarray(found[f"won_{i}"], float)
        everything[at] = np.asarray(found[f"all_{i}"], float)
        scores.append(_score(touches, name, i, won, everything))
    return scores


def _score(touches: TouchShares, name: str, i: int, won: Array, everything: Array) -> Score:
    """The i-th model's score. won, everything: the share each channel was given, F x C."""
    train_won, train_all = won.sum(axis=0) - won, everything.sum(axis=0) - everything
    plain = train_won.sum(axis=1) / np.maximum(train_all.sum(axis=1), 1e-300)
    # one journey's worth of the plain rate steadies channels that were hardly seen
    rate = (train_won + plain[:, None]) / (train_all + 1.0)
    journeys = touches.engine.columns(
        f"""
WITH rates AS ({touches.numbers(rate, "rate")}), scored AS (
  SELECT t.trip, t.part, t.bucket, sum(t.share_{i} * r.rate) AS chance,
    max(t.conversions) AS won, max(t.nulls) AS lost
  FROM ({touches.sql}) AS t JOIN rates AS r ON t.bucket = r.bucket AND t.channel = r.channel
  GROUP BY t.trip, t.part, t.bucket
)
SELECT bucket, round(chance, 9) AS chance,
  {touches.total("won")} AS won, {touches.total("lost")} AS lost
FROM scored GROUP BY bucket, round(chance, 9) ORDER BY bucket, chance""".strip()
    )
    gain, auc = judge_ends(
        np.asarray(journeys["bucket"], np.int64),
        np.asarray(journeys["chance"], float),
        np.asarray(journeys["won"], float),
        np.asarray(journeys["lost"], float),
        train_won.sum(axis=1),
        (train_all - train_won).sum(axis=1),
    )
    return Score(name, None, None, np.zeros(0), gain, auc)


def judge_ends(
    fold: Index, chance: Array, won: Array, lost: Array, train_won: Array, train_lost: Array
) -> tuple[float | None, float | None]:
    """How good predicted conversion chances are. Pairs are compared within folds only.

    Parameters
    ----------
    fold, chance, won, lost
        G groups of held-out journeys with one prediction each.
    train_won, train_lost
        What the other folds saw, F each.

    Returns
    -------
    gain : float or None
        Log-likelihood per journey over the training folds' plain rate.
    auc : float or None
        Both are None where only one kind of end occurs.

    Examples
    --------
    >>> fold, seen = np.zeros(2, dtype=int), np.array([5.0])
    >>> won, lost = np.array([3.0, 1.0]), np.array([1.0, 3.0])
    >>> judge_ends(fold, np.array([0.5, 0.5]), won, lost, seen, seen)
    (0.0, 0.5)
    """
    if not won.sum() or not lost.sum() or (train_won <= 0).any() or (train_lost <= 0).any():
        return None, None
    rate = (train_won / (train_won + train_lost))[fold]
    safe = np.clip(chance, 1e-12, 1 - 1e-12)
    gain = (won * np.log(safe / rate) + lost * np.log((1 - safe) / (1 - rate))).sum() / (
        won.sum() + lost.sum()
    )
    concordant = pairs = 0.0
    for f in range(len(train_won)):
        here = fold == f
        good, all_pairs = _concordant(chance[here], won[here], lost[here])
        concordant, pairs = concordant + good, pairs + all_pairs
    return float(gain), float(concordant / pairs) if pairs else None


def _concordant(score: Array, won: Array, lost: Array) -> tuple[float, float]:
    """Pairs (won, lost) in which the won journey scores higher, ties counted half, and all
    pairs."""
    _, rank = np.unique(np.round(score, 12), return_inverse=True)
    size = int(rank.max()) + 1 if len(rank) else 0
    up, down = np.bincount(rank, won, size), np.bincount(rank, lost, size)
    below = np.cumsum(down) - down
    return float((up * (below + down / 2)).sum()), float(won.sum() * lost.sum())
