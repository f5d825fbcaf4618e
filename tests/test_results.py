"""A folder's results are the old ones whole or the new ones whole, whenever the program is killed
or the disk is full; what is left is swept by the next run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty_disk import CHANGES, Full, Kills, Tree, rooms, tree, watched

from optimizer.errors import UserError
from optimizer.results import commit as module
from optimizer.results.commit import commit
from optimizer.results.manifest import seal

OWNS = ("plan.csv", "model.lp", "run.json")
OTHERS: Tree = {
    "notes.txt": b"mine",
    "mine/deep/a.txt": b"also mine",
    "plan.txt": b"plan",
    "way": "notes.txt",
}
OLD: Tree = {
    "plan.csv": b"old",
    "model.lp": b"old",
    "charts/old.svg": b"old",
    "run.json": b'{"files": {"plan.csv": {}, "model.lp": {}, "charts/old.svg": {}, "../x": {}}}',
}
NEW: Tree = {"plan.csv": b"new", "charts/new.svg": b"new", "extra.csv": b"new"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here pulls the plug of the machine."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


def lay(folder: Path, files: Tree) -> None:
    """Write files and links."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            (folder / name).symlink_to(content)
        else:
            (folder / name).write_bytes(content)


def run(folder: Path, files: Tree = NEW) -> None:
    """One run's results."""
    with commit(folder, OWNS, "run.json") as part:
        lay(part, {name: content for name, content in files.items() if name != "extra.csv"})
        if "extra.csv" in files:  # through the faulty disk, as commands write
            module.disk.write(part / "extra.csv", files["extra.csv"])
        seal(part, "run.json", "optimal")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with an old result and files of somebody else's, in a folder of its own."""
    folder = tmp_path / "here" / "out"
    lay(folder, {**OLD, **OTHERS})
    (folder / "empty").mkdir()
    return folder


def whole(folder: Path) -> str:
    """Which result a folder holds; a mixture fails."""
    if not folder.exists():
        return "nothing"
    found = tree(folder)
    others = {name: found.pop(name, b"") for name in OTHERS}
    assert others == OTHERS, folder
    if found == OLD:
        return "old"
    found.pop("run.json")
    assert found == NEW, folder
    return "new"


def test_a_new_result_leaves_nothing_of_the_old_and_all_of_others(place: Path) -> None:
    place.chmod(0o750)
    (place / "plan.csv").chmod(0o600)
    run(place)
    assert whole(place) == "new"
    assert (place / "empty").is_dir()
    assert place.stat().st_mode & 0o777 == 0o750
    assert (place / "plan.csv").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in place.parent.iterdir()] == ["out"]


WAYS = {"exchange": (), "two renames": ("exchange",), "no links": ("link",), "in it": ()}


