"""Held-out folds: users of an events table, journeys of a path table, by what they did
(`journeys.resampling`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from optimizer.attribution.options import Options
from optimizer.attribution.touches import TouchShares, touch_shares
from optimizer.data.engine import Engine
from optimizer.data.tables import Events, Paths
from optimizer.journeys.resampling import with_lots


def resampled(opened: Events | Paths, options: Options) -> Events | Paths:
    """The source with its users in groups by what they did; a path table's journeys are when they
    are counted.

    Parameters
    ----------
    opened
        Events or paths.
    options
        What counts as a journey.
    """
    if isinstance(opened, Paths):
        return opened
    return with_lots(opened, options.shape(), options.segment, options.platforms)


def folded_touches(
    opened: Events | Paths, options: Options, shares: Mapping[str, str], folds: int
) -> TouchShares:
    """The touches with a share of the journey per model, and the fold in the column `bucket`.

    Parameters
    ----------
    opened
        Events or paths.
    options
        What counts as a journey.
    shares
        Name -> SQL expression of a touch's share.
    folds
        How many.

    Returns
    -------
    TouchShares
        Computed once and kept, where the source is on this machine. In a database the folds are
        drawn by user alone (of a path table there: by path).
    """
    touches = touch_shares(resampled(opened, options), options, shares, buckets=folds)
    engine = touches.engine
    if not isinstance(engine, Engine):
        return touches
    kept = engine.keep(engine.name("folded"), touches.sql)
    return replace(touches, sql=f"SELECT * FROM {kept}")
