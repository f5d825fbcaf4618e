"""`optimizer list`: what can be named in a scenario or on the command line."""

from __future__ import annotations

import importlib
from typing import Any

import click

from optimizer.cli.show import format_option, reader, spoken, table, to_csv, to_json
from optimizer.messages import Message, _, pgettext
from optimizer.registry import BUILT_IN, Registry

# kind: where its registry stands; only the one asked for is loaded
REGISTRIES = {
    "models": "optimizer.attribution.registry:MODELS",
    "rules": "optimizer.allocation.rule:RULES",
    "goals": "optimizer.allocation.goal:GOALS",
    "curves": "optimizer.response.curve:CURVES",
    "importers": "optimizer.data.importers:IMPORTERS",
    "sections": "optimizer.report.sections:SECTIONS",
    "worlds": "optimizer.simulate:WORLDS",
}
COLUMNS = ("name", "about", "origin")


def family(kind: str) -> Registry[Any]:
    """The registry of a kind of `optimizer list`."""
    module, attribute = REGISTRIES[kind].split(":")
    registry: Registry[Any] = getattr(importlib.import_module(module), attribute)
    return registry


@click.command("list", epilog="Example: optimizer list rules")
@click.argument("kind", type=click.Choice([*REGISTRIES, "templates", "schema"]))
@format_option
def listing(kind: str, form: str) -> None:
    """List models, rules, goals, curves, importers, sections, worlds or templates, one line each.

    `optimizer list schema` prints the JSON Schema of scenario files, for your editor.
    """
    if kind == "schema":
        from optimizer.scenario.json_schema import json_schema  # loads pydantic

        click.echo(to_json(json_schema()), nl=False)
        return
    rows = _templates(form) if kind == "templates" else _entries(family(kind))
    if form == "json":
        click.echo(to_json(rows), nl=False)
    elif form == "csv":
        click.echo(to_csv(rows, COLUMNS), nl=False)
    else:
        say = reader()
        # where everything is the program's own, saying so on each line is noise
        own = all(row["origin"] == BUILT_IN for row in rows)
        table(
            None,
            [_("name"), _("about"), *([] if own else [pgettext("plug-in", "from")])],
            [
                [
                    row["name"],
                    say.template(Message(row["about"])),
                    *([] if own else [row["origin"]]),
                ]
                for row in rows
            ],
        )


def _entries(registry: Registry[Any]) -> list[dict[str, str]]:
    return [
        dict(zip(COLUMNS, (name, registry.help(name), registry.origin(name)), strict=True))
        for name in registry
    ]


def _templates(form: str) -> list[dict[str, str]]:
    from optimizer.scenario.templates import templates  # loads the scenario layer

    told = templates(spoken() if form == "table" else "en")
    return [{"name": name, "about": text, "origin": BUILT_IN} for name, text in told.items()]
