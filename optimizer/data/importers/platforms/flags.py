"""Touches with a flag that says whether they ended in a conversion -> events."""

from __future__ import annotations

from dataclasses import replace

from optimizer.data import events, flags
from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.reading.columns import column
from optimizer.messages import _


@IMPORTERS.register
def plain_flags() -> Importer:
    """A table of touches: user, time, channel, and a conversion that is 0 or 1[, value]; a row that
    says 1 is a touch and a purchase -> events.
    """
    kept = tuple(
        entry for entry in flags.flagged(events.LAYOUT).columns if entry.to != "conversion"
    )
    both = flags.touches_and_purchases("marked", ["event", *(entry.to for entry in kept)])
    return Importer(
        _("touches with a flag for conversions"),
        "events",
        general=True,
        rank=55,
        sign=("user_id", "用户ID", "timestamp", "conversion", "是否转化"),
        columns=(
            *(replace(c, required=c.required and c.to != "channel") for c in kept),
            column("_flag", *flags.FLAG.names, required=True, blank=True),
        ),
        rows=f"""
            WITH marked AS (
                SELECT *, CASE {flags.says("_flag")} WHEN TRUE THEN 'purchase'
                    WHEN FALSE THEN 'touch' END AS event
                FROM {{rows}})
            {both}""",
    )
