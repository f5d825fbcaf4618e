"""How `optimizer attribute --removal` prints the removal effect in three columns, and what each assumes."""

from __future__ import annotations

from typing import Any

import click

from optimizer.cli.show import note, table, tell, to_csv, to_json
from optimizer.messages import _

COLUMNS = ["channel", "lost", "skipped", "untouched"]
MEANS = (
    "Share of conversions that go with the channel, by what becomes of those it touched:",
    "lost: they are lost at the removed touch (the classical removal effect; too much for a channel that only harvests)",
    "skipped: the touch is skipped and the journey goes on; lost is only who met no other channel",
    "untouched: they are left to the untouched baseline of the lifecycle model (what the channel causes)",
)


def removed(opened: Any, options: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows channel, lost, skipped, untouched (None without events or where the lifecycle cannot be fitted), largest first."""
    from optimizer.attribution.family import Options
    from optimizer.attribution.lifecycle.registered import fitted
    from optimizer.attribution.models import opened_source
    from optimizer.attribution.removal import removal
    from optimizer.data.tables import Events
    from optimizer.errors import UserError
    from optimizer.journeys.counting import count

    chosen = Options.of(**options)
    opened = opened_source(opened, segment=chosen.segment)
    counts = count(
        opened,
        orders=(1,),
        lookback_days=chosen.lookback_days,
        nulls=chosen.nulls,
        collapse=chosen.collapse,
        direct=chosen.direct,
        conversion=chosen.conversion,
        segment=chosen.segment,
        platforms=chosen.platforms,
    )
    life = None
    if isinstance(opened, Events):
        try:
            life = fitted(opened, chosen, buckets=1)
        except UserError as problem:
            note(_("no lifecycle, so nothing to return to: {what}", what=problem.problems[0].what))
    else:
        note(_("a path table has no times, so there is no untouched baseline to return to"))
    found = removal(counts, life)
    rows = [
        {
            "channel": name,
            "lost": float(found.lost[i]),
            "skipped": float(found.skipped[i]),
            "untouched": None if found.untouched is None else float(found.untouched[i]),
        }
        for i, name in enumerate(found.channels)
    ]
    return sorted(rows, key=lambda row: (-row["lost"], row["channel"]))


def show(rows: list[dict[str, Any]], form: str) -> None:
    """In the asked form; a table is explained."""
    if form == "json":
        click.echo(to_json(rows), nl=False)
        return
    if form == "csv":
        click.echo(to_csv(rows, COLUMNS), nl=False)
        return
    for sentence in MEANS:
        tell(sentence)
    cells = [
        [row["channel"], *("" if row[name] is None else f"{row[name]:.4f}" for name in COLUMNS[1:])]
        for row in rows
    ]
    table(None, COLUMNS, cells, right=(1, 2, 3))
