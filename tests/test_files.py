"""Files are written whole or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from optimizer.errors import UserError
from optimizer.files import beside, new_folder, sha256, write_text


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "plan.csv"
    write_text(target, "old")

    def fail_in_the_middle() -> None:
        with beside(target) as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_in_the_middle()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_kill_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "plan.csv"
    write_text(target, "old")
    code = (
        "import sys,time\nfrom optimizer.files import beside\n"
        "with beside(sys.argv[1]) as part:\n part.write_text('half'); print('now', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(target)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process, process.stdout:
        process.stdout.readline()
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert target.read_text() == "old"


def test_a_place_that_cannot_be_written_is_a_user_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="cannot write"):
        write_text(tmp_path / "file" / "below.txt", "x")


def test_hash_of_a_folder_depends_on_its_bytes_only(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for part in ("b", "a") if name == "one" else ("a", "b"):
            (tmp_path / name / part).write_text(part)
    assert sha256(tmp_path / "one") == sha256(tmp_path / "two")
    (tmp_path / "two" / "a").write_text("c")
    assert sha256(tmp_path / "one") != sha256(tmp_path / "two")


def test_a_new_folder_is_whole_or_not_at_all(tmp_path):
    target = tmp_path / "brand"

    def interrupted() -> None:
        with new_folder(target) as part:
            (part / "scenario.yaml").write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
    with new_folder(target) as part:
        (part / "scenario.yaml").write_text("whole", encoding="utf-8")
    assert [file.name for file in tmp_path.rglob("*")] == ["brand", "scenario.yaml"]
    with pytest.raises(UserError, match="not an empty folder"), new_folder(target):
        pass
    assert (target / "scenario.yaml").read_text(encoding="utf-8") == "whole"
