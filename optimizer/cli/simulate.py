"""`optimizer simulate`: write a company whose truth is known."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.show import note
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.simulate import simulate as write


@click.command(
    epilog="Example: optimizer simulate my-company --seed 7 --world goodwill --knob organic=2"
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="The same seed writes the same bytes.",
)
@click.option(
    "--users", type=int, default=20_000, show_default=True, help="People who can be reached."
)
@click.option("--weeks", type=int, default=26, show_default=True, help="Weeks of history.")
@click.option(
    "--channels",
    type=int,
    default=6,
    show_default=True,
    help="Paid channels (`direct` comes on top).",
)
@click.option(
    "--world", default="stages", show_default=True, help="stages, goodwill or direct_response."
)
@click.option(
    "--generic-names",
    is_flag=True,
    help="channel_01, channel_02 ... in place of the trade's names.",
)
@click.option(
    "--knob",
    "knobs",
    multiple=True,
    metavar="NAME=VALUE",
    help="A trap: seen, harvest, organic, targeting, heavy, tiny, null, pauses, in_step, season, "
    "noise.",
)
def simulate(
    folder: Path,
    seed: int,
    users: int,
    weeks: int,
    channels: int,
    world: str,
    generic_names: bool,
    knobs: tuple[str, ...],
) -> None:
    """Write a company whose truth is known into FOLDER: data/, scenario.yaml, truth.json."""
    truth = write(
        folder,
        seed=seed,
        users=users,
        weeks=weeks,
        channels=channels,
        world=world,
        generic_names=generic_names,
        **_numbers(knobs),
    )
    paid = truth.history_total[0] - truth.history_organic[0]
    note(
        _(
            "{folder}: {weeks} weeks, {channels} paid channels; of about {history_total} "
            "new customers {paid} are caused by paid touches. Plan it: optimizer plan "
            "{folder2}",
            folder=folder,
            weeks=weeks,
            channels=channels,
            history_total=f"{truth.history_total[0]:,.0f}",
            paid=f"{paid:,.0f}",
            folder2=folder / "scenario.yaml",
        )
    )


def _numbers(knobs: tuple[str, ...]) -> dict[str, float | int]:
    out: dict[str, float | int] = {}
    for knob in knobs:
        name, sign, text = knob.partition("=")
        try:
            number = float(text)
        except ValueError:
            sign = ""
            number = 0.0
        if not sign:
            raise UserError(
                _("--knob {knob} is not NAME=NUMBER", knob=knob),
                "simulate",
                _("write it like --knob organic=2"),
            )
        out[name] = int(number) if name in ("tiny", "null") and number == int(number) else number
    return out
