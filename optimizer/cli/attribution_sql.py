"""`optimizer attribute --print-sql`: the counting query of the models named."""

from __future__ import annotations

import json
from collections.abc import Sequence

from optimizer.attribution.options import Options
from optimizer.attribution.registry import MODELS
from optimizer.cli.attribution_said import Given, Orders
from optimizer.customers.segments import TOLD
from optimizer.data.tables import Events, Paths
from optimizer.journeys.printing import print_sql


def counting_sql(
    opened: Events | Paths, names: Sequence[str], orders: Orders, given: Given, words: Given
) -> str:
    """The counting query of the models named."""
    options = Options.of(**given)
    chosen = [MODELS[name] for name in names or MODELS.by_default()]
    weights = {model.name: model.share(options) for model in chosen if model.share is not None}
    steps = orders if isinstance(orders, list) else [1 if orders == "auto" else int(orders)]
    text = print_sql(
        opened,
        weights,
        steps if any(model.takes_order for model in chosen) else (),
        words["dialect"],
        **options.counted(),
    )
    if options.ties == "split" and isinstance(opened, Events):
        text = f"-- touches of one moment stand in the order of their names\n{text}"
    if words["journey"].rewrites:
        told = json.dumps(words["journey"].told())  # a text of the user's ends no comment there
        text = f"-- the table is as the journey reads it, not as it stands: {told}\n{text}"
    if options.segment is None:
        return text
    told = TOLD.format(timed="timestamp", when="timestamp", table="events")
    return f"-- segment: on every row the latest that is known of its user: {told}\n{text}"
