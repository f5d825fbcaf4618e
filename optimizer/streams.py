"""Streams that a user names, kept in files: what can be read only once is read twice and more.

Waiting has an end: for the other end of a named pipe to be opened, and for the next byte.
"""

from __future__ import annotations

import atexit
import os
import select
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from optimizer.errors import UserError
from optimizer.foreign import foreign
from optimizer.messages import _
from optimizer.results.rooms import close, open_room

BLOCK = 1 << 20
MOST_STREAM = 8 << 30  # bytes of a stream
ROOM = 256 << 20  # bytes of the disk that a spooled stream leaves free
WRITER_SECONDS = 15.0  # to wait until somebody opens the other end of a named pipe
SILENT_SECONDS = 600.0  # to wait for the next byte of a stream
Stream = Iterator[bytes]


class _Spools:
    """Streams that were read, by the name they were given; a stream can be read once only."""

    def __init__(self) -> None:
        self._known: dict[str, Path] = {}
        self._folder: Path | None = None
        self._lock = threading.RLock()

    def stream(
        self, name: str, label: str, opening: Callable[[], Stream], most: int | None
    ) -> Path:
        """The file a stream was spooled into."""
        with self._lock:
            if name not in self._known:
                self._known[name] = self._spool(label, opening(), most)
            return self._known[name]

    def _spool(self, label: str, stream: Stream, most: int | None) -> Path:
        limit = MOST_STREAM if most is None else min(most, MOST_STREAM)
        size = 0
        try:
            if self._folder is None or not self._folder.is_dir():
                spill = os.environ.get("OPTIMIZER_SPILL")
                self._folder, __ = open_room(spill)
            target = self._folder / f"stream{len(self._known)}"
            with target.open("wb") as out:
                for block in stream:
                    size += len(block)
                    if size > limit:
                        raise too_large(label, limit)
                    if shutil.disk_usage(self._folder).free < ROOM:
                        raise UserError(
                            _("there is no room to keep this stream"),
                            label,
                            _("set OPTIMIZER_SPILL to a folder on a larger disk"),
                        )
                    out.write(block)
        except OSError as error:
            raise unreadable(error, label) from None
        if not size:
            raise UserError(_("nothing came from this stream"), label, _("check what writes it"))
        return target

    def clear(self) -> None:
        with self._lock:
            folder, self._folder = self._folder, None
            self._known.clear()
        if folder is not None:
            close(folder)


_spools = _Spools()


def spooled(name: str, label: str, opening: Callable[[], Stream], most: int | None = None) -> Path:
    """The file that a stream is kept in; a name that was spooled before is not read again.

    Parameters
    ----------
    name, label
        What the stream is called, by the system and in messages.
    opening
        Opens it.
    most
        Bytes it may hold.

    Raises
    ------
    UserError
        Where nothing comes, or too much.
    """
    return _spools.stream(name, label, opening, most)


def forget() -> None:
    """Remove what was spooled; a stream that is named again is read again."""
    _spools.clear()


atexit.register(forget)


def standard(label: str) -> Callable[[], Stream]:
    """What opens standard input."""

    def opening() -> Stream:
        stream = sys.stdin
        if stream is None or stream.closed:
            raise UserError(_("standard input is closed"), label, _("name a file"))
        if stream.isatty():
            raise UserError(
                _("standard input is a terminal"), label, _("pipe a file into it, or name a file")
            )
        try:
            number = stream.fileno()
        except (OSError, ValueError):  # no file of the system's
            return iter(lambda: stream.buffer.read(BLOCK), b"")
        return duplicate(number, label)

    return opening


def duplicate(number: int, label: str) -> Stream:
    """The blocks of an open descriptor until its end."""
    try:
        descriptor = os.dup(number)
    except OSError as error:
        raise unreadable(error, label) from None
    return _blocks(descriptor, label, named=False)


def pipe(name: str) -> Stream:
    """The blocks of a named pipe, once somebody writes into it."""
    try:
        descriptor = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise unreadable(error, name) from None
    return _blocks(descriptor, name, named=True)


def _blocks(descriptor: int, label: str, named: bool) -> Stream:
    """Blocks as they come. named: a pipe that nobody may write into yet."""
    begun = last = time.monotonic()
    any_writer = not named
    try:
        while True:
            block, now = _next(descriptor, named), time.monotonic()
            if block:
                any_writer, last = True, now
                yield block
            elif block is None and now - last > SILENT_SECONDS:
                raise UserError(
                    _("nothing came for {n} seconds", n=f"{SILENT_SECONDS:g}"),
                    label,
                    _("check what writes it"),
                )
            elif block is None:
                any_writer = True
            elif any_writer:
                return
            elif now - begun > WRITER_SECONDS:
                raise UserError(_("nobody writes into this pipe"), label, _("name a file"))
            else:
                time.sleep(0.02)
    finally:
        os.close(descriptor)


def unreadable(error: OSError, label: str) -> UserError:
    """What the system says, in the user's terms."""
    return UserError(
        _("cannot be read: {error}", error=foreign(error.strerror or error)),
        label,
        _("check the path and the file's permissions"),
    )


def too_large(label: str, most: int, size: int | None = None) -> UserError:
    """A thing of more bytes than it may have."""
    bound = f"{most:,}"
    what = (
        _("more than {most} bytes are too many here", most=bound)
        if size is None
        else _("{size} bytes are too many here: at most {most}", size=f"{size:,}", most=bound)
    )
    return UserError(what, label, _("name the file that was meant, or a smaller part of it"))


def _next(descriptor: int, named: bool) -> bytes | None:
    """The next block; empty at the end, and where nobody writes; None: nothing yet."""
    if os.name == "posix":  # elsewhere only sockets can be waited for
        ready = select.select([descriptor], [], [], 0.05 if named else 0.2)[0]
        if not ready and not named:
            return None
    try:
        return os.read(descriptor, BLOCK)
    except BlockingIOError:
        return None
