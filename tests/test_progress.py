"""Progress: nested work fills its part, the time left is the usual time at the pace so far, and
pipes stay clean.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from optimizer.locale import Reader
from optimizer.messages import Text
from optimizer.pipeline.runtime_estimate import expected
from optimizer.progress import Meter, counted, listening, part, remaining, weighed
from optimizer.scenario import load_scenario


def test_loops_within_loops_fill_their_part() -> None:
    told: list[float] = []
    with listening(told.append):
        for _ in counted([1, 2]):
            for _ in weighed(["a", "b"], [3.0, 1.0]):
                pass
    assert told == pytest.approx([0.375, 0.5, 0.5, 0.875, 1.0, 1.0])


def test_a_part_is_a_part() -> None:
    told: list[float] = []
    with listening(told.append), part(0.5, 1.0):
        assert list(counted("ab")) == ["a", "b"]
    assert told == pytest.approx([0.75, 1.0, 1.0])


def test_a_loop_left_early_and_nobody_listening() -> None:
    told: list[float] = []
    assert list(counted([1, 2, 3])) == [1, 2, 3]
    assert list(weighed([], [])) == []
    with listening(told.append):
        for _ in counted(range(4)):
            break
        list(counted([1, 2]))
    assert told[-2:] == [0.5, 1.0], "what comes after is not inside the loop that was left"


class Clock:
    """A clock that the test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_time_left_is_the_usual_time_at_the_pace_so_far() -> None:
    clock = Clock()
    meter = Meter([("read", 1.0), ("fit", 8.0), ("solve", 1.0)], clock)
    assert meter.left is None
    meter.step("read")
    assert meter.left == pytest.approx(10.0)
    clock.now = 1.0
    meter.step("fit")  # as fast as usual
    assert meter.left == pytest.approx(9.0)
    clock.now = 4.0
    assert meter.left == pytest.approx(6.0), "between two ticks the clock runs down"
    clock.now = 100.0
    assert meter.left == 0.0, "never below nothing"
    clock.now = 9.0
    meter.tick(0.5)  # half as fast: 5 of the usual seconds in 9, and one of each thrown in
    assert meter.left == pytest.approx(5.0 / (6.0 / 10.0))
    assert meter.share == pytest.approx(0.5)
    clock.now = 10.0
    meter.tick(0.2)
    assert meter.share == pytest.approx(0.5), "never back"
    clock.now = 11.0
    meter.step("solve")
    assert meter.share == pytest.approx(0.9)
    meter.step("something unforeseen")
    assert meter.share == pytest.approx(0.9)


def test_a_step_that_counts_tells_its_own_time() -> None:
    clock = Clock()
    meter = Meter(clock=clock)
    clock.now = 10.0
    meter.step("solving")
    assert meter.share is None
    assert meter.left is None
    clock.now = 14.0
    meter.tick(0.25)
    assert meter.left == pytest.approx(12.0)
    clock.now = 16.0
    assert meter.left == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (None, "", ""),
        (2.0, "a few seconds left", "还需几秒"),
        (33.0, "about 35 s left", "约剩 35 秒"),
        (100.0, "about 2 min left", "约剩 2 分钟"),
        (5400.0, "about 1.5 h left", "约剩 1.5 小时"),
    ],
)
def test_time_left_in_words(seconds: float | None, en: str, zh: str) -> None:
    assert Reader("en").say(remaining(seconds)) == en
    assert Reader("zh").say(remaining(seconds)) == zh


def test_steps_are_foreseen_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run says it does is what was expected, in that order, and every step has its word."""
    from optimizer.pipeline import run, sweep

    said: list[Text] = []
    new, tight = (load_scenario(ROOT / "scenarios" / name) for name in ("new_brand", "too_tight"))
    run(new, said.append)
    assert said == [name for name, _ in expected(new)]
    said.clear()
    list(sweep([new, tight], said.append))
    foreseen = [name for name, _ in expected(new, [tight])]
    assert [name for name in said if name not in (new.name, tight.name)] == foreseen
    assert all(Reader("zh").say(name) != str(name) for name in foreseen)


def test_more_rows_are_expected_to_take_longer(tmp_path: Path) -> None:
    def seconds(rows: int) -> float:
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / "events.csv").write_text("x" * 50 * rows)
        (tmp_path / "scenario.yaml").write_text(
            "name: a\nbudget: 1\nhorizon: 1\ndata: {events: data/events.csv}\n"
        )
        return sum(s for _, s in expected(load_scenario(tmp_path)))

    assert seconds(1_000_000) > 2 * seconds(100_000) > 2 * seconds(10)


def on_a_terminal(*words: str, **env: str) -> tuple[str, str]:
    """(standard output, through a pipe; what a terminal on standard error saw)."""
    pty = pytest.importorskip("pty", reason="needs a Unix terminal")
    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "optimizer", *words],
        stdout=subprocess.PIPE,
        stderr=theirs,
        cwd=ROOT,
        env={
            **os.environ,
            "TERM": "xterm",
            "COLUMNS": "100",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            **env,
        },
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not more:
            break
        seen += more
    os.close(ours)
    out = done.communicate()[0].decode()
    assert done.returncode == 0, seen
    return out, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode(errors="replace"))


def test_a_terminal_sees_the_time_left_and_the_pipe_only_the_result() -> None:
    words = ("frontier", "scenarios/new_brand", "--steps", "12", "--format", "json")
    out, seen = on_a_terminal(*words, "--lang", "zh")
    assert len(json.loads(out)["steps"]) > 3
    assert "求解" in seen
    assert re.search("还需几秒|约剩 [0-9]+ 秒", seen)
    out, seen = on_a_terminal(*words, "--quiet")
    assert json.loads(out)["over"] == "budget"
    assert seen == ""


def test_an_import_tells_how_far_it_is(tmp_path: Path) -> None:
    """Files by their bytes, each in two halves, ending at the whole."""
    from optimizer.data.importers import read_exports

    files = []
    for i, rows in enumerate((10, 400)):
        files.append(tmp_path / f"{i}.csv")
        files[-1].write_text(
            "date,channel,spend\n"
            + "".join(f"2026-{1 + r % 12:02d}-{1 + r % 28:02d},c{i}{r},{r}\n" for r in range(rows))
        )
    told: list[float] = []
    with listening(told.append), read_exports("auto", files) as found:
        assert not found.problems
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    seen = sorted(set(told))
    assert 0.0 < seen[0] < 0.05, "the second file is most of the work"
    assert sum(0.05 < at < 0.95 for at in seen) >= 2, "and tells how far it is column by column"
    assert max(b - a for a, b in itertools.pairwise(seen)) < 0.6


def test_no_terminal_no_progress() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "optimizer",
            "plan",
            "scenarios/new_brand",
            "--no-report",
            "--format",
            "json",
        ],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["status"] == "optimal"
    assert done.stderr == b""
