"""The journeys nobody wants to be given, at the command line: a result or a clear message, in
bounded memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

Run = Callable[..., Any]
Found = dict[str, dict[str, dict[str, Any]]]  # file -> model -> what it says
HEAD = "path,conversions,value,nulls\n"
EVENTS = "user_id,timestamp,channel,event,value\n"


def told(ran: Any, *parts: str) -> None:
    """A message with its place and what to try, and nothing else."""
    assert ran.code == 1, ran.err
    assert not ran.out
    assert "Traceback" not in ran.err
    assert "try:" in ran.err
    for part in parts:
        assert part in ran.err


def models(ran: Any) -> dict[str, dict[str, Any]]:
    assert ran.code == 0, ran.err
    return {model["model"]: model for model in json.loads(ran.out)["models"]}


def by_channel(model: dict[str, Any], column: str = "conversions") -> dict[str, float]:
    return {row["channel"]: row[column] for row in model["channels"]}


def test_rows_with_unbalanced_cells(tmp_path: Path, optimizer: Run) -> None:
    file = tmp_path / "paths.csv"
    file.write_text(HEAD + "a > b,3,10,1,7\nb,1\nc,2,3,4\n")
    told(
        optimizer("attribute", file, "-m", "markov"),
        "row 2: 5 cells where the header has 4",
        "row 3: 2 cells where the header has 4",
    )


def test_counts_out_of_all_proportion(tmp_path: Path, optimizer: Run) -> None:
    """A million million conversions beside one lost journey, rows that stand for nobody, and one
    side missing altogether.
    """
    file = tmp_path / "paths.csv"
    file.write_text(HEAD + "a > b,1000000000000,5,0\nb,0,0,1\nc > a,0,0,0\n")
    ran = optimizer(
        "attribute", file, "-m", "markov", "-m", "linear", "--intervals", "50", "--format", "json"
    )
    for model in models(ran).values():
        assert sum(by_channel(model).values()) == pytest.approx(1e12)
        assert by_channel(model)["c"] == 0
    for line in ("a > b,0,0,5\n", "a > b,5,9,0\n"):
        file.write_text(HEAD + line)
        model = models(optimizer("attribute", file, "-m", "markov", "--format", "json"))["markov"]
        assert sum(by_channel(model).values()) == pytest.approx(float(line.split(",")[1]))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("a,-3,1,1", "row 2, column conversions: conversions is negative: '-3'"),
        ("a,3,1,-1", "row 2, column nulls: nulls is negative: '-1'"),
        ("a,3,-1,1", "row 2, column value: value is negative: '-1'"),
        ("a,0,12,1", "row 2, column value: a value without a conversion: '12'"),
    ],
)
def test_negative_and_impossible_amounts(
    row: str, says: str, tmp_path: Path, optimizer: Run
) -> None:
    file = tmp_path / "paths.csv"
    file.write_text(HEAD + row + "\n")
    told(optimizer("attribute", file), says)


def test_an_order_longer_than_any_path(tmp_path: Path, optimizer: Run) -> None:
    file = tmp_path / "paths.csv"
    file.write_text(HEAD + "a > b,3,10,1\nc,1,2,1\n")
    ran = optimizer("attribute", file, "-m", "markov", "--order", "9", "--format", "json")
    model = models(ran)["markov"]
    assert by_channel(model, "removal_effect") == pytest.approx({"a": 0.75, "b": 0.75, "c": 0.25})
    assert any("no journey has 9 touches" in note for note in model["notes"])
    plain = models(
        optimizer("attribute", file, "-m", "markov", "--order", "2", "--format", "json")
    )["markov"]
    assert not any("no journey has" in note for note in plain.get("notes", []))


CODE = """
import contextlib, io, json, sys
from optimizer.cli.app import run

for line in json.load(sys.stdin):
    sys.argv = ["optimizer", *line]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = run()
    peak = [row for row in open("/proc/self/status") if row.startswith("VmHWM")][0]
    print(json.dumps([code, int(peak.split()[1]) / 1024, out.getvalue()]))
