"""Printing results: a table for people, json or csv for programs. With json or csv, stdout holds
nothing else.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from optimizer.cli import layout
from optimizer.cli.commands import chinese
from optimizer.cli.layout import wrapped
from optimizer.cli.progress import shown
from optimizer.errors import UserError
from optimizer.files import plain
from optimizer.locale import Reader
from optimizer.messages import Text, _
from optimizer.progress import Expected, Meter, listening
from optimizer.shown import told

F = TypeVar("F", bound=Callable[..., Any])

Row = dict[str, Any]  # column -> value, for json and csv


def format_option(function: F) -> F:
    """`--format table|json|csv`."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json", "csv"]),
        default="table",
        show_default=True,
        help="How to print the result.",
    )(function)


def lang_option(function: F) -> F:
    """`--lang en|zh`, by default from the locale."""
    return click.option(
        "--lang",
        type=click.Choice(["en", "zh"]),
        default=None,
        help="Language of words. [default: the locale's]",
    )(function)


def language(lang: str | None) -> str:
    """The asked language, here or before the command, else the locale's: zh for any Chinese locale,
    en otherwise.

    Parameters
    ----------
    lang
        What `--lang` of the command says, if anything.

    Returns
    -------
    str
        en or zh.
    """
    context = click.get_current_context(silent=True)
    asked = lang or (context.meta.get("optimizer.lang") if context is not None else None)
    return str(asked) if asked else "zh" if chinese([]) else "en"


def pair(text: str, option: str, example: str) -> tuple[str, str]:
    """The two sides of LEFT=RIGHT, as an option is given.

    Parameters
    ----------
    text
        What the user gave.
    option
        The option's name, for the message.
    example
        A sound value, for the message.

    Returns
    -------
    tuple[str, str]
        Left and right of the first "=", without blanks around them.

    Raises
    ------
    UserError
        Where it has no two sides; it shows the example.
    """
    left, __, right = text.partition("=")
    if not left.strip() or not right.strip():
        raise UserError(
            _("'{text}' has no two sides", text=text),
            option,
            _("for example {option} {example}", option=option, example=example),
        )
    return left.strip(), right.strip()


def to_json(value: Any) -> str:
    """A value as JSON; messages in it are English."""
    return json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n"


def records(frame: Any) -> list[Row]:
    """A pandas frame as rows."""
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def emit(form: str, whole: Any, rows: Sequence[Row], columns: Sequence[str]) -> bool:
    """Print a result for programs; False where it is asked for as a table, which the caller prints.

    Parameters
    ----------
    form
        json | csv | table.
    whole
        What json holds.
    rows, columns
        What csv holds.
    """
    if form == "json":
        click.echo(to_json(whole), nl=False)
    elif form == "csv":
        context = click.get_current_context(silent=True)
        raw = bool(context is not None and context.params.get("raw"))
        text = to_csv(rows, columns, raw)
        if not raw and text != to_csv(rows, columns, raw=True):
            note(
                _("csv: an apostrophe stands before texts that a spreadsheet would run as formulas")
            )
        click.echo(text, nl=False)
    return form != "table"


