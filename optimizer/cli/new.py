"""`optimizer new`: a scenario folder to start from."""

from __future__ import annotations

import click

from optimizer.cli.show import note, spoken


@click.command(epilog="Example: optimizer new my-brand --template new_brand")
@click.argument("folder", type=click.Path())
@click.option("--template", default="new_brand", show_default=True, help="Which one; `optimizer list templates` shows them.")
def new(folder: str, template: str) -> None:
    """Write a scenario folder to start from: a scenario.yaml to edit, its data, and a README with the question."""
    from optimizer.scenario.templates import copy_template

    file = copy_template(template, folder, spoken())
    note(f"wrote {file}\n  next: edit it, then `optimizer check {folder}` and `optimizer plan {folder}`")
