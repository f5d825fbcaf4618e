"""Every option and every input of every command, walked from click's own tree, against what no
command can work with: an exit code and a message, never a traceback, never a hang.

`python3 dev.py fuzz` runs the same at length (`benchmarks/fuzz_gate.py`).
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest

from optimizer import streams
from optimizer.cli.app import cli
from optimizer.cli.commands import COMMANDS
from optimizer.inputs import forget

SAMPLE = 40  # of a few thousand; the seed is the day's in the long run
SECONDS = 60
NUMBERS = (
    "nan",
    "inf",
    "-inf",
    "1e400",
    "-1",
    "0",
    "9" * 5000,
    "99999999999999999999",
    "²",
    "٣",
    "",
)
TEXTS = ("", " ", "²", "\x1b[31mx", "a\x07", "\udc80", "=1+1", "a=b=c", "x" * 5000, "../..", "none")
ADDRESSES = (
    "pyspark://x::t",
    "sqlite://{dir}/typo.db::t",
    "duckdb://{dir}/new.duckdb::t",
    "{dir}/none.duckdb::t",
    "https://example.org/x",
    "postgres://a:b/c@d::t",
    "{dir}/x.csv::",
    "::",
    "://::",
)
ENVIRONMENT = ("OPTIMIZER_THREADS", "OPTIMIZER_MEMORY", "OPTIMIZER_SPILL", "LANG", "COLUMNS")
SMALL = {"demo": ("--users=400", "--weeks=8"), "simulate": ("--users=400", "--weeks=8")}


def things(folder: Path) -> list[str]:
    """Names of what is no table: made once, in a folder."""
    (folder / "empty").touch()
    (folder / "x.csv").write_text("a,b\n1,2\n")
    (folder / "binary").write_bytes(bytes(range(256)) * 20)
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("gone")
    (folder / "round").symlink_to("round")
    (folder / "unreadable").write_text("a\n")
    (folder / "unreadable").chmod(0)
    named = ("empty", "x.csv", "binary", "folder", "pipe", "link", "round", "unreadable", "none")
    made = [str(folder / name) for name in named]
    return [*made, "/dev/zero", "/dev/null", "-", *(a.format(dir=folder) for a in ADDRESSES)]


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield name, command


def usual(command: click.Command, folder: Path) -> list[str]:
    """Arguments that a command needs, of which something can be read."""
    out = []
    for param in command.params:
        if isinstance(param, click.Argument) and param.required:
            choices = getattr(param.type, "choices", None)
            out.append(str(choices[0]) if choices else str(folder / "paths.csv"))
    return out


def bad_values(param: click.Parameter, named: list[str]) -> tuple[str, ...]:
    if isinstance(param.type, click.types.IntParamType | click.types.FloatParamType):
        return NUMBERS
    return (*TEXTS, *NUMBERS[:3], *named)


def cases(folder: Path) -> list[tuple[str, ...]]:
    """Every command line: one option, or one argument, is bad."""
    named, lines = things(folder), []
    (folder / "paths.csv").write_text("path,conversions\na > b,3\nb,2\n")
    for name, command in commands():
        given = [*SMALL.get(name, ()), *usual(command, folder)]
        for param in command.params:
            if isinstance(param, click.Argument):
                place = [p for p in command.params if isinstance(p, click.Argument)].index(param)
                for value in bad_values(param, named):
                    words = usual(command, folder) or [""]
                    words[min(place, len(words) - 1)] = value
                    lines.append((name, *SMALL.get(name, ()), *words))
            elif isinstance(param, click.Option) and not param.is_flag:
                for value in bad_values(param, named):
                    lines.append((name, *given, f"{param.opts[-1]}={value}"))
            else:
                lines.append((name, *given, param.opts[-1]))
    for variable in ENVIRONMENT:
        for value in (*NUMBERS, *TEXTS[:4], *named[:8]):
            lines.append((f"{variable}={value}", "attribute", str(folder / "paths.csv")))
    return lines


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    def late(*_: Any) -> None:
        raise AssertionError(f"it hangs: more than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check(run: Callable[..., Any], words: tuple[str, ...]) -> None:
    """One command line keeps what is promised of all. Before the command a variable may be set."""
    with limited(SECONDS), pytest.MonkeyPatch.context() as patch:
        for page in ("serve", "studio"):  # they would wait for a browser
            patch.setattr(f"optimizer.{page}.run", lambda *_: None)
        line = list(words)
        if line[0].startswith(ENVIRONMENT):
            patch.setenv(*line.pop(0).split("=", 1))
        ran = run(*line)
    forget()
    assert ran.code in (0, 1, 2, 3), (words, ran)
    assert "Traceback" not in ran.err, (words, ran.err)
    assert "\x1b" not in ran.out + ran.err, (words, ran)
    assert ran.code == 0 or (ran.err + ran.out).strip(), words


def test_the_walk_finds_every_command(tmp_path: Path) -> None:
    lines = cases(tmp_path)
    seen = {(line[0], word.partition("=")[0]) for line in lines for word in line[1:]}
    assert {line[0] for line in lines} >= COMMANDS.keys()
    for name, command in commands():
        for param in command.params:
            assert isinstance(param, click.Argument) or (name, param.opts[-1]) in seen


def test_no_command_line_gives_a_traceback_or_hangs(
    tmp_path: Path, optimizer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "WRITER_SECONDS", 0.1)
    monkeypatch.setattr(streams, "SILENT_SECONDS", 0.1)
    monkeypatch.chdir(tmp_path)
    lines = cases(tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    for words in random.Random(20).sample(lines, SAMPLE):
        check(optimizer, words)
    made = {path.name for path in tmp_path.iterdir()} - before
    assert not made & {"typo.db", "new.duckdb", "none.duckdb"}


IDLE = (
    ("attribute paths.csv --seed 3", "--seed"),
    ("attribute paths.csv --ties name", "--ties"),
    ("attribute paths.csv --by week --order 2", "--order"),
    ("metrics x --window 3", "--window"),
    ("metrics x --carts --by tier", "--by"),
    ("metrics x --funnel --period day", "--period"),
    ("metrics x --cohorts --lookback 3 --won-back 0.2", "--lookback, --won-back"),
    ("metrics spend.csv --lookback 3", "--lookback"),
    ("rfm x --margin 0.4 --burn-in 3", "--margin, --burn-in"),
    ("rfm x --cuts recency=3 --cuts frequency=2 --cuts monetary=9 --levels 3", "--levels"),
    ("experiment arms.csv --start 2026-01-01", "--start"),
    ("experiment regions.csv --start 2026-01-05 --control a", "--control"),
    ("plan x --no-report --out y", "--out"),
)


@pytest.mark.parametrize(("line", "names"), IDLE)
def test_an_option_that_nothing_uses_is_refused(
    line: str,
    names: str,
    tmp_path: Path,
    optimizer: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("paths.csv").write_text("path,conversions\na > b,3\n")
    Path("spend.csv").write_text("period,channel,spend\n2026-01-05,a,3\n")
    Path("arms.csv").write_text("arm,visitors,conversions\na,100,3\nb,100,5\n")
    rows = (f"{r},2026-01-0{d},{d},{int(r < 'c')}\n" for r in "abcd" for d in range(1, 9))
    Path("regions.csv").write_text("region,period,value,treated\n" + "".join(rows))
    ran = optimizer(*line.split())
    assert ran.code == 2, ran
    assert f"{names}: " in ran.err
