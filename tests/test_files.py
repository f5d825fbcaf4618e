"""Files are written whole or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from optimizer.errors import UserError
from optimizer.files import beside, sha256, write_text


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


def test_mode_and_link_of_an_old_file_stay(tmp_path: Path) -> None:
    private, linked = tmp_path / "private.yaml", tmp_path / "linked.yaml"
    private.write_text("old")
    private.chmod(0o600)
    linked.symlink_to("private.yaml")
    write_text(linked, "new")
    assert linked.is_symlink()
    assert private.read_text() == "new"
    assert private.stat().st_mode & 0o777 == 0o600


def test_a_device_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(UserError, match="Is a directory"):
        write_text(tmp_path, "x")
