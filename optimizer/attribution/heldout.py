"""How a model predicts journeys it has not seen: the judge, and what the shares of a journey imply.

A share-of-journey model says which touches earned a conversion. Its implied conversion rate of a
channel is the credit the channel earned per unit of share it was given, over converting and lost
journeys alike; the chance that a journey converts is the sum of its touches' shares times those
rates. `last` then predicts by the last channel, `first` by the first. Markov chains of every order
are judged in `order_choice`.

How long a journey is says much of how it ends, whatever channels it met (a journey without a
conversion goes on until somebody stops looking). So journeys are compared with others of their
length only, and every predictor knows what share of the journeys of that length converts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.folds import folded_touches
from optimizer.attribution.lengths import length_class
from optimizer.attribution.options import Options
from optimizer.attribution.touches import TouchShares
from optimizer.data.tables import Events, Paths

Array = NDArray[np.float64]
Index = NDArray[np.int64]

STEPS = 60  # halvings of the interval that holds a length's odds factor
WIDEST = 60.0  # log-odds


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
        Log-likelihood of the end (conversion or not) given the touches, above that of the rate of
        journeys of the same length.
    auc
        Probability that a converting journey scores above a lost one of the same length (0.5: no
        better than chance), or None where no length has both kinds.
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
        Groups of users (of journeys, where there are only paths), see `folds`.

    Returns
    -------
    list of Score
        In the order of `shares`.
    """
    if not shares:
        return []
    touches = folded_touches(opened, options, shares, folds)
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
    {length_class("max(t.n)")} AS length, max(t.conversions) AS won, max(t.nulls) AS lost
  FROM ({touches.sql}) AS t JOIN rates AS r ON t.bucket = r.bucket AND t.channel = r.channel
  GROUP BY t.trip, t.part, t.bucket
)
SELECT bucket, length, round(chance, 9) AS chance,
  {touches.total("won")} AS won, {touches.total("lost")} AS lost
FROM scored GROUP BY bucket, length, round(chance, 9) ORDER BY bucket, length, chance""".strip()
    )
    gain, auc = judge_ends(
        *(journeys[key] for key in ("bucket", "length", "chance", "won", "lost"))
    )
    return Score(name, None, None, np.zeros(0), gain, auc)


def judge_ends(
    fold: Index, length: Index, chance: Array, won: Array, lost: Array
) -> tuple[float | None, float | None]:
    """How good predicted conversion chances are among journeys of the same length.

    The odds of all journeys of a length are multiplied by one factor, so that as many conversions
    are predicted of that length as there were; then no predictor gains by knowing the length, nor
    loses by not knowing it. Pairs are compared within a fold and a length.

    Parameters
    ----------
    fold, length, chance, won, lost
        G groups of held-out journeys: their fold, their length (any whole number that stands for
        it), what was predicted of them, and how many converted and did not.

    Returns
    -------
    gain : float or None
        Log-likelihood per journey over the conversion rate of its length.
    auc : float or None
        Both are None where no length has both kinds of end.

    Examples
    --------
    >>> same, won, lost = np.zeros(2, dtype=int), np.array([3.0, 1.0]), np.array([1.0, 3.0])
    >>> [abs(round(x, 9)) for x in judge_ends(same, same, np.array([0.5, 0.5]), won, lost)]
    [0.0, 0.5]
    """
    _, of = np.unique(np.asarray(length, np.int64), return_inverse=True)
    fold, chance = np.asarray(fold, np.int64), np.asarray(chance, float)
    won, lost = np.asarray(won, float), np.asarray(lost, float)
    up, down = np.bincount(of, won), np.bincount(of, lost)
    both = ((up > 0) & (down > 0))[of]
    if not both.any():
        return None, None
    fold, of = fold[both], of[both]
    chance, won, lost = chance[both], won[both], lost[both]
    rate = (up / np.maximum(up + down, 1e-300))[of]
    said = _calibrated(of, chance, won, won + lost)
    gain = (won * np.log(said / rate) + lost * np.log((1 - said) / (1 - rate))).sum()
    pairs = _pairs(fold * (int(of.max()) + 1) + of, chance, won, lost)
    return float(gain / (up + down).sum()), pairs


def _calibrated(of: Index, chance: Array, won: Array, journeys: Array) -> Array:
    """Chances whose odds are multiplied by one factor per length, so that conversions add up."""
    safe = np.clip(chance, 1e-12, 1 - 1e-12)
    odds = np.log(safe) - np.log1p(-safe)
    wanted = np.bincount(of, won)
    low, high = np.full(len(wanted), -WIDEST), np.full(len(wanted), WIDEST)
    for _ in range(STEPS):
        middle = (low + high) / 2
        more = np.bincount(of, journeys / (1 + np.exp(-(odds + middle[of])))) < wanted
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    said = 1 / (1 + np.exp(-(odds + ((low + high) / 2)[of])))
    return np.asarray(np.clip(said, 1e-12, 1 - 1e-12))


def _pairs(group: Index, chance: Array, won: Array, lost: Array) -> float | None:
    """Share of pairs (won, lost) of a group in which the won journey scores higher, ties counted
    half; None where no group has both."""
    order = np.lexsort((np.round(chance, 12), group))
    group, chance, won, lost = group[order], chance[order], won[order], lost[order]
    new = np.ones(len(group), dtype=bool)
    new[1:] = group[1:] != group[:-1]
    tied = np.cumsum(new | np.append(True, np.diff(np.round(chance, 12)) != 0)) - 1
    up, down = np.bincount(tied, won), np.bincount(tied, lost)
    first = np.append(0, np.flatnonzero(np.diff(tied)) + 1)
    here = (np.cumsum(new) - 1)[first]
    all_down, all_up = np.bincount(here, down), np.bincount(here, up)
    before = np.cumsum(down) - down - (np.cumsum(all_down) - all_down)[here]
    pairs = float((all_up * all_down).sum())
    return float((up * (before + down / 2)).sum() / pairs) if pairs else None
