"""What a commit writes down before it acts, so that the next run can end what a kill cut short.

A commit works in a room of its own, `.NAME.xxxxxxxx.part` beside or inside its target. In it stand
`new` (the files to be, or after an exchange those that were), `old` (the target, set aside where
folders cannot be exchanged) and one of two notes: `switch.json` before the folder is exchanged,
`place.json` before files are replaced one by one.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from optimizer.results import disk
from optimizer.results.dress import dress

SWITCH, PLACE = "switch.json", "place.json"


def note(room: Path, name: str, **told: Collection[str]) -> None:
    """Write a note into a room, whole or not at all."""
    text = json.dumps({key: sorted(names) for key, names in told.items()}, ensure_ascii=False)
    part = room / f"{name}.part"
    disk.write(part, text.encode("utf-8", "surrogateescape"))
    disk.sync(part)
    disk.rename(part, room / name)
    disk.sync(room)


def finish(room: Path, target: Path) -> None:
    """End what a note of a room whose owner is gone promises; then nothing in it is needed.

    Parameters
    ----------
    room
        As a kill left it.
    target
        The folder it was made for.

    Raises
    ------
    OSError
        Where the files cannot be put in their places; the note stays.
    """
    if (room / "old").exists() and not target.exists():
        disk.rename(room / "old", target)
    if (room / PLACE).exists():
        place(room, target)
    elif (room / SWITCH).exists():
        told = _told(room / SWITCH)
        for name in ("new", "old"):
            bring_back(room / name, target, told["ours"], told["kept"])
        disk.unlink(room / SWITCH)


def _told(file: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(file.read_bytes().decode("utf-8", "surrogateescape"))
    return told


def bring_back(base: Path, target: Path, ours: Collection[str], kept: Collection[str]) -> None:
    """Bring what somebody put into a folder while it was exchanged over into the new one.

    Parameters
    ----------
    base
        The folder that was exchanged for `target`.
    ours
        Names of files of ours: they are not wanted any more.
    kept
        Names of other files that were carried over before.
    """
    for name in files(base) or ():
        if name in ours:
            continue
        there, here = base / name, target / name
        if not os.path.lexists(here):
            if name not in kept:
                disk.make(here.parent)
                disk.rename(there, here)
        elif there.lstat().st_mtime_ns > here.lstat().st_mtime_ns:
            disk.rename(there, here)


def place(room: Path, target: Path) -> None:
    """Put the files of a room's `new` in their places and remove what is not wanted, as its note
    says; what has been done already is passed over.
    """
    told = _told(room / PLACE)
    for name in told["drop"]:
        disk.unlink(target / name)
    # what describes the others goes first and comes last: it never stands beside others' files
    for name in told["last"]:
        if (room / "new" / name).exists():
            disk.unlink(_end(target / name))
    for name in [*(n for n in told["put"] if n not in told["last"]), *told["last"]]:
        part = room / "new" / name
        if os.path.lexists(part) and not part.is_symlink():
            settle(part, target / name)
    disk.unlink(room / PLACE)


def settle(part: Path, target: Path) -> None:
    """Rename a file over another, which keeps its mode and its symbolic link."""
    end = _end(target)
    if end.exists():
        dress(part, end)
    try:
        disk.rename(part, end)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        near = end.with_name(f".{part.name[:60]}.part")
        try:
            shutil.copy2(part, near)
            disk.sync(near)
            disk.rename(near, end)
        finally:
            disk.unlink(near)
        disk.unlink(part)
    disk.sync(end.parent)


def _end(path: Path) -> Path:
    """Where a symbolic link leads."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def files(folder: Path, limit: int | None = None) -> list[str] | None:
    """Names of all files and links below a folder, sorted; None where there are more than `limit`
    of them and of folders.
    """
    found, count = [], 0
    for here, folders, names in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(here, name))]
        base = Path(here).relative_to(folder)
        found += [(base / name).as_posix() for name in (*names, *links)]
        count += len(names) + len(folders)
        if limit is not None and count > limit:
            return None
    return sorted(found)
