"""Many command lines that no command can work with, and many that it can, each in its own breath.

    python3 dev.py fuzz [NUMBER] [--seed N] [--first N] [--workers N]

The walk of `tests/test_gate.py` (every option and argument of every command), sets of options, and
files changed at random places (`fuzz_inputs.py`). Asked of each: an exit code of 0 to 3, no
traceback, no warning of a library, nothing written where it failed, and an end within a minute of
processor time.
Workers are forked from a process that has imported everything; one that hangs or dies is told and
followed by another. Prints what broke, and how many ran.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import io
import multiprocessing
import os
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

import fuzz_inputs  # noqa: E402
import test_gate  # noqa: E402

from optimizer import streams  # noqa: E402
from optimizer.cli.app import run  # noqa: E402
from optimizer.cli.commands import COMMANDS  # noqa: E402

RENEWED = 1000  # command lines of one worker
BUSY, IDLE = 60, 600  # seconds of the processor, and of the clock, after which it hangs
HEAVY = (
    "pandas",
    "duckdb",
    "highspy",
    "pulp",
    "altair",
    "scipy.optimize",
    "scipy.stats",
    "networkx",
)
HEAVY += ("vl_convert", "optimizer.report", "optimizer.studio", "rich.table", "python_calamine")
WARNED = re.compile(r"\b[A-Z][A-Za-z]*Warning: ")


def called(*words: str) -> Any:
    """A command line in this process, as the tests' fixture calls it."""
    sys.argv = ["optimizer", *words]
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code: Any = run()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
    for stream in (out, err):
        stream.flush()
    texts = [stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err)]
    return SimpleNamespace(code=code, out=texts[0], err=texts[1])


