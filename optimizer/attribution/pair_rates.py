"""What `shao` predicts, so that it can be judged on journeys it has not seen.

On a path with m distinct channels the scores of Shao & Li's second-order model add up to the sum over pairs of
P(conversion | i, j) / (m - 1), and to P(conversion | i) where there is one channel: that sum is its prediction. It is no
probability by construction (three channels can add up to more than 1), which its gain in predicting the end will show.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.attribution.family import Options
from optimizer.attribution.heldout import Score, judge_ends
from optimizer.attribution.relation import relation


def score_pairs(opened: Any, options: Options, folds: int) -> list[Score]:
    """The held-out score of `shao`, its rates trained without the judged fold; none where the source is not on this machine."""
    import pyarrow

    from optimizer.journeys.counting import count

    touches = relation(opened, options, {}, buckets=folds, by_path=True)
    if touches.engine.dialect != "duckdb":
        return []
    counts = count(
        opened,
        orders=(),
        pairs=True,
        buckets=folds,
        by_path=True,
        lookback_days=options.lookback_days,
        nulls=options.nulls,
        collapse=options.collapse,
        direct=options.direct,
        conversion=options.conversion,
        segment=options.segment,
        platforms=options.platforms,
    )
    pairs = counts.pairs
    if pairs is None or not len(pairs.first):
        return []
    journeys, won = (
        np.asarray(part.sum(axis=0)).ravel()
        - (part.toarray() if hasattr(part, "toarray") else part)
        for part in (pairs.journeys, pairs.conversions)
    )
    train_won = counts.conversions.sum() - counts.conversions
    train_lost = counts.nulls.sum() - counts.nulls
    plain = train_won / np.maximum(train_won + train_lost, 1e-300)
    rate = (won + plain[:, None]) / (
        journeys + 1.0
    )  # one journey's worth of the plain rate steadies pairs that were hardly seen
    size = len(pairs.first)
    table = touches.engine.name("rates")
    touches.engine.connection.register(
        table,
        pyarrow.table(
            {
                "bucket": np.repeat(np.arange(folds), size),
                "one": np.tile(pairs.first, folds),
                "two": np.tile(pairs.second, folds),
                "rate": rate.ravel(),
            }
        ),
    )
    found = touches.engine.columns(f"""WITH present AS (
  SELECT trip, part, bucket, channel, max(conversions) AS won, max(nulls) AS lost, count(*) OVER (PARTITION BY trip, part) AS m
  FROM ({touches.sql}) AS t GROUP BY trip, part, bucket, channel
), scored AS (
  SELECT a.trip, a.part, a.bucket, sum(r.rate / greatest(a.m - 1, 1)) AS chance, max(a.won) AS won, max(a.lost) AS lost
  FROM present AS a JOIN present AS b ON a.trip = b.trip AND a.part = b.part AND (a.channel < b.channel OR (a.m = 1 AND a.channel = b.channel))
  JOIN {table} AS r ON r.bucket = a.bucket AND r.one = a.channel AND r.two = b.channel GROUP BY a.trip, a.part, a.bucket
)
SELECT bucket, round(least(chance, 1.0), 9) AS chance, {touches.total("won")} AS won, {touches.total("lost")} AS lost
FROM scored GROUP BY 1, 2 ORDER BY 1, 2""")
    touches.engine.connection.unregister(table)
    gain, auc = judge_ends(
        np.asarray(found["bucket"], np.int64),
        np.asarray(found["chance"], float),
        np.asarray(found["won"], float),
        np.asarray(found["lost"], float),
        train_won,
        train_lost,
    )
    return [Score("shao", None, None, np.zeros(0), gain, auc)]
