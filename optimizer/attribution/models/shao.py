"""The second-order probabilistic model of Shao & Li (2011, "Data-driven multi-touch attribution
models")."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.folds import folded_touches
from optimizer.attribution.heldout import Score, judge_ends
from optimizer.attribution.lengths import length_class
from optimizer.attribution.options import Options
from optimizer.attribution.registry import from_counts
from optimizer.attribution.replicates import Array, CreditReplicates, weigh
from optimizer.attribution.touches import TouchShares
from optimizer.data.engine import Engine
from optimizer.data.tables import Events, Paths
from optimizer.journeys.counts import Counts
from optimizer.messages import _

NAME = "shao"

Index = NDArray[np.int64]


def score_pairs(opened: Events | Paths, options: Options, folds: int) -> list[Score]:
    """The held-out score of `shao`, its rates trained without the judged fold.

    On a path with m distinct channels the model's scores add up to the sum over pairs of
    P(conversion | i, j) / (m - 1), and to P(conversion | i) where there is one channel: that sum
    is its prediction. It is no probability by construction (three channels can add up to more than
    1), which its gain in predicting the end will show.

    Parameters
    ----------
    opened
        Events or paths.
    options
        What counts as a journey.
    folds
        Groups of users (of journeys, where there are only paths).

    Returns
    -------
    list of Score
        One; none where the source is not on this machine or no journey has a channel.
    """
    touches = folded_touches(opened, options, {}, folds)
    engine = touches.engine
    if not isinstance(engine, Engine):
        return []
    both = engine.keep(engine.name("pairs"), _PAIRED.format(touches=touches.sql))
    found = engine.columns(
        f"SELECT bucket, one, two, {touches.total('won')} AS won,"
        f" {touches.total('won + lost')} AS journeys FROM {both} GROUP BY bucket, one, two"
    )
    pair = np.column_stack([np.asarray(found[key], np.int64) for key in ("one", "two")])
    pairs, place = np.unique(pair, axis=0, return_inverse=True)
    if not len(pairs):
        return []
    at = np.asarray(found["bucket"], np.int64), place.ravel()
    won, journeys = np.zeros((2, folds, len(pairs)))
    won[at], journeys[at] = np.asarray(found["won"], float), np.asarray(found["journeys"], float)
    won, journeys = won.sum(axis=0) - won, journeys.sum(axis=0) - journeys
    ends = engine.columns(
        f"SELECT bucket, {touches.total('won')} AS won, {touches.total('won + lost')} AS journeys"
        f" FROM {both} WHERE one = two AND nth = 1 GROUP BY bucket"
    )
    all_of = np.zeros((2, folds))
    all_of[:, np.asarray(ends["bucket"], np.int64)] = ends["won"], ends["journeys"]
    train_won, train = all_of.sum(axis=1, keepdims=True) - all_of
    plain = train_won / np.maximum(train, 1e-300)
    # one journey's worth of the plain rate steadies pairs that were hardly seen
    rate = (won + plain[:, None]) / (journeys + 1.0)
    judged = _predicted(touches, engine, both, pairs, rate)
    gain, auc = judge_ends(*(judged[key] for key in ("bucket", "length", "chance", "won", "lost")))
    return [Score(NAME, None, None, np.zeros(0), gain, auc)]


# Each journey with each two of its channels, and with each alone (one = two); m: how many it has,
# nth: which of them `one` is.
_PAIRED = """WITH present AS (
  SELECT trip, part, bucket, channel, max(n) AS n, max(conversions) AS won, max(nulls) AS lost,
    count(*) OVER (PARTITION BY trip, part) AS m,
    row_number() OVER (PARTITION BY trip, part ORDER BY channel) AS nth
  FROM ({touches}) AS t GROUP BY trip, part, bucket, channel
)
SELECT a.trip, a.part, a.bucket, a.n, a.m, a.nth, a.won, a.lost, a.channel AS one, b.channel AS two
FROM present AS a JOIN present AS b
  ON a.trip = b.trip AND a.part = b.part AND a.channel <= b.channel"""


def _predicted(
    touches: TouchShares, engine: Engine, both: str, pairs: Index, rate: Array
) -> dict[str, Any]:
    """Journeys by bucket, length and predicted chance: those, won, lost. pairs: P x 2; rate:
    buckets x pairs."""
    import pyarrow

    folds, size = rate.shape
    table = engine.name("rates")
    engine.connection.register(
        table,
        pyarrow.table(
            {
                "bucket": np.repeat(np.arange(folds), size),
                "one": np.tile(pairs[:, 0], folds),
                "two": np.tile(pairs[:, 1], folds),
                "rate": rate.ravel(),
            }
        ),
    )
    found = engine.columns(f"""WITH scored AS (
  SELECT a.trip, a.part, a.bucket, sum(r.rate / greatest(a.m - 1, 1)) AS chance,
    {length_class("max(a.n)")} AS length, max(a.won) AS won, max(a.lost) AS lost
  FROM {both} AS a
  JOIN {table} AS r ON r.bucket = a.bucket AND r.one = a.one AND r.two = a.two
  WHERE a.one < a.two OR a.m = 1
  GROUP BY a.trip, a.part, a.bucket
)
SELECT bucket, length, round(least(chance, 1.0), 9) AS chance,
  {touches.total("won")} AS won, {touches.total("lost")} AS lost
