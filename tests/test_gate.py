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
NOT_RUN = {
    "serve": "waits for a browser",
    "demo": "writes a company; its options are those of plan",
}


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
        if name in NOT_RUN:
            continue
        given = usual(command, folder)
        for param in command.params:
            if isinstance(param, click.Argument):
                place = [p for p in command.params if isinstance(p, click.Argument)].index(param)
                for value in bad_values(param, named):
                    words = list(given) or [""]
                    words[min(place, len(words) - 1)] = value
                    lines.append((name, *words))
            elif isinstance(param, click.Option) and not param.is_flag and not param.count:
                for value in bad_values(param, named):
                    lines.append((name, *given, f"{param.opts[-1]}={value}"))
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
    """One command line keeps what is promised of all."""
    with limited(SECONDS):
        ran = run(*words)
    forget()
    assert ran.code in (0, 1, 2, 3), (words, ran)
    assert "Traceback" not in ran.err, (words, ran.err)
    assert "\x1b" not in ran.out + ran.err, (words, ran)
    assert ran.code == 0 or ran.err.strip(), words


def test_the_walk_finds_every_command(tmp_path: Path) -> None:
    lines = cases(tmp_path)
    assert {line[0] for line in lines} | NOT_RUN.keys() >= COMMANDS.keys() - {"doctor"}
    assert len(lines) > 1500


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