@pytest.mark.parametrize("way", WAYS)
def test_a_kill_at_every_change(
    way: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the next run a folder that is exchanged is whole; where its files must be replaced one
    by one, or two renames are needed, it is after the next run's first step.
    """
    if way == "in it":
        monkeypatch.chdir(place)
    kills = Kills(place.parent, tmp_path / "kills")
    with watched(kills, WAYS[way]):
        run(place)
    kills("end", place)
    monkeypatch.chdir(tmp_path)
    assert whole(place) == "new"
    assert len(kills.states) > 15
    seen = set()
    for state in kills.states:
        folder = state / "out"
        if way == "exchange":
            whole(folder)
        with pytest.raises(KeyboardInterrupt), commit(folder, OWNS, "run.json"):
            raise KeyboardInterrupt  # a next run that comes to nothing still puts right
        with pytest.raises(KeyboardInterrupt), commit(folder / "x"):
            raise KeyboardInterrupt
        seen.add(whole(folder))
        run(folder)
        assert whole(folder) == "new", state
        assert rooms(state) == [], state
    assert seen == {"old", "new"}


def test_a_first_run_is_there_or_not_at_all(tmp_path: Path) -> None:
    kills = Kills(tmp_path / "here", tmp_path / "kills")
    (tmp_path / "here").mkdir()
    with watched(kills):
        run(tmp_path / "here" / "out", {**NEW, **OTHERS})
    kills("end", tmp_path / "here")
    assert {whole(state / "out") for state in kills.states} == {"nothing", "new"}


@pytest.mark.parametrize("way", WAYS)
def test_a_full_disk_at_every_change_leaves_the_old_result(
    way: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "in it":
        monkeypatch.chdir(place)
    for nth in range(100):
        full = Full(nth)
        with watched(full, WAYS[way]):
            caught = None
            try:
                run(place)
            except UserError as error:
                caught = error
        if not full.hit:
            break
        assert caught is None or "No space left" in str(caught)
        if caught is not None:
            assert whole(place) == "old"
            assert rooms(place.parent) == []
    assert nth > 5
    assert whole(place) == "new"
    run(place)
    assert rooms(place.parent) == []


def test_links_are_followed_and_stay(place: Path, tmp_path: Path) -> None:
    """The folder is a link, and in it a file of ours is one."""
    far = tmp_path / "far.csv"
    far.write_text("old")
    (place / "plan.csv").unlink()
    (place / "plan.csv").symlink_to(far)
    link = tmp_path / "link"
    link.symlink_to(place)
    run(link)
    assert link.is_symlink()
    assert (place / "plan.csv").is_symlink()
    assert far.read_text() == "new"
    assert not (place / "model.lp").exists()


def test_runs_into_one_folder_wait_for_each_other(tmp_path: Path) -> None:
    """Four programs at once, ten times each: the folder is always one run's."""
    code = (
        "import sys\nfrom optimizer.results.commit import commit\n"
        "for i in range(10):\n"
        "    with commit(sys.argv[1], [f'{n}.txt' for n in range(40)]) as part:\n"
        "        for n in range(int(sys.argv[2]), 40, 2):\n"
        "            (part / f'{n}.txt').write_text(sys.argv[3])\n"
    )
    target = tmp_path / "out"
    started = [
        subprocess.Popen([sys.executable, "-c", code, target, str(i % 2), str(i)]) for i in range(4)
    ]
    looks = 0
    while any(process.poll() is None for process in started):
        try:
            held = os.open(target, os.O_RDONLY)  # one folder, whatever its name leads to meanwhile
        except FileNotFoundError:
            continue
        try:
            names = {name for name in os.listdir(held) if not name.startswith(".")}
        finally:
            os.close(held)
        if len(names) == 20:
            looks += 1
            assert len({int(name[:-4]) % 2 for name in names}) == 1
    assert [process.returncode for process in started] == [0] * 4
    assert looks > 0
    assert len({file.read_text() for file in target.iterdir()}) == 1
    assert len(list(target.iterdir())) == 20
    assert rooms(tmp_path) == []


def test_a_run_that_is_held_up_says_so(
    place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from optimizer.results import locks

    monkeypatch.setattr(locks, "WAIT", 0.1)
    other = locks.take(place.parent)
    assert other is not None
    with pytest.raises(UserError, match="another run is writing here"), commit(place):
        raise AssertionError
    other.free()
    assert whole(place) == "old"


def test_a_room_that_is_in_use_is_not_swept(place: Path) -> None:
    with commit(place, OWNS) as part:
        (part / "plan.csv").write_text("first")
        run(place)
        assert (part / "plan.csv").exists()
        assert whole(place) == "new"
    assert (place / "plan.csv").read_text() == "first"


def test_what_others_put_there_meanwhile_stays(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that comes, and one that is saved anew, between the look at the folder and its switch."""

    def late(name: str, path: Path) -> None:
        if name == "exchange":
            time.sleep(0.01)
            (place / "late.txt").write_text("late")
            (place / "mine" / "part").write_text("saved anew")
            (place / "mine" / "part").replace(place / "notes.txt")

    with watched(late):
        run(place)
    assert (place / "late.txt").read_text() == "late"
    assert (place / "notes.txt").read_text() == "saved anew"
    assert (place / "plan.csv").read_text() == "new"
    assert not (place / "model.lp").exists()


def test_where_nothing_can_be_written_nothing_is(place: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="this is a file"), commit(place / "notes.txt"):
        pass
    with pytest.raises(UserError, match="not an empty folder"), commit(place, empty=True):
        pass
    with commit(tmp_path / "fresh", empty=True) as part:
        (part / "a").write_text("x")
        (tmp_path / "fresh").mkdir()
    assert [file.name for file in tmp_path.joinpath("fresh").iterdir()] == ["a"]
    assert whole(place) == "old"


def test_every_change_on_the_disk_is_watched() -> None:
    from optimizer.results import disk

    own = [
        name
        for name, thing in vars(disk).items()
        if isinstance(thing, Callable) and getattr(thing, "__module__", "") == disk.__name__
    ]
    assert {name for name in own if not name.startswith("_")} == {*CHANGES}
