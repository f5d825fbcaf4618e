"""Whatever a user hands over: a plan, or a message with its place and exit code 1 or 3. Never a traceback."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from optimizer.results import disk

Run = Callable[..., Any]
SCENARIO = """\
name: {name}
budget: {budget}
horizon: 2
attribution: {{model: {model}}}
value_per_customer: 100
data: {{events: events.csv, spend: spend.csv}}
{more}
"""


def quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def world(folder: Path, names: tuple[str, ...] = ("a", "b"), spend: float = 100.0) -> Path:
    """A tiny company in two tables: everybody touched once by each channel in turn, every third buys."""
    events, money = ["user_id,timestamp,channel,event,value"], ["period,channel,spend"]
    for week in range(6):
        day = f"2025-03-{3 + 7 * week:02d}" if week < 4 else f"2025-04-{7 * week - 28 + 3:02d}"
        for k, name in enumerate(names):
            money.append(f"{day},{quote(name)},{spend * (1 + (week + k) % 3)}")
            for user in range(6 * (1 + (week + k) % 3)):
                who = f"u{week}-{user}"
                events.append(f"{who},{day} 10:0{k % 10}:00,{quote(name)},touch,")
        for user in range(0, 12, 3):
            events.append(f"u{week}-{user},{day} 12:00:00,,purchase,80")
    (folder / "events.csv").write_text("\n".join(events) + "\n", encoding="utf-8")
    (folder / "spend.csv").write_text("\n".join(money) + "\n", encoding="utf-8")
    return write(folder)


def write(
    folder: Path, name: str = "t", budget: object = 800, more: str = "", model: str = "markov"
) -> Path:
    file = folder / "scenario.yaml"
    file.write_text(
        SCENARIO.format(name=name, budget=budget, more=more, model=model), encoding="utf-8"
    )
    return file


def planned(ran: Any) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    result: dict[str, Any] = json.loads(ran.out)
    return result


def test_the_tiny_world_is_planned(tmp_path: Path, optimizer: Run) -> None:
    file = world(tmp_path)
    plan = planned(optimizer("plan", file, "--no-report", "--format", "json"))
    assert plan["status"] == "optimal"
    assert plan["totals"]["spend"] <= 800 * (1 + 1e-9)
    assert {line["channel"] for line in plan["spend"]} == {"a", "b"}


@pytest.mark.parametrize("table", ["events.csv", "spend.csv"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"user_id,timestamp,channel,event,value\n",
        b"period,channel,spend\n",
        b"\x00\x01\x02\xff\xfe" * 40,
        b"\x89PNG\r\n\x1a\n",
        "user_id,timestamp\n小,红\n".encode("utf-16"),
        b"a;b;c\n1;2;3\n",
        b'user_id,timestamp,channel,event\n"u,2025-01-01,a,touch\n',
        b"user_id,timestamp,channel,event,value\nu,yesterday,a,touch,\nv,2025-01-01,a,touch,minus\n",
        b"period,channel,spend\n2025-01-06,a,-5\n2025-01-06,b,nan\n2025-01-13,a,inf\nsoon,a,3\n",
    ],
    ids=[
        "empty",
        "newline",
        "events header",
        "spend header",
        "binary",
        "png",
        "utf16",
        "semicolons",
        "open quote",
        "bad events",
        "bad spend",
    ],
)
def test_broken_tables(tmp_path: Path, optimizer: Run, table: str, content: bytes) -> None:
    file = world(tmp_path)
    (tmp_path / table).write_bytes(content)
    for command in (["check", file], ["plan", file, "--out", tmp_path / "out"]):
        ran = optimizer(*command)
        assert ran.code == 1, (ran.out, ran.err)
        assert table in ran.err
        assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()


def test_missing_table_and_folder(tmp_path: Path, optimizer: Run) -> None:
    file = world(tmp_path)
    (tmp_path / "spend.csv").unlink()
    ran = optimizer("plan", file)
    assert (ran.code, "scenario.yaml:6:" in ran.err) == (1, True)
    ran = optimizer("plan", tmp_path / "nowhere")
    assert (ran.code, "no such file" in ran.err) == (1, True)


def test_all_problems_of_both_tables_at_once(tmp_path: Path, optimizer: Run) -> None:
    file = world(tmp_path)
    (tmp_path / "events.csv").write_text(
        "user_id,timestamp,channel,event,value\nu,2025-01-01,a,touch,\nv,soon,a,touch,\nw,2025-01-02,a,purchase,x\n"
    )
    (tmp_path / "spend.csv").write_text("period,channel,spend\n2025-01-06,a,5\n2025-01-13,a,-5\n")
    err = optimizer("check", file).err
    for part in ("row 3", "row 4", "spend.csv", "timestamp", "value"):
        assert part in err


@pytest.mark.parametrize(
    ("budget", "code"),
    [(0, 0), (-1, 1), (".nan", 1), (".inf", 1), ("1e15", 0), ("1e16", 1), ("", 1), ("'5'", 1)],
)
def test_budgets(tmp_path: Path, optimizer: Run, budget: object, code: int) -> None:
    world(tmp_path)
    ran = optimizer("plan", write(tmp_path, budget=budget), "--no-report", "--format", "json")
    assert ran.code == code, ran.err
    if code == 0:
        # at 1e15, far beyond what these curves can use, a solver's own tolerance shows in the last digits
        assert json.loads(ran.out)["totals"]["spend"] <= float(budget) * (
            1 + (1e-7 if budget == "1e15" else 1e-9)
        )


@pytest.mark.parametrize(
    ("more", "part"),
    [
        ("rules: [{max_cak: 3}]", "max_cac"),
        ("rules: [{max_cac: 3, of: c}]", "'c'"),
        ("channels: {bb: {max: 3}}", "'bb'"),
        ("channels: {a: {min: 5, max: 3}}", "above max"),
        ("goal: customer", "customers"),
        ("attribution: {model: markow}", "duplicate key"),
        ("stages: [a, b]", "mapping"),
    ],
)
def test_slips_of_the_pen(tmp_path: Path, optimizer: Run, more: str, part: str) -> None:
    world(tmp_path)
    ran = optimizer("plan", write(tmp_path, more=more), "--out", tmp_path / "out")
    assert ran.code == 1
    assert part in ran.err
    assert "scenario.yaml:" in ran.err


def test_unknown_model(tmp_path: Path, optimizer: Run) -> None:
    world(tmp_path)
    ran = optimizer("plan", write(tmp_path, model="markow"))
    assert (ran.code, "markov" in ran.err) == (1, True)


def test_spend_of_1e15(tmp_path: Path, optimizer: Run) -> None:
    file = world(tmp_path, spend=1e14)
    ran = optimizer("plan", file, "--set", "budget=1e15", "--no-report", "--format", "json")
    assert ran.code in (0, 1), ran.err


def test_stopping_leaves_no_half_written_report(
    tmp_path: Path, optimizer: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out = world(tmp_path), tmp_path / "out"
    whole, written = disk.write, []

    def stop_at_third(path: Path, data: bytes) -> None:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(path)
        whole(path, data)

    monkeypatch.setattr(disk, "write", stop_at_third)
    ran = optimizer("plan", file, "--out", out)
    assert ran.code == 130
    assert len(written) == 2
    assert not out.exists() or not list(out.iterdir())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_scenario_may_name_a_pipe(tmp_path: Path, optimizer: Run) -> None:
    """It can be read once only; run.json has the hash of what came."""
    file = world(tmp_path)
    spend = (tmp_path / "spend.csv").read_bytes()
    (tmp_path / "spend.csv").unlink()
    os.mkfifo(tmp_path / "spend.csv")
    writer = threading.Thread(
        target=(tmp_path / "spend.csv").write_bytes, args=(spend,), daemon=True
    )
    writer.start()
    ran = optimizer("plan", file, "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["inputs"]["spend"]["sha256"] == hashlib.sha256(spend).hexdigest()
