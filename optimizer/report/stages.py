"""What one touch does to people at each stage, by the fitted lifecycle."""

from __future__ import annotations

from optimizer.attribution.lifecycle import Lifecycle
from optimizer.messages import _
from optimizer.report.channels import platform_of
from optimizer.report.titles import stage_title
from optimizer.report.view import Cell, Column, Table
from optimizer.report.words import Words


def uplift_table(life: Lifecycle, say: Words) -> Table:
    """Chance that one touch moves somebody on, with its standard error, by channel and stage.

    Parameters
    ----------
    life
        The fitted lifecycle; its uplifts are chances per touch, 0 to 1.
    say
        The reader's words.
    """
    order = sorted(range(len(life.channels)), key=lambda i: life.channels[i])
    rows = tuple(
        (
            Cell(life.channels[i]),
            *(
                Cell(
                    say.percent(float(life.uplift[i, j]), 2),
                    note=say(_("± {error}", error=say.percent(float(life.error[i, j]), 2))),
                )
                for j in range(len(life.stages))
            ),
        )
        for i in order
    )
    columns = (
        Column(say(_("Channel")), number=False),
        *(Column(say(stage_title(name))) for name in life.stages),
    )
    return Table(
        say(_("Chance that one touch moves somebody on, above what happens by itself")),
        columns,
        rows,
        tuple(platform_of(life.channels[i]) for i in order),
    )