class Bench:
    """A worker's folder, with the files that are named and changed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.seed = folder, seed
        os.chdir(folder)
        tempfile.tempdir = str(folder / "tmp")
        (folder / "tmp").mkdir()
        self.stuff = fuzz_inputs.Materials(folder)
        self.lines = test_gate.cases(folder)
        random.Random(seed).shuffle(self.lines)

    def words(self, number: int) -> tuple[str, tuple[str, ...]]:
        """The kind and the words of a command line."""
        dice = random.Random(f"{self.seed}:{number}")
        if number % 4 == 0:
            kind, words = "walk", self.lines[number // 4 % len(self.lines)]
        elif number % 4 == 1:
            kind, words = "options", fuzz_inputs.option_set(self.stuff, dice)
        else:
            kind, words = "files", fuzz_inputs.changed(self.stuff, dice)
        if dice.random() < 0.1:
            words = (*words, "--lang", "zh")
        return kind, words

    def one(self, number: int) -> tuple[str, Any, tuple[str, ...], str, float]:
        """Kind, exit code, words, what broke, and processor seconds of one command line."""
        kind, words = self.words(number)
        begun = time.process_time()
        kept = {path.name for path in self.folder.iterdir()}
        before = (self.folder / "scenario.yaml").read_bytes()
        code: Any = None
        wrong = ""

        def calling(*line: str) -> Any:
            nonlocal code
            ran = called(*line)
            code = ran.code
            assert not WARNED.search(ran.err), (words, ran.err[-500:])
            return ran

        try:
            test_gate.check(calling, words)
            made = sorted({path.name for path in self.folder.iterdir()} - kept)
            assert code in (0, 3) or not made, f"failed, and left {made}"
            if any((self.folder / "tmp").iterdir()):
                gc.collect()  # an error that was told held what it came through
            left = [path.name for path in (self.folder / "tmp").iterdir()]
            assert not left, f"left {left} in the temporary folder"
        except AssertionError as error:
            wrong = str(error)[:1500]
        except BaseException:
            wrong = traceback.format_exc()[-2500:]
        for name in {path.name for path in self.folder.iterdir()} - kept:
            path = self.folder / name
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        if (self.folder / "scenario.yaml").read_bytes() != before:  # experiment --into
            (self.folder / "scenario.yaml").write_bytes(before)
        return kind, code, words, wrong, time.process_time() - begun


def work(numbers: list[int], seed: int, sender: Connection) -> None:
    """Run some command lines in a process of its own, and tell each one before and after it."""
    streams.WRITER_SECONDS = streams.SILENT_SECONDS = 0.05
    test_gate.SECONDS = 2 * IDLE  # the pool watches
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), seed)
        for number in numbers:
            sender.send((number, bench.words(number)))
            sender.send((number, bench.one(number)))
        os.chdir(ROOT)
    sender.send(None)
    sys.stdout.flush()
    os._exit(0)


def busy_seconds(process: int) -> float:
    """Seconds that a process has been at work; 0 where it has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Pool:
    """Workers, each with what it is at and since when."""

    def __init__(self, numbers: list[int], seed: int, workers: int) -> None:
        self.batches = [numbers[i : i + RENEWED] for i in range(0, len(numbers), RENEWED)]
        self.seed, self.workers = seed, workers
        self.at: dict[Connection, list[Any]] = {}  # process, numbers left, words, since
        self.codes, self.kinds, self.spent = Counter[Any](), Counter[str](), Counter[str]()
        self.broken, self.slow = 0, 0.0

    def run(self) -> None:
        """Until nothing is left."""
        while self.batches or self.at:
            while self.batches and len(self.at) < self.workers:
                self._start(self.batches.pop(0))
            for ready in wait(list(self.at), timeout=1.0):
                self._hear(ready)  # type: ignore[arg-type]
            for sender, (process, numbers, words, since) in list(self.at.items()):
                begun, busy = since
                if busy_seconds(process.pid) - busy > BUSY or time.monotonic() - begun > IDLE:
                    process.kill()
                    self._tell(words, "it hangs")
                    self._ended(sender, numbers[1:])

    def _start(self, numbers: list[int]) -> None:
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("fork").Process(
            target=work, args=(numbers, self.seed, sender)
        )
        process.start()
        sender.close()
        self.at[receiver] = [process, numbers, None, (time.monotonic(), 0.0)]

    def _hear(self, receiver: Connection) -> None:
        place = self.at[receiver]
        try:
            told = receiver.recv()
        except EOFError:
            self._tell(place[2], f"the process ended: {place[0].exitcode}")
            return self._ended(receiver, place[1][1:])
        if told is None:
            return self._ended(receiver, [])
        if len(told[1]) == 2:  # begins
            place[2:] = [told, (time.monotonic(), busy_seconds(place[0].pid))]
            return None
        number, (kind, code, words, wrong, seconds) = told
        self.slow = max(self.slow, seconds)
        self.codes[code] += 1
        self.kinds[kind] += 1
        self.spent[words[0]] += seconds
        place[1] = place[1][1:]
        if wrong:
            self._tell((number, words), wrong)
        if sum(self.kinds.values()) % 500 == 0:
            print(f"... {self.told()}", flush=True)
        return None

    def _tell(self, words: Any, wrong: str) -> None:
        self.broken += 1
        print("BROKEN", words, "\n   ", wrong, flush=True)

    def _ended(self, receiver: Connection, left: list[int]) -> None:
        process = self.at.pop(receiver)[0]
        process.join()
        receiver.close()
        if left:
            self.batches.insert(0, left)

    def told(self) -> str:
        """What ran."""
        return (
            f"{sum(self.kinds.values()):,} command lines {dict(self.kinds)}, {self.broken} broken, "
            f"codes {dict(sorted(self.codes.items(), key=str))}, slowest {self.slow:.0f} s"
        )


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("number", nargs="?", type=int, default=20_000)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--first", type=int, default=0, help="The number of the first one.")
    ask.add_argument("--workers", type=int, default=2)
    ask.add_argument("--only", type=int, help="One command line, with what it says.")
    asked = ask.parse_args()
    for module in (*HEAVY, *(where.split(":")[0] for where, __ in COMMANDS.values())):
        importlib.import_module(module)
    begun = time.monotonic()
    if asked.only is not None:
        with tempfile.TemporaryDirectory() as name:
            bench = Bench(Path(name), asked.seed)
            print(bench.one(asked.only), called(*bench.words(asked.only)[1]), sep="\n")
            os.chdir(ROOT)
        return 0
    numbers = list(range(asked.first, asked.first + asked.number))
    pool = Pool(numbers, asked.seed, asked.workers)
    pool.run()
    print({name: round(seconds) for name, seconds in pool.spent.most_common()})
    print(f"seed {asked.seed}: {pool.told()}, {time.monotonic() - begun:.0f} s")
    return 1 if pool.broken else 0


if __name__ == "__main__":
    sys.exit(main())
