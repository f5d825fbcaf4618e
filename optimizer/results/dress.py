"""A new file or folder looks like the one it follows: mode, owner, attributes."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path


def dress(new: Path, old: Path) -> None:
    """Give `new` the mode of `old`, and its owner and attributes where the system lets us.

    Parameters
    ----------
    new, old
        Both files, or both folders; symbolic links are followed.
    """
    was = old.stat()
    if hasattr(os, "chown") and (was.st_uid, was.st_gid) != _owner(new):
        with contextlib.suppress(OSError):
            os.chown(new, was.st_uid, was.st_gid)
    if hasattr(os, "listxattr"):
        for name in os.listxattr(old):
            with contextlib.suppress(OSError):
                os.setxattr(new, name, os.getxattr(old, name))
    os.chmod(new, stat.S_IMODE(was.st_mode))


def _owner(path: Path) -> tuple[int, int]:
    now = path.stat()
    return now.st_uid, now.st_gid
