"""Many command lines that no command can work with, each in its own breath.

    python3 dev.py fuzz [NUMBER] [--seed N]

Every option and every input of every command, walked from click's own tree (`tests/test_gate.py`
holds the list), and files changed at random places. Asked of each: an exit code of 0 to 3, no
traceback, and an end within a minute. Prints what broke, and how many ran.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import test_gate  # noqa: E402

from optimizer import streams  # noqa: E402
from optimizer.cli.app import run  # noqa: E402


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


def changed(folder: Path, dice: random.Random) -> tuple[str, ...]:
    """A command on a small table with some bytes changed, left out or doubled."""
    raw = bytearray(b"user_id,timestamp,channel,event,value\n")
    for i in range(12):
        kind = "purchase" if i % 4 == 3 else "touch"
        raw += f"u{i % 3},2026-01-{1 + i:02d} 10:00:00,{'abc'[i % 3]},{kind},{i}\n".encode()
    for _ in range(dice.randrange(1, 6)):
        place = dice.randrange(len(raw))
        how = dice.randrange(4)
        if how == 0:
            raw[place] = dice.randrange(256)
        elif how == 1:
            del raw[place : place + dice.randrange(1, 20)]
        elif how == 2:
            raw[place:place] = raw[: dice.randrange(40)]
        else:
            raw[place:place] = dice.choice(
                (b'"', b"\0", b"\xff", b",", b"\r", b"\x1b[2J", "²".encode(), b"nan", b"1e999")
            )
    file = folder / "changed.csv"
    file.write_bytes(bytes(raw))
    command = dice.choice(("attribute", "metrics", "rfm", "import"))
    return (
        ("import", "auto", str(file), "--dry-run") if command == "import" else (command, str(file))
    )


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("number", nargs="?", type=int, default=20_000)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--seconds", type=int, default=10**9, help="Stop after so many.")
    asked = ask.parse_args()
    streams.WRITER_SECONDS = streams.SILENT_SECONDS = 0.05
    dice, codes, broken, begun = random.Random(asked.seed), Counter[int](), 0, time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        folder = Path(name)
        lines = test_gate.cases(folder)
        dice.shuffle(lines)
        number = 0
        while number < asked.number and time.monotonic() - begun < asked.seconds:
            words = lines[number // 2 % len(lines)] if number % 2 else changed(folder, dice)
            number += 1

            def counting(*line: str) -> Any:
                ran = called(*line)
                codes[ran.code] += 1
                return ran

            try:
                test_gate.check(counting, words)
            except BaseException as error:
                broken += 1
                print("BROKEN", words, repr(error)[:300], flush=True)
                if not isinstance(error, AssertionError):
                    print(traceback.format_exc()[-1500:], flush=True)
        os.chdir(ROOT)
    took = time.monotonic() - begun
    print(f"{number:,} command lines, {broken} broken, codes {dict(codes)}, {took:.0f} s")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
