"""One pass over the journeys for everything that the asked models need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from optimizer.attribution.ledger import SINGLE, SINGLE_SHARE
from optimizer.attribution.options import Options
from optimizer.attribution.registry import ModelSpec
from optimizer.customers.segments import of_segment
from optimizer.data.open import Source, open_source
from optimizer.data.tables import Events, Paths
from optimizer.journeys.counting import count
from optimizer.journeys.counts import Counts
from optimizer.journeys.declared import Journey
from optimizer.journeys.prepared import prepared
from optimizer.store import Kept


def opened_as_is(
    source: Source, journey: Journey, columns: Mapping[str, str] | None = None, **options: Any
) -> Events | Paths:
    """The source, opened with what the journey says of reading a file, and not yet read its way.

    Parameters
    ----------
    source, columns, options
        As `open_source` takes them.
    journey
        Its separator, ignored columns and words for a touch count here.
    """
    said = {"separator": journey.separator, "ignore": journey.ignore, "touch": journey.touch}
    return open_source(source, columns, **said, **options)


def opened_source(
    source: Source,
    columns: Mapping[str, str] | None = None,
    segment: str | None = None,
    journey: Journey | Mapping[str, Any] | None = None,
) -> Events | Paths:
    """Events or paths, whatever the source was.

    Parameters
    ----------
    source
        Anything `open_source` takes, or what it returned.
    columns
        The file's names of our columns.
    segment
        Everything the people of this segment did, whether or not each row says so.
    journey
        How users, touches, orders and channels are read.
    """
    declared = Journey.of(journey)
    opened = prepared(opened_as_is(source, declared, columns), declared)
    if segment is not None and isinstance(opened, Events):
        return of_segment(opened, segment)
    return opened


def count_under(
    opened: Source,
    options: Options,
    orders: Iterable[int] = (),
    *,
    weights: Mapping[str, str] | None = None,
    pairs: bool = False,
    buckets: int = 1,
    longest: bool = False,
) -> Counts:
    """`journeys.counting.count` with what these options say about journeys.

    Parameters
    ----------
    opened
        Events, paths, or anything that can be opened.
    options
        What counts as a journey.
    orders
        Markov orders whose transitions are counted.
    weights, pairs, buckets, longest
        As for `count`.
    """
    return count(
        opened,
        weights=weights,
        orders=tuple(orders),
        pairs=pairs,
        buckets=buckets,
        longest=longest,
        touch=options.touch,
        ties=options.ties,
        **options.counted(),
    )


def counts_for(
    opened: Source,
    asked: Sequence[tuple[ModelSpec, Options]],
    buckets: int = 1,
    weights: Mapping[str, str] | None = None,
) -> Counts:
    """What these models need, in one pass.

    Parameters
    ----------
    opened
        Events, paths, or anything that can be opened.
    asked
        Models with their options, at least one; those differ in nothing but the order.
    buckets
        Groups of users for the bootstrap.
    weights
        Share expressions besides the models' own, by name.
    """
    shares = {
        model.name: model.share(options) for model, options in asked if model.share is not None
    }
    return count_under(
        opened,
        asked[0][1],
        sorted({options.order for model, options in asked if model.chain}),
        weights={**shares, **(weights or {})},
        pairs=any(model.pairs for model, __ in asked),
        buckets=buckets,
        longest=any(options.truncate == "longest" for __, options in asked),
    )


def kept_counts(
    kept: Kept,
    opened: Events | Paths,
    asked: Sequence[tuple[ModelSpec, Options]],
    usual: Iterable[ModelSpec],
    buckets: int,
) -> Counts:
    """Counts for these models and for the usual ones, so that the next one asked for finds them.

    Parameters
    ----------
    kept
        Where counts of this source as it was opened are found.
    opened, asked, buckets
        As for `counts_for`.
    usual
        Models that are likely to be asked for next.
    """
    options = asked[0][1]
    both = [*asked, *((model, replace(options, order=1)) for model in usual)]
    wide = list({(model.name, own.order): (model, own) for model, own in both}.values())
    told = {
        "shares": {m.name: m.share(own) for m, own in wide if m.share is not None},
        "orders": sorted({own.order for m, own in wide if m.chain}),
        "pairs": any(m.pairs for m, __ in wide),
        "counted": repr((options.touch, options.ties, options.truncate, options.counted())),
        "buckets": buckets,
    }
    single = {SINGLE: SINGLE_SHARE}
    found = kept.told(told).get("counts", lambda: counts_for(opened, wide, buckets, single))
    shares = {model.name for model, __ in asked if model.share is not None}
    told_of = shares | {SINGLE} if shares else shares
    return replace(found, credit={n: v for n, v in found.credit.items() if n in told_of})