FROM scored GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""")
    engine.connection.unregister(table)
    return {name: np.asarray(column, float) for name, column in found.items()}


@from_counts(
    title=_("Second-order probabilistic"),
    pairs=True,
    nonnegative=False,
    by_default=False,
    heldout=score_pairs,
    rank=130,
)
def shao(counts: Counts, draws: Array, options: Options) -> CreditReplicates:
    """Second-order probabilistic model: each converting path scores its channels by what they and
    their pairs convert.

    On a path with m distinct channels, channel i scores P(conversion | i) + 1 / (2 (m - 1)) * sum
    over j of [P(conversion | i, j) - P(conversion | i) - P(conversion | j)], where P is the share
    of journeys with that channel (or pair) that convert. Credit is the sum over conversions. The
    scores are no probabilities: where they fall short of a conversion the rest is left unassigned
    and shown as organic; where their sum exceeds the total they are scaled to it. Pairs that
    convert worse together than apart can make a score negative.

    Parameters
    ----------
    counts
        Journeys by presence of channel pairs, by B user buckets.
    draws
        R x B bucket weights.
    options
        None is used.
    """
    pairs = counts.pairs
    if pairs is None:
        raise ValueError("counted without pairs")
    one, two, alone = pairs.first, pairs.second, pairs.first == pairs.second
    channels = len(counts.channels)
    journeys, conversions = weigh(draws, pairs.journeys), weigh(draws, pairs.conversions)
    rate = np.divide(conversions, journeys, out=np.zeros_like(conversions), where=journeys > 0)
    single = np.zeros((len(draws), channels))
    single[:, one[alone]] = rate[:, alone]
    mixed = ~alone
    lift = 0.5 * (rate[:, mixed] - single[:, one[mixed]] - single[:, two[mixed]])
    credit = []
    for counted, shared in (
        (pairs.conversions, pairs.shared_conversions),
        (pairs.value, pairs.shared_value),
    ):
        own = np.zeros((len(draws), channels))
        own[:, one[alone]] = weigh(draws, counted)[:, alone] * rate[:, alone]
        part = weigh(draws, shared)[:, mixed] * lift
        for row, extra in zip(own, part, strict=True):
            np.add.at(row, one[mixed], extra)
            np.add.at(row, two[mixed], extra)
        credit.append(own)
    totals = [weigh(draws, counts.conversions), weigh(draws, counts.value)]
    for i in (0, 1):
        given = credit[i].sum(axis=1)
        over = np.where(given > totals[i], totals[i] / np.where(given > 0, given, 1.0), 1.0)
        credit[i] = credit[i] * over[:, None]
    left = np.stack([np.maximum(totals[i] - credit[i].sum(axis=1), 0.0) for i in (0, 1)], axis=-1)
    return CreditReplicates(credit[0], credit[1], unassigned=left)
