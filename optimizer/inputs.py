"""The one way in: whatever a user names is looked at here before anything reads it.

A regular file is read where it stands. Standard input (`-`), a pipe and `<(...)` can be read once
only, so they are spooled into a file first (`optimizer.streams`). Devices, sockets and folders are
refused where a file is wanted, and nothing waits for ever.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from optimizer.errors import UserError
from optimizer.messages import Message, Text, _
from optimizer.registry import did_you_mean
from optimizer.streams import duplicate, forget, pipe, spooled, standard, too_large, unreadable

__all__ = ["STREAM", "Input", "admit", "content", "files_below", "forget", "nearby", "whole"]

STREAM = "-"  # how standard input is named
MOST_ENTRIES = 100_000  # files and folders of one folder that is read
_OWN = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,7})|/dev/(stdin)")


@dataclass(frozen=True)
class Input:
    """Something a user named, ready to be read.

    Attributes
    ----------
    path
        A regular file, or a folder where one was allowed.
    label
        What the user calls it.
    """

    path: Path
    label: str


def admit(
    name: Path | str, *, folder: bool = False, most: int | None = None, fix: Text | None = None
) -> Input:
    """Look at what a user named, and make it a file that can be read from its beginning.

    Parameters
    ----------
    name
        A path, or `-` for standard input.
    folder
        Whether it may be a folder.
    most
        Bytes it may hold.
    fix
        What to try where there is nothing of that name; by default the nearest name.

    Raises
    ------
    UserError
        Where there is no such thing, it is of another kind, too large, or cannot be read.
    """
    text = str(name)
    label = "stdin" if text == STREAM else text
    if text == STREAM:
        return Input(spooled(text, label, standard(label), most), label)
    kind = _mode(text, fix)
    own = _OWN.fullmatch(text)
    if stat.S_ISDIR(kind):
        if not folder:
            raise UserError(_("this is a folder, not a file"), label, _("name the file in it"))
        _listed(text)
    elif own and (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        number = int(own[1] or 0)
        return Input(spooled(text, label, lambda: duplicate(number, label), most), label)
    elif stat.S_ISFIFO(kind):
        return Input(spooled(text, label, lambda: pipe(text), most), label)
    elif not stat.S_ISREG(kind):
        raise UserError(
            _("this is a socket, not a file") if stat.S_ISSOCK(kind) else _NO_FILE,
            label,
            _("name a file, a pipe, or - for standard input"),
        )
    else:
        _readable(text, most)
    return Input(Path(name), label)


_NO_FILE = _("this is a device, not a file")


def content(name: Path | str, most: int, fix: Text | None = None) -> bytes:
    """The bytes of something a user named, at most `most` of them; see `admit`."""
    given = admit(name, most=most, fix=fix)
    try:
        with given.path.open("rb") as stream:
            raw = stream.read(most + 1)
    except OSError as error:
        raise unreadable(error, given.label) from None
    if len(raw) > most:  # it grew meanwhile, or its size is not known beforehand
        raise too_large(given.label, most)
    return raw


def whole(text: str, most: int) -> int | None:
    """The whole number that a text writes in digits 0 to 9, from 0 to `most`; None where it is no
    such number.

    >>> whole("12", 99), whole("²", 99), whole("9" * 5000, 99), whole("", 99)
    (12, None, None, None)
    """
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text.lstrip("0")) > len(str(most)):
        return None
    number = int(text[-len(str(most)) - 1 :])
    return number if number <= most else None


def files_below(folder: Path | str, wanted: Callable[[Path], bool]) -> list[Path]:
    """The regular files below a folder, sorted.

    Parameters
    ----------
    folder
        Links to other folders in it are not followed.
    wanted
        Says which files count.

    Raises
    ------
    UserError
        For a folder of more than `MOST_ENTRIES` entries.
    """
    found, seen = [], 0
    for place, folders, names in os.walk(folder):
        seen += len(folders) + len(names)
        if seen > MOST_ENTRIES:
            raise UserError(
                _("the folder holds more than {most} files", most=f"{MOST_ENTRIES:,}"),
                str(folder),
                _("name the folder that holds the table, or the file itself"),
            )
        found += [
            path
            for path in (Path(place) / name for name in names)
            if wanted(path) and path.is_file()
        ]
    return sorted(found)


def nearby(path: Path) -> Message:
    """What stands near a path that does not exist."""
    try:
        names = [
            entry.name for entry in _some(path.parent.iterdir()) if not entry.name.startswith(".")
        ]
    except (OSError, ValueError):
        names = []
    return did_you_mean(path.name, names) if names else _("check the path")


def _mode(text: str, fix: Text | None) -> int:
    try:
        return os.stat(text).st_mode
    except FileNotFoundError:
        near = nearby(Path(text)) if fix is None else fix
        raise UserError(_("there is no such file or folder"), text, near) from None
    except OSError as error:
        raise unreadable(error, text) from None
    except ValueError:  # a zero byte, or what the system's encoding does not know
        raise UserError(_("no file can have this name"), text, _("check the path")) from None


def _readable(text: str, most: int | None) -> None:
    try:
        with open(text, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
    except OSError as error:
        raise unreadable(error, text) from None
    if most is not None and size > most:
        raise too_large(text, most, size)


def _listed(text: str) -> None:
    try:
        with os.scandir(text):
            pass
    except OSError as error:
        raise unreadable(error, text) from None


def _some(entries: Iterable[Path]) -> Iterator[Path]:
    """The first entries: a suggestion is not worth more than that."""
    for number, entry in enumerate(entries):
        if number >= 2000:
            return
        yield entry
