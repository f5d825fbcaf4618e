"""How `optimizer attribute --removal` prints the removal effect in three columns, and what each
assumes.
"""

from __future__ import annotations

from typing import Any

from optimizer.attribution.counting import count_under, opened_source
from optimizer.attribution.lifecycle.adapter import fitted
from optimizer.attribution.options import Options
from optimizer.attribution.removal import removal
from optimizer.cli.show import Row, emit, note, table, tell
from optimizer.data.tables import Events, Paths
from optimizer.errors import UserError
from optimizer.messages import _

COLUMNS = ["channel", "lost", "skipped", "untouched"]
HEADS = [_("channel"), _("lost"), _("skipped"), _("untouched")]
MEANS = (
    _("Share of conversions that go with the channel, by what becomes of those it touched:"),
    _(
        "lost: they are lost at the removed touch (the classical removal effect; too much for a "
        "channel that only harvests)"
    ),
    _(
        "skipped: the touch is skipped and the journey goes on; lost is only who met no other "
        "channel"
    ),
    _(
        "untouched: they are left to the untouched baseline of the lifecycle model (what the "
        "channel causes)"
    ),
)


def removed(opened: Events | Paths, options: dict[str, Any]) -> list[Row]:
    """The removal effect, three ways.

    Parameters
    ----------
    opened
        Events, or a path table, which has no untouched baseline.
    options
        Those of `attribute`.

    Returns
    -------
    list
        channel, lost, skipped, untouched (shares of conversions; untouched is None without events
        or where the lifecycle cannot be fitted), largest first.
    """
    chosen = Options.of(**options)
    opened = opened_source(opened, segment=chosen.segment)
    counts = count_under(opened, chosen, (1,))
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


def show(rows: list[Row], form: str) -> None:
    """In the asked form; a table is explained.

    Parameters
    ----------
    rows
        As `removed` gives them.
    form
        table | json | csv.
    """
    if emit(form, rows, rows, COLUMNS):
        return
    for sentence in MEANS:
        tell(sentence)
    cells = [
        [row["channel"], *("" if row[name] is None else f"{row[name]:.4f}" for name in COLUMNS[1:])]
        for row in rows
    ]
    table(None, HEADS, cells, right=(1, 2, 3))