"""
LARGE = {  # file -> options, MB of memory that may be used; the hungriest stands last
    "channels.csv": ("-m last -m markov --order 2", 600),
    "long.csv": ("-m markov -m linear -m shapley --order 3", 600),
    "bot.parquet": ("-m markov -m linear", 800),
}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """The models of each large file, read one after the other in a process of their own within its
    memory.
    """
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of a process's memory is read from /proc")
    folder = tmp_path_factory.mktemp("large")
    _channels(folder / "channels.csv")
    touches = " > ".join(["alpha", "beta"] * 50_000)
    (folder / "long.csv").write_text(f"path,conversions,nulls\n{touches},1,0\nbeta,0,1\n")
    _bot(folder / "bot.parquet")
    lines = [
        ["attribute", str(folder / name), *words.split(), "--format", "json"]
        for name, (words, _) in LARGE.items()
    ]
    ran = subprocess.run(
        [sys.executable, "-c", CODE],
        input=json.dumps(lines),
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "OPTIMIZER_MEMORY": "450MB",
            "OPTIMIZER_THREADS": "2",
        },
    )
    assert ran.returncode == 0, ran.stderr
    found = {}
    told = map(json.loads, ran.stdout.splitlines())
    for (name, (_, most)), (code, peak, text) in zip(LARGE.items(), told, strict=True):
        assert code == 0, ran.stderr
        assert peak < most, name
        found[name] = {model["model"]: model for model in json.loads(text)["models"]}
    return found


def _channels(file: Path) -> None:
    """Paths of five thousand channels."""
    rng = np.random.default_rng(0)
    ends = np.stack([np.arange(5000), rng.integers(0, 5000, 5000)], axis=1)
    paths = [f"c{a:04d} > c{b:04d}" for a, b in ends]
    won = np.arange(5000) % 2
    pd.DataFrame({"path": paths, "conversions": won, "nulls": 1}).to_csv(file, index=False)


def _bot(file: Path) -> None:
    """A user with a million touches, and one with a single one."""
    n = 1_000_000
    times = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(n), unit="s")
    frame = pd.DataFrame(
        {
            "user_id": "bot",
            "timestamp": times,
            "channel": np.where(np.arange(n) % 4, "feed", "search"),
            "event": "touch",
            "value": np.nan,
        }
    )
    last = pd.DataFrame(
        {
            "user_id": ["bot", "ann", "ann"],
            "timestamp": [times[-1] + pd.Timedelta(seconds=1), times[5], times[9]],
            "channel": [None, "feed", None],
            "event": ["purchase", "touch", "purchase"],
            "value": [5.0, np.nan, 3.0],
        }
    )
    pd.concat([frame, last]).to_parquet(file)


def test_five_thousand_channels(large: Found) -> None:
    for model in large["channels.csv"].values():
        assert len(model["channels"]) == 5000
        assert sum(by_channel(model).values()) == pytest.approx(2500)


def test_one_path_of_a_hundred_thousand_touches(large: Found) -> None:
    found = large["long.csv"]
    assert by_channel(found["linear"]) == pytest.approx({"alpha": 0.5, "beta": 0.5})
    assert by_channel(found["markov"], "removal_effect") == pytest.approx({"alpha": 1, "beta": 1})


def test_a_user_with_a_million_touches(large: Found) -> None:
    found = large["bot.parquet"]
    for model in found.values():
        assert sum(by_channel(model).values()) == pytest.approx(2)
    assert by_channel(found["linear"]) == pytest.approx({"feed": 1.75, "search": 0.25})
    assert by_channel(found["markov"], "removal_effect")["feed"] == pytest.approx(1)


def test_times_in_three_formats_and_two_zones(tmp_path: Path, optimizer: Run) -> None:
    """The order of touches is that of the moments, whatever clock and form each was written in."""
    file = tmp_path / "events.csv"
    file.write_text(
        EVENTS
        + "".join(
            f"u,{when},{channel},{event},{value}\n"
            for when, channel, event, value in [
                ("2026年8月13日 11:00", "b", "touch", ""),  # on the clock of --timezone: 03:00 UTC
                ("2026-08-13 10:00:00", "a", "touch", ""),  # the same clock: 02:00 UTC
                ("1786593600", "c", "touch", ""),  # seconds since 1970: 04:00 UTC
                ("2026-08-13T13:30:00+09:00", "d", "touch", ""),  # another zone: 04:30 UTC
                ("2026-08-13 05:00:00Z", "", "purchase", "8"),  # UTC
                ("2026-08-13 14:00:00", "e", "touch", ""),  # 06:00 UTC, after the purchase
            ]
        )
    )
    ran = optimizer(
        "attribute",
        file,
        "-m",
        "first",
        "-m",
        "last",
        "-m",
        "linear",
        "--timezone",
        "Asia/Shanghai",
        "--format",
        "json",
    )
    found = models(ran)
    assert [name for name, n in by_channel(found["first"]).items() if n] == ["a"]
    assert [name for name, n in by_channel(found["last"]).items() if n] == ["d"]
    assert by_channel(found["linear"]) == pytest.approx(
        {"a": 0.25, "b": 0.25, "c": 0.25, "d": 0.25, "e": 0}
    )
    assert "3 times carry a time zone and 3 do not" in ran.err


def test_events_that_stand_there_twice(tmp_path: Path, optimizer: Run) -> None:
    """Copies are kept and named; a purchase repeated at its moment finds no new touch to credit."""
    file = tmp_path / "events.csv"
    file.write_text(
        EVENTS
        + "u,2026-08-13 10:00:00,a,touch,\n" * 3
        + "u,2026-08-13 12:00:00,b,touch,\n"
        + "u,2026-08-13 13:00:00,,purchase,5\n" * 2
    )
    ran = optimizer("attribute", file, "-m", "linear", "-m", "markov", "--format", "json")
    found = models(ran)
    assert by_channel(found["linear"]) == pytest.approx({"a": 0.75, "b": 0.25})
    assert "3 rows are exact copies of another row" in ran.err
    assert "1 of 2 conversions had no touch before them" in ran.err
