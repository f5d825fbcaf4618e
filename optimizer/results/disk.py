"""Every change that the results layer makes on the disk, one function each.

The tests put theirs in the place of these, to fail or to stop at each of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys
from pathlib import Path
from typing import Any

SWAP = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS
HERE = -100  # AT_FDCWD


def write(path: Path, data: bytes) -> None:
    """Write a file's bytes."""
    path.write_bytes(data)


def sync(path: Path) -> None:
    """Have a file's bytes, or a folder's entries, on the disk before going on.

    Parameters
    ----------
    path
        A file, or a folder; of a folder it is tried only, for not every system can.
    """
    if path.is_dir():
        with contextlib.suppress(OSError):
            _synced(path, os.O_RDONLY)
        return
    # Windows syncs only what is open for writing
    _synced(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)


def _synced(path: Path, how: int) -> None:
    handle = os.open(path, how)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make(folder: Path) -> None:
    """Make a folder, and those above it."""
    folder.mkdir(parents=True, exist_ok=True)


def rename(old: Path, new: Path) -> None:
    """Give a file or folder another name; a file, or an empty folder, of that name goes."""
    os.replace(old, new)


def exchange(one: Path, other: Path) -> None:
    """Swap two folders in one step.

    Raises
    ------
    OSError
        ENOSYS or EINVAL where this system or file system cannot.
    """
    library: Any = ctypes.CDLL(None, use_errno=True) if sys.platform != "win32" else None
    names = (os.fsencode(one), os.fsencode(other))
    if hasattr(library, "renameat2"):
        failed = library.renameat2(HERE, names[0], HERE, names[1], SWAP)
    elif hasattr(library, "renamex_np"):
        failed = library.renamex_np(*names, SWAP)
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if failed:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(one), None, str(other))


def link(old: Path, new: Path) -> None:
    """A second name of the same file; of a symbolic link, one like it."""
    if old.is_symlink():
        os.symlink(os.readlink(old), new)
    else:
        os.link(old, new)


def unlink(path: Path) -> None:
    """Remove a file or a symbolic link; nothing where there is none."""
    path.unlink(missing_ok=True)
