"""`optimizer map`: what is open of a file, asked once and kept in mapping.yaml beside it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from optimizer.cli.show import Row, emit, format_option, lang_option, note, progress, table, words
from optimizer.data.importers.questions import questions
from optimizer.data.mapping.file import MAPPING, mapping_of, write_mapping
from optimizer.data.mapping.keys import KEYS
from optimizer.data.mapping.model import Mapping
from optimizer.data.mapping.settings import changes
from optimizer.errors import Problem, Problems, UserError
from optimizer.inputs import whole
from optimizer.messages import _, listed

COLUMNS = ("file", "key", "value", "choices", "what")


@click.command(name="map", epilog="Example: optimizer map spend.csv --set currency=CNY")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Write this without asking: channel=meta, columns.spend=Cost, aliases.douyin=抖音,Douyin, "
    "words.touch=触达.",
)
@format_option
@lang_option
def mapping(
    files: tuple[Path, ...], settings: tuple[str, ...], form: str, lang: str | None
) -> None:
    """Ask what FILES leave open, and keep the answers in mapping.yaml beside them.

    `import`, `new`, `check`, `attribute`, `metrics` and `rfm` read it, so that nothing is asked or
    guessed twice. A folder for a file: what is set holds for everything in it. Off a terminal, and
    with --set, nothing is asked: what is still open is listed.
    """
    for file in files:
        if not file.exists():
            raise UserError(_("no such file"), str(file), _("check the path"))
    for file in files:
        _write(file, settings)
    still = {file: _open(file) for file in files}
    if not settings and form == "table" and on_terminal():
        still = {file: _ask(file, found) for file, found in still.items()}
    _show(still, form)
    if form == "table":
        _tell_open([problem for found in still.values() for problem in found], bool(settings))
    elif any(still.values()) and not settings:
        click.get_current_context().exit(1)


def on_terminal() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _place(file: Path) -> tuple[Path, str | None]:
    """The mapping.yaml for a file, and the file's name there; None: it is a folder."""
    return (file / MAPPING, None) if file.is_dir() else (file.parent / MAPPING, file.name)


def _write(file: Path, settings: Sequence[str]) -> None:
    path, name = _place(file)
    told = changes(settings, name)
    if told:
        write_mapping(path, told)
        note(_("wrote {file}: {names}", file=path, names=listed(settings)))


def _open(file: Path) -> tuple[Problem, ...]:
    with progress() as say:
        say(_("reading exports"))
        return questions(file)


def _tell_open(problems: Sequence[Problem], settled: bool) -> None:
    """What is still open: remarks after a setting, else what is wrong."""
    if problems and not settled:
        raise Problems(problems)
    for problem in problems:
        note(_("still open: {problem}", problem=problem))


def _ask(file: Path, found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Ask every question once, writing each answer before the next."""
    passed: list[Problem] = []
    while True:
        asked = next((p for p in found if p.open is not None and p not in passed), None)
        if asked is None:
            return found
        answers = _answers(asked)
        passed.append(asked)
        if answers:
            try:
                _write(file, answers)
            except UserError as error:
                note(_("error: {error}", error=error))
                passed.pop()
            found = _open(file)


def _answers(problem: Problem) -> list[str]:
    """What the user says to a question, as settings; nothing: it stays open."""
    assert problem.open is not None
    key, choices = problem.open.key, problem.open.choices
    click.echo(words(_("{where}: {what}", where=problem.where or "", what=problem.what)))
    click.echo(f"  {words(key)}: {words(KEYS[key.partition('.')[0]].says)}")
    if key == "words":  # each of them is a question of its own
        return [c for c in choices if click.confirm(f"  {words(c)}", default=True)]
    for i, choice in enumerate(choices, 1):
        click.echo(f"  {i}  {words(choice)}")
    prompt = words(
        _("which one? empty leaves it open")
        if choices
        else _("{key}? empty leaves it open", key=key)
    )
    said = click.prompt(prompt, default="", show_default=False).strip()
    number = whole(said, len(choices))
    if number:
        said = choices[number - 1]
    if not said or key != "aliases":
        return [f"{key}={said}"] if said else []
    return [said if said in choices else _called(said, choices)]


def _called(name: str, choices: Sequence[str]) -> str:
    """The setting that gives all the names of a question a further one."""
    (names,) = (choice.removeprefix("apart=") for choice in choices if choice.startswith("apart="))
    others = [other for other in names.split(",") if other != name]
    return f"aliases.{name}={','.join(others)}"


def _show(still: dict[Path, tuple[Problem, ...]], form: str) -> None:
    """What is said of each file, and what is open."""
    said = {file: _said(mapping_of(file)) for file in still}
    asked = [
        {"file": str(file), **_question(problem)}
        for file, found in still.items()
        for problem in found
    ]
    whole = {
        "files": [{"file": str(file), "mapping": _entries(mapping_of(file))} for file in still],
        "open": asked,
    }
    known: list[Row] = [
        {"file": str(file), "key": key, "value": value}
        for file, pairs in said.items()
        for key, value in pairs
    ]
    if emit(form, whole, [*known, *asked], COLUMNS):
        return
    for file, pairs in said.items():
        if pairs:
            table(str(file), [_("entry"), _("value")], [list(pair) for pair in pairs])
        elif not still[file]:
            note(_("{file}: nothing is open", file=file))


def _question(problem: Problem) -> Row:
    return {
        "key": problem.open.key if problem.open else None,
        "choices": list(problem.open.choices) if problem.open else [],
        **problem.as_json(),
    }


def _entries(found: Mapping) -> dict[str, Any]:
    """What is said, as JSON has it: pairs are keys and values."""
    out: dict[str, Any] = {}
    for entry in fields(found):
        value = getattr(found, entry.name)
        if value in (None, ()):
            continue
        pairs = entry.name in ("columns", "usual_columns", "aliases", "words", "units")
        out[entry.name] = dict(value) if pairs else value
    return out


def _said(found: Mapping) -> list[tuple[str, str]]:
    """What is said, a line for each."""
    out = []
    for key, value in _entries(found).items():
        name = key.removeprefix("usual_")
        if isinstance(value, dict):
            out += [(f"{name}.{one}", _joined(other)) for one, other in value.items()]
        else:
            out.append((name, _joined(value)))
    return out


def _joined(value: Any) -> str:
    if not isinstance(value, tuple | list):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return ", ".join(" / ".join(v) if isinstance(v, tuple) else str(v) for v in value)
