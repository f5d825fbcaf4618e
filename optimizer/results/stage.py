"""A private room beside a target to make it ready in; what a kill left of such rooms is swept."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.errors import UserError
from optimizer.foreign import foreign
from optimizer.messages import _
from optimizer.results.journal import finish
from optimizer.results.locks import abandoned, guarded, take

ROOM = re.compile(r"\.(.*)\.[a-z0-9_]{8}\.part", re.DOTALL)


def real(target: Path | str) -> Path:
    """Where a target really stands: symbolic links stay and are followed."""
    return Path(os.path.realpath(target))


@contextmanager
def trouble(target: Path | str) -> Iterator[None]:
    """What the system refuses is a user's error at `target`."""
    try:
        yield
    except OSError as error:
        raise UserError(
            _("cannot write: {error}", error=foreign(error.strerror or error)),
            str(target),
            _("free some space, or choose another folder with --out"),
        ) from None


@contextmanager
def stage(target: Path, inside: bool = False) -> Iterator[Path]:
    """An empty private folder on the target's disk; it goes at the end.

    Parameters
    ----------
    target
        The file or folder to be; its folder is made where needed.
    inside
        In the target itself, a folder that is there, and not beside it.

    Raises
    ------
    UserError
        Where nothing can be written.
    """
    home = target if inside else target.parent
    try:
        home.mkdir(parents=True, exist_ok=True)
        with guarded(home):  # nobody sweeps a room before it is locked
            sweep(home, target)
            room = Path(tempfile.mkdtemp(dir=home, prefix=f".{_short(target)}.", suffix=".part"))
            lock = take(room)
    except OSError as error:
        raise UserError(
            _("cannot write here: {strerror}", strerror=foreign(error.strerror or error)),
            str(target),
            _("choose another folder with --out"),
        ) from None
    try:
        yield room
    finally:
        with contextlib.suppress(OSError):  # what cannot be ended now is by the next run
            finish(room, target)
            shutil.rmtree(room, ignore_errors=True)
        if lock is not None:
            lock.free()


def sweep(home: Path, target: Path) -> None:
    """Put right what killed runs left of a target's rooms in a folder; to be called guarded.

    Raises
    ------
    OSError
        Where a promised file cannot be put in its place.
    """
    for entry in list(os.scandir(home)):
        found = ROOM.fullmatch(entry.name)
        if not found or found[1] != _short(target) or not entry.is_dir(follow_symlinks=False):
            continue
        room = Path(entry.path)
        lock = abandoned(room)
        if lock is None:
            continue
        try:
            finish(room, target)
            shutil.rmtree(room, ignore_errors=True)
        finally:
            lock.free()


def _short(target: Path) -> str:
    """The target's name, short enough for a name around it to be one the system takes."""
    return os.fsencode(target.name)[:200].decode(errors="ignore")


def special(target: Path) -> bool:
    """Whether this is a device or a pipe, which cannot be replaced.

    Raises
    ------
    OSError
        For a folder.
    """
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    return not stat.S_ISREG(mode)
