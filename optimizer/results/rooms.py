"""Private folders for what must not outlive the program: decoded tables, what does not fit in memory.

Each is readable by its owner only and locked while its process lives. The first one that a process
opens sweeps those of processes that are gone.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.results.locks import Lock, abandoned, take

NEW = "-new"  # a room that is not locked yet is named so, and nobody sweeps it
LIVE: dict[Path, Lock | None] = {}  # of this process
_swept: set[str] = set()


def open_room(under: str | None = None) -> tuple[Path, Callable[[], None]]:
    """Make a room.

    Parameters
    ----------
    under
        A folder for it (None: the system's temporary folder).

    Returns
    -------
    folder
        Empty, for its owner only.
    close
        Removes it; to be called once it is not needed, a second call does nothing.

    Raises
    ------
    OSError
        Where none can be made.
    """
    base = under or tempfile.gettempdir()
    if base not in _swept:
        sweep(base)
        _swept.add(base)
    made = Path(tempfile.mkdtemp(prefix=f"{_mine()}.", suffix=NEW, dir=base))
    lock = take(made)
    room = made.with_name(made.name.removesuffix(NEW))
    os.rename(made, room)
    LIVE[room] = lock
    return room, lambda: close(room)


@contextmanager
def room(under: str | None = None) -> Iterator[Path]:
    """A room for the length of a block."""
    folder, end = open_room(under)
    try:
        yield folder
    finally:
        end()


def close(folder: Path) -> None:
    """Remove a room of this process."""
    if folder not in LIVE:
        return
    shutil.rmtree(folder, ignore_errors=True)
    lock = LIVE.pop(folder)
    if lock is not None:
        lock.free()


def sweep(base: str) -> None:
    """Remove the rooms of this user in a folder whose processes are gone."""
    pattern = re.compile(rf"{re.escape(_mine())}\.[a-z0-9_]{{8}}")
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(base)):
            if pattern.fullmatch(entry.name) and _own(entry):
                lock = abandoned(Path(entry.path))
                if lock is not None:
                    shutil.rmtree(entry.path, ignore_errors=True)
                    lock.free()


def _mine() -> str:
    return f"optimizer-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def _own(entry: os.DirEntry[str]) -> bool:
    """Whether this is a folder, of this user's; not a link to one."""
    found = entry.stat(follow_symlinks=False)
    return stat.S_ISDIR(found.st_mode) and (
        not hasattr(os, "getuid") or found.st_uid == os.getuid()
    )
