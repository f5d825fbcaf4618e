"""Who is at work in a folder: locks of the system on the folder itself.

They end with the process, however it ends, and leave no file behind.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from optimizer.errors import UserError
from optimizer.messages import _

if sys.platform != "win32":
    import fcntl

WAIT = 60.0  # seconds for another run's commit, which takes a fraction of one
DAY = 86_400.0


@dataclass(frozen=True)
class Lock:
    """A lock that is held.

    Parameters
    ----------
    handle
        The open folder; None where the system knows no such locks.
    """

    handle: int | None

    def free(self) -> None:
        """Let go of it."""
        if self.handle is not None:
            os.close(self.handle)


def take(folder: Path, wait: float = 0.0) -> Lock | None:
    """Lock a folder.

    Parameters
    ----------
    folder
        It need not be writable.
    wait
        Seconds to wait for who has it.

    Returns
    -------
    Lock or None
        None: another has it still.
    """
    if sys.platform == "win32":
        return Lock(None)
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return Lock(None)
    until, held = time.monotonic() + wait, False
    try:
        while not held:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                held = True
            except BlockingIOError:
                if time.monotonic() >= until:
                    return None
                time.sleep(0.02)
            except OSError:  # a file system without locks
                return Lock(None)
    finally:
        if not held:
            os.close(handle)
    return Lock(handle)


@contextmanager
def guarded(folder: Path) -> Iterator[None]:
    """Alone in a folder, as far as runs of this program go: the next one waits.

    Raises
    ------
    UserError
        Where another run has been at it for a minute.
    """
    lock = take(folder, WAIT)
    if lock is None:
        raise UserError(
            _("another run is writing here, and has not ended for {n} seconds", n=f"{WAIT:g}"),
            str(folder),
            _("wait for it, or choose another folder with --out"),
        )
    try:
        yield
    finally:
        lock.free()


def abandoned(folder: Path) -> Lock | None:
    """The lock of a folder whose owner is gone.

    Returns
    -------
    Lock or None
        None: somebody is at work in it. Without locks, what has not changed for a day is abandoned.
    """
    lock = take(folder)
    if lock is not None and lock.handle is None:
        try:
            if time.time() - folder.stat().st_mtime < DAY:
                return None
        except OSError:
            return None
    return lock
