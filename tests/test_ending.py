"""A program that is asked to end takes back what it was writing; of one that is killed the next run
removes what it left.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from faulty_disk import rooms, tree

from optimizer.results.rooms import open_room, sweep

ROOT = Path(__file__).parent.parent
EVENTS = "".join(f"u{i},2026-03-{i % 27 + 1:02},a{i % 7},touch\n" for i in range(100_000))


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table of journeys and a result of an earlier run."""
    folder = tmp_path_factory.mktemp("brand")
    (folder / "events.csv").write_text(f"user_id,timestamp,channel,event\n{EVENTS}")
    with (folder / "events.csv").open("a") as more:
        more.writelines(f"u{i},2026-03-28,,purchase\n" for i in range(0, 100_000, 50))
    return folder


def started(brand: Path, temporary: Path) -> subprocess.Popen[str]:
    """`optimizer attribute` at work on a file of journeys, decoded data in its temporary folder."""
    temporary.mkdir(exist_ok=True)
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "optimizer", "attribute", "events.csv"),
            *("--intervals", "2000", "--journeys", "out/journeys.csv"),
        ],
        cwd=brand,
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_at_work(temporary: Path) -> Path:
    """Its room, once there is something in it."""
    for __ in range(3000):
        found = [room for room in temporary.glob("optimizer-*") if not room.name.endswith("-new")]
        if found:
            return found[0]
        time.sleep(0.02)
    raise AssertionError("no temporary folder was made")


def test_a_signal_unwinds(brand: Path, tmp_path: Path) -> None:
    """SIGTERM as Ctrl-C does."""
    temporary = tmp_path / "temporary"
    process = started(brand, temporary)
    room = until_at_work(temporary)
    assert room.stat().st_mode & 0o777 == 0o700
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, err
    assert err.strip() == "stopped"
    assert out == ""
    assert not list(temporary.iterdir())
    assert rooms(brand) == []


def test_what_a_kill_leaves_is_swept_by_the_next_run(brand: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    process = started(brand, temporary)
    room = until_at_work(temporary)
    sweep(str(temporary))
    assert room.exists(), "its owner lives"
    process.kill()
    process.communicate()
    assert room.exists()
    sweep(str(temporary))
    assert not list(temporary.iterdir())


def test_rooms_of_others_are_left_alone(tmp_path: Path) -> None:
    mine, close = open_room(str(tmp_path))
    other = tmp_path / f"{mine.name[:-8]}abcdefgh"
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("x")
    other.symlink_to(tmp_path / "kept")
    (tmp_path / "optimizer-mine").mkdir()
    sweep(str(tmp_path))
    assert mine.is_dir()
    assert tree(tmp_path) == {other.name: str(tmp_path / "kept"), "kept/file": b"x"}
    close()
    close()
    assert not mine.exists()


NO_ROOM = "error: cannot write the result: No space left on device"
CLOSED = {  # command, where its output goes, exit code, what is said
    "closed": (
        *("attribute paths.csv -m last --journeys out.csv --format json", ">&-", 0),
        "out.csv: 2 rows of last",
    ),
    "help, full": ("--help", ">/dev/full", 1, NO_ROOM),
    "help that nobody reads": ("--help", "| true", 0, ""),
    "closed, and errors too": ("list rules", ">&- 2>&-", 0, ""),
    "full": (
        "list rules",
        ">/dev/full",
        1,
        "error: cannot write the result: No space left on device",
    ),
    "a pipe nobody reads": ("list rules", "| true", 0, ""),
}


@pytest.mark.parametrize("how", CLOSED)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_standard_output_that_takes_nothing(how: str, tmp_path: Path) -> None:
    """No traceback, and a file that is written meanwhile holds nothing that was printed."""
    words, where, code, says = CLOSED[how]
    (tmp_path / "paths.csv").write_text("path,conversions\na > b,3\nb,2\n")
    ran = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m optimizer {words} {where}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == code, ran.stderr
    assert ran.stderr.startswith(says)
    assert "Traceback" not in ran.stderr
    if how == "closed":
        rows = (tmp_path / "out.csv").read_text().splitlines()
        assert rows[0] == "path,channel,touches,conversions,value"
        assert len(rows) == 3
    else:
        assert ran.stderr.strip() == says