def to_csv(rows: Sequence[dict[str, Any]], columns: Sequence[str], raw: bool = False) -> str:
    """Rows as csv; a text cell that a spreadsheet would run as a formula is written with a leading
    apostrophe, in every column.

    Parameters
    ----------
    rows
        Column -> value; keys that are no column are left out.
    columns
        The head, and the order of cells.
    raw
        Write texts as they are.

    Returns
    -------
    str
        With a head, and line feeds at line ends; None and what is not finite are empty cells,
        messages are English.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        cells = (plain(row.get(column)) for column in columns)
        writer.writerow(["" if cell is None else cell if raw else _cell(cell) for cell in cells])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def asked(word: str) -> bool:
    """Whether `--quiet` or `--verbose` was given to the running command.

    Parameters
    ----------
    word
        "quiet" or "verbose".

    Returns
    -------
    bool
        False outside a command.
    """
    context = click.get_current_context(silent=True)
    return bool(context is not None and context.meta.get(f"optimizer.{word}"))


def note(text: Text) -> None:
    """A remark for people, in their language; goes to standard error, unless `--quiet`."""
    if not asked("quiet"):
        click.echo(words(text), err=True)


def tell(text: Text) -> None:
    """A sentence for people on standard output, in their language."""
    click.echo(words(text))


def reader() -> Reader:
    """The language of the running command."""
    return Reader(spoken())


def words(text: object) -> str:
    """A message in the language of the running command; a name as it stands, but for what would
    drive a terminal and the secrets of addresses.
    """
    return told(reader().say(text))


def misuse(text: Text, where: str | None = None) -> click.UsageError:
    """A mistake in how a command is called, to be raised.

    Parameters
    ----------
    text
        What is wrong.
    where
        The option it stands in, as it is typed.
    """
    said = words(text)
    return click.UsageError(said) if where is None else click.BadParameter(said, param_hint=where)


def table(
    title: Text | None,
    columns: Sequence[Text],
    rows: Sequence[Sequence[Text]],
    right: Sequence[int] = (),
) -> None:
    """A table for people on standard output, its messages in their language; names and numbers as
    they stand.

    Parameters
    ----------
    title, columns
        Head of the table and of each column; no title: None.
    rows
        One cell per column.
    right
        Numbers of the columns that are aligned right.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Shown

    heads = [words(column) for column in columns]
    cells = [[_printable(words(cell)) for cell in row] for row in rows]
    console = Console(highlight=False, width=page_width())
    for n, part in enumerate(layout.columns(heads, cells, console.width - 2)):
        out = Table(
            title=Shown(words(title)) if title and not n else None,
            title_justify="left",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
        )
        for i, width in part.items():
            out.add_column(
                "\n".join(wrapped(heads[i], width)),
                justify="right" if i in right else "left",
                overflow="fold",
                width=width,
            )
        for row in cells:
            out.add_row(
                *(
                    Shown("\n".join(wrapped(row[i], w)), _colour(row[i]) if i in right else "")
                    for i, w in part.items()
                )
            )
        console.print(out)


def page_width() -> int:
    """Cells of the terminal; of what is read later, such as a file, 140 at least."""
    from rich.console import Console

    console = Console()
    return console.width if console.is_terminal else max(console.width, 140)


def _colour(cell: str) -> str:
    """A figure with a sign is a change: up in one colour, down in another."""
    if len(cell) < 2 or cell[0] not in "+-":
        return ""
    return "cyan" if cell[0] == "+" else "yellow"


def _printable(text: str) -> str:
    """The text without control characters, which could drive the reader's terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))


@contextmanager
def progress(quiet: bool = False, expected: Expected = ()) -> Iterator[Callable[[Text], None]]:
    """A function that says what is being done, shown on standard error while it lasts, and only on
    a terminal.

    With `--verbose` each step stays, with the seconds since the start; with `--quiet` nothing is
    said.

    Parameters
    ----------
    quiet
        Nothing is said whatever the user asks.
    expected
        The steps that will come with their usual seconds; then the time left is told. Where they
        are not known, it is told for a step that counts (`optimizer.progress`).
    """
    if asked("verbose"):
        start = time.perf_counter()

        def log(text: Text) -> None:
            click.echo(f"{time.perf_counter() - start:7.1f} s  {_step_name(text)}", err=True)

        yield log
        log(_("done"))
        return
    if quiet or asked("quiet") or not sys.stderr.isatty():
        yield lambda text: None
        return
    meter = Meter(expected)
    with shown(meter, reader()) as describe, listening(meter.tick):

        def say(text: Text) -> None:
            meter.step(text)
            describe(_step_name(text))

        yield say


def spoken() -> str:
    """The language of the running command: its own `--lang`, else the locale's."""
    context = click.get_current_context(silent=True)
    return language(context.params.get("lang") if context is not None else None)


def _step_name(text: Text) -> str:
    """A step of the program in the reader's language; names of scenarios as they are."""
    return _printable(words(text))


def sections(
    blocks: Sequence[tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...], tuple[str, ...]]],
) -> None:
    """Print blocks of (title, columns, rows, sentences), as the report's summary gives them.

    Parameters
    ----------
    blocks
        Everything in the reader's language already. Sentences are wrapped at 100 characters;
        columns of figures, but for the first, are aligned right; without rows no table is printed.
    """
    for title, columns, rows, sentences in blocks:
        if title:
            click.secho(f"\n{title}", bold=True)
        for sentence in sentences:
            for line in wrapped(_printable(sentence), min(100, page_width())):
                click.echo(line)
        if rows:
            table(
                None,
                columns,
                rows,
                right=[i for i in range(1, len(columns)) if _numeric([row[i] for row in rows])],
            )


def _numeric(cells: Sequence[str]) -> bool:
    """Whether a column holds figures rather than words."""
    digits = sum(any(c.isdigit() for c in cell) and len(cell) < 24 for cell in cells)
    return digits * 2 >= len(cells)
