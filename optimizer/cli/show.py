"""Printing results: a table for people, json or csv for programs. With json or csv, stdout holds nothing else."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from optimizer.cli.meter import Expected
from optimizer.files import plain
from optimizer.messages import Text

if TYPE_CHECKING:
    from optimizer.locale import Reader

F = TypeVar("F", bound=Callable[..., Any])


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
    """The asked language, here or before the command, else the locale's: zh for any Chinese locale, en otherwise."""
    from optimizer.cli import chinese

    context = click.get_current_context(silent=True)
    asked = lang or (context.meta.get("optimizer.lang") if context is not None else None)
    return str(asked) if asked else "zh" if chinese([]) else "en"


def to_json(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n"


def to_csv(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> str:
    """Rows as csv; a text cell that a spreadsheet would run as a formula is written with a leading apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(plain(row.get(column))) for column in columns])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def stage_name(name: str) -> str:
    """A lifecycle stage for people: the usual ones in Chinese where that is spoken, a user's own as it is."""
    from optimizer.report.words.by_key import BY_KEY

    return words(BY_KEY.get(f"stage.{name}", name)) if spoken() == "zh" else name


def asked(word: str) -> bool:
    """Whether `--quiet` or `--verbose` was given to the running command."""
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
    from optimizer.locale import Reader  # only what prints words needs the catalogues

    return Reader(spoken())


def words(text: object) -> str:
    """A message in the language of the running command; a name as it stands."""
    return str(text) if spoken() == "en" else reader().say(text)


def table(
    title: str | None,
    columns: Sequence[Text],
    rows: Sequence[Sequence[str]],
    right: Sequence[int] = (),
    heads: Callable[[object], str] = words,
) -> None:
    """A table for people on standard output; `right` names the columns (by number) that are aligned right.

    Heads are put into the reader's language (heads=str: they are names); title and cells are shown as they are.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    out = Table(
        title=Text(title) if title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for i, column in enumerate(columns):
        out.add_column(
            Text(heads(column)), justify="right" if i in right else "left", overflow="fold"
        )
    for row in rows:
        out.add_row(
            *(
                Text(_printable(cell), _colour(cell) if i in right else "")
                for i, cell in enumerate(row)
            )
        )
    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=max(console.width, 140))
    console.print(out)


def _colour(cell: str) -> str:
    """A figure with a sign is a change: up in one colour, down in another."""
    if len(cell) < 2 or cell[0] not in "+-":
        return ""
    return "cyan" if cell[0] == "+" else "yellow"


def _printable(text: str) -> str:
    """The text without control characters, which could drive the reader's terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))


@contextmanager
def progress(quiet: bool = False, expected: Expected = ()) -> Iterator[Callable[[str], None]]:
    """A function that says what is being done, shown on standard error while it lasts, and only on a terminal.

    expected: the steps that will come with their usual seconds; then the time left is told. Where they are not known,
    it is told for a step that counts (`optimizer.progress`). With `--verbose` each step stays, with the seconds since
    the start; with `--quiet` nothing is said.
    """
    import sys
    import time

    start = time.perf_counter()
    if asked("verbose"):
        yield lambda text: click.echo(
            f"{time.perf_counter() - start:7.1f} s  {_step_name(text)}", err=True
        )
        click.echo(f"{time.perf_counter() - start:7.1f} s  {_step_name('done')}", err=True)
        return
    if quiet or asked("quiet") or not sys.stderr.isatty():
        yield lambda text: None
        return
    from optimizer.cli.bar import shown
    from optimizer.cli.meter import Meter
    from optimizer.progress import listening

    meter = Meter(expected)
    meter.start(start)
    with (
        shown(meter, spoken()) as describe,
        listening(lambda share: meter.tick(share, time.perf_counter())),
    ):

        def say(text: Text) -> None:
            meter.step(str(text), time.perf_counter())
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
    """Print blocks of (title, columns, rows, sentences), as the report's summary gives them."""
    import textwrap

    for title, columns, rows, sentences in blocks:
        if title:
            click.secho(f"\n{title}", bold=True)
        for sentence in sentences:
            for line in textwrap.wrap(_printable(sentence), 100) or [""]:
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
