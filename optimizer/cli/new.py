"""`optimizer new`: a scenario folder to start from."""

from __future__ import annotations

import re
from pathlib import Path

import click

from optimizer.cli.show import note, progress, reader, spoken
from optimizer.messages import _
from optimizer.pipeline.scaffold import scaffold
from optimizer.scenario.templates import copy_template


@click.command(epilog="Example: optimizer new my-brand --template new_brand")
@click.argument("folder", type=click.Path())
@click.option(
    "--template",
    default="new_brand",
    show_default=True,
    help="Which one; `optimizer list templates` shows them.",
)
@click.option(
    "--from",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Start from this file of your own instead: spend, totals, events, orders or paths, as "
    "exported; may be repeated.",
)
def new(folder: str, template: str, files: tuple[Path, ...]) -> None:
    """Write a scenario folder to start from: a scenario.yaml to edit, its data, and a README with
    the question.

    With --from the data are your own exports, read as `optimizer import auto` reads them.
    """
    if files:
        with progress() as say:
            say(_("reading exports"))
            file = scaffold(
                files, Path(folder), reader(), lambda text: note(_("note: {text}", text=text))
            )
    else:
        file = copy_template(template, folder, spoken())
    if re.search(r"[\s<>|&;()'$*?]", folder):  # as a shell takes it
        folder = f'"{folder}"'
    note(
        _(
            "wrote {file}\n  next: edit it, then `optimizer check {folder}` and `optimizer "
            "plan {folder2}`",
            file=file,
            folder=folder,
            folder2=folder,
        )
    )
