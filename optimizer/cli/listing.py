"""`optimizer list`: what can be named in a scenario or on the command line."""

from __future__ import annotations

import importlib

import click

from optimizer.cli.show import format_option, spoken, table, to_csv, to_json, words
from optimizer.messages import Message

# kind: where its registry stands
REGISTRIES = {
    "models": "optimizer.attribution.models:MODELS",
    "rules": "optimizer.allocation.limits:RULES",
    "goals": "optimizer.allocation.goals:GOALS",
    "curves": "optimizer.response.curves:CURVES",
    "importers": "optimizer.data.importers:IMPORTERS",
    "worlds": "optimizer.simulate:WORLDS",
}


@click.command("list", epilog="Example: optimizer list rules")
@click.argument("kind", type=click.Choice([*REGISTRIES, "templates", "schema"]))
@format_option
def listing(kind: str, form: str) -> None:
    """List models, rules, goals, curves, importers, worlds or templates, one line each.

    `optimizer list schema` prints the JSON Schema of scenario files, for your editor.
    """
    if kind == "schema":
        from optimizer.scenario.json_schema import json_schema

        click.echo(to_json(json_schema()), nl=False)
        return
    if kind == "templates":
        from optimizer.scenario.templates import templates

        rows = [
            {"name": name, "about": text}
            for name, text in templates(spoken() if form == "table" else "en").items()
        ]
    else:
        module, attribute = REGISTRIES[kind].split(":")
        registry = getattr(importlib.import_module(module), attribute)
        rows = [{"name": name, "about": registry.help(name)} for name in registry]
    if form == "json":
        click.echo(to_json(rows), nl=False)
    elif form == "csv":
        click.echo(to_csv(rows, ["name", "about"]), nl=False)
    else:
        table(
            None, ["name", "about"], [[row["name"], words(Message(row["about"]))] for row in rows]
        )
