"""A disk that fails, or that is looked at, at each of its changes.

`watched` stands before every change of `optimizer.results.disk`: a copy of the tree at that moment
is what a kill would have left there.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from optimizer.results import disk

CHANGES = ("write", "sync", "make", "rename", "exchange", "link", "unlink")
Before = Callable[..., None]
Tree = dict[str, bytes | str]


@contextmanager
def watched(before: Before, without: tuple[str, ...] = ()) -> Iterator[None]:
    """`before(name, path)` is called before each change, and in the middle of each write.

    Parameters
    ----------
    without
        Changes that this disk does not know.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in CHANGES:
            patch.setattr(disk, name, _one(name, getattr(disk, name), before, name in without))
        yield


def _one(name: str, real: Callable[..., Any], before: Before, unknown: bool) -> Callable[..., Any]:
    def change(*given: Any) -> Any:
        if unknown:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        before(name, given[0])
        if name == "write":
            path, data = given
            path.write_bytes(data[: len(data) // 2])
            before("half", path)
        return real(*given)

    return change


class Kills:
    """What a kill at each change would have left of a folder."""

    def __init__(self, root: Path, into: Path) -> None:
        self.root, self.into = root, into
        self.states: list[Path] = []

    def __call__(self, name: str, path: Path) -> None:
        """Keep the folder as it is."""
        if name == "sync":
            return  # changes nothing that is seen
        state = self.into / f"{len(self.states):04}-{name}"
        shutil.copytree(self.root, state, symlinks=True)
        self.states.append(state)


class Full:
    """A disk that is full from its nth change on that needs room."""

    def __init__(self, nth: int) -> None:
        self.left, self.hit = nth, False

    def __call__(self, name: str, path: Path) -> None:
        """Fail where the time has come; what needs no room goes on."""
        if name in ("unlink", "rename", "exchange") or path.is_dir():
            return
        if self.left <= 0:
            self.hit = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.left -= 1


def tree(folder: Path) -> Tree:
    """Every file below a folder with its bytes, every link with where it leads; rooms of runs that
    were killed are left out.
    """
    found: Tree = {}
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if any(part.startswith(".") and part.endswith(".part") for part in name.split("/")):
            continue
        if file.is_symlink():
            found[name] = os.readlink(file)
        elif file.is_file():
            found[name] = file.read_bytes()
    return found


def rooms(folder: Path) -> list[str]:
    """What killed runs have left below a folder."""
    return sorted(file.name for file in folder.rglob(".*.part"))
