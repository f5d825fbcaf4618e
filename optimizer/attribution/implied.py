"""What a share-of-journey model predicts, so that it can be judged on journeys it has not seen.

Such a model says which touches earned a conversion. Its implied rate of a channel is the credit the channel earned
per unit of share it was given, over converting and lost journeys alike; the chance that a journey converts is the
sum of its touches' shares times those rates. `last` then predicts by the last channel, `first` by the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.family import Options
from optimizer.attribution.heldout import Score, judge_ends
from optimizer.attribution.relation import Relation, relation

Array = NDArray[np.float64]


def score_shares(
    opened: Any, shares: Mapping[str, str], options: Options, folds: int
) -> list[Score]:
    """Held-out scores of share-of-journey models (name -> SQL expression), each trained without the judged fold."""
    if not shares:
        return []
    touches = relation(opened, options, shares, buckets=folds, by_path=True)
    columns = ", ".join(
        f"{touches.total(f'share_{i} * conversions')} AS won_{i}, {touches.total(f'share_{i} * (conversions + nulls)')} AS all_{i}"
        for i in range(len(shares))
    )
    found = touches.engine.columns(
        f"SELECT bucket, channel, {columns} FROM ({touches.sql}) AS t GROUP BY bucket, channel"
    )
    fold = np.asarray(found["bucket"], dtype=np.int64)
    place = np.asarray(found["channel"], dtype=np.int64)
    return [_score(touches, name, i, fold, place, found, folds) for i, name in enumerate(shares)]


def _score(
    touches: Relation,
    name: str,
    i: int,
    fold: NDArray[np.int64],
    place: NDArray[np.int64],
    found: Any,
    folds: int,
) -> Score:
    won, everything = np.zeros((folds, len(touches.names))), np.zeros((folds, len(touches.names)))
    won[fold, place], everything[fold, place] = (
        np.asarray(found[f"won_{i}"], float),
        np.asarray(found[f"all_{i}"], float),
    )
    train_won, train_all = won.sum(axis=0) - won, everything.sum(axis=0) - everything
    plain = train_won.sum(axis=1) / np.maximum(train_all.sum(axis=1), 1e-300)
    # one journey's worth of the plain rate steadies channels that were hardly seen
    rate = (train_won + plain[:, None]) / (train_all + 1.0)
    journeys = touches.engine.columns(
        f"WITH rates AS ({touches.numbers(rate, 'rate')}), scored AS ("
        f"SELECT t.trip, t.part, t.bucket, sum(t.share_{i} * r.rate) AS chance, max(t.conversions) AS won, max(t.nulls) AS lost"
        f" FROM ({touches.sql}) AS t JOIN rates AS r ON t.bucket = r.bucket AND t.channel = r.channel"
        f" GROUP BY t.trip, t.part, t.bucket)"
        f" SELECT bucket, round(chance, 9) AS chance, {touches.total('won')} AS won, {touches.total('lost')} AS lost FROM scored"
        f" GROUP BY bucket, round(chance, 9) ORDER BY bucket, chance"
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
