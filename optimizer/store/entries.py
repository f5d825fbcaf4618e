"""Entries of a store: a value, the key it was worked out under, and a digest of both.

The key names all that a value depends on, the program among it; the file's name is the key's hash.
An entry that is damaged, of another key, or that cannot be read or written counts as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import Any, TypeVar

from optimizer.errors import UserError
from optimizer.files import beside
from optimizer.results import disk
from optimizer.store.encoding import Damaged, decode, encode

FOLDER = ".optimizer"
PLACE = "OPTIMIZER_STORE"  # environment: where entries stand instead; "off": nowhere
MOST = 256 * 1024 * 1024  # bytes in one store; the entries used longest ago go first
LARGEST = MOST // 4  # bytes of one entry
ENTRY = re.compile(r"[a-z_]+-[0-9a-f]{40}\.entry\Z")
MARK = b"optimizer store 1\n"
HEAD = len(MARK) + 32
LIBRARIES = ("numpy", "scipy", "duckdb", "highspy", "pandas")  # that a number may depend on

Value = TypeVar("Value")


@dataclass(frozen=True)
class Store:
    """A folder of entries.

    Parameters
    ----------
    folder
        None: nothing is kept.
    """

    folder: Path | None = None

    @classmethod
    def beside(cls, folder: Path) -> Store:
        """The store of a scenario, in `.optimizer` beside it, or where `OPTIMIZER_STORE` says.

        Parameters
        ----------
        folder
            The scenario's.
        """
        place = os.environ.get(PLACE, "")
        if place == "off" or plugged():
            return cls(None)
        return cls(Path(place) if place else folder / FOLDER)

    def under(self, key: Mapping[str, Any] | None, still: Callable[[], bool]) -> Kept:
        """The entries of one key.

        Parameters
        ----------
        key
            All that the values depend on, but for the program; None: they cannot be kept.
        still
            Whether the key holds yet: nothing is kept under one that was overtaken meanwhile.
        """
        if self.folder is None or key is None:
            return Kept()
        return Kept(self.folder, json.dumps({**key, "program": program()}, sort_keys=True), still)


@dataclass(frozen=True)
class Kept:
    """What is kept under one key.

    Parameters
    ----------
    folder
        None: nothing is.
    key
        JSON.
    still
        See `Store.under`.
    """

    folder: Path | None = None
    key: str = ""
    still: Callable[[], bool] = bool

    def told(self, more: Mapping[str, Any]) -> Kept:
        """What is kept under the same key and something more that the values depend on."""
        if self.folder is None:
            return self
        return replace(self, key=json.dumps([self.key, more], sort_keys=True))

    def get(self, kind: str, make: Callable[[], Value]) -> Value:
        """The value of a kind, as it was worked out once.

        Found or made, kept or not, it has gone through its encoding, so that nothing that is
        computed from it can tell.

        Parameters
        ----------
        kind
            A short name, a-z and _.
        make
            Works the value out.
        """
        found = self._read(kind)
        if found is not None:
            value: Value = found[0]
            return value
        made = make()
        try:
            data = encode(made)
            value = decode(data)
        except (TypeError, Damaged):
            return made
        if self.folder is not None and len(data) <= LARGEST and self.still():
            self._write(kind, data)
        return value

    def _read(self, kind: str) -> tuple[Any] | None:
        """The value in a tuple; None where there is no entry that can be trusted."""
        file = self._file(kind)
        if file is None:
            return None
        try:
            if file.stat().st_size > 2 * LARGEST:
                return None
            whole = file.read_bytes()
            head, data = whole[:HEAD], whole[HEAD:]
            if head != self._head(kind, data):
                return None
            value = decode(data)
            with contextlib.suppress(OSError):
                os.utime(file)
        except (OSError, Damaged):
            return None
        return (value,)

    def _write(self, kind: str, data: bytes) -> None:
        """Beside and renamed; where it cannot be written, it is not."""
        file = self._file(kind)
        if file is None:
            return
        try:
            if not file.parent.exists():
                disk.make(file.parent)
                disk.write(file.parent / ".gitignore", b"*\n")
            with beside(file) as part:
                disk.write(part, self._head(kind, data) + data)
            _bound(file.parent)
        except (OSError, UserError):
            return

    def _file(self, kind: str) -> Path | None:
        """Where a kind stands; None where nothing does, and nothing through a link."""
        if self.folder is None or self.folder.is_symlink():
            return None
        digest = hashlib.sha256(f"{kind}\n{self.key}".encode()).hexdigest()
        file = self.folder / f"{kind}-{digest[:40]}.entry"
        return None if file.is_symlink() else file

    def _head(self, kind: str, data: bytes) -> bytes:
        digest = hashlib.sha256(f"{kind}\n{self.key}\n".encode())
        digest.update(data)
        return MARK + digest.digest()


NOTHING_KEPT = Store()


def _bound(folder: Path) -> None:
    """Of the entries in a folder, those used longest ago go until `MOST` is kept."""
    found = []
    for entry in os.scandir(folder):
        if ENTRY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
            known = entry.stat(follow_symlinks=False)
            found.append((known.st_mtime_ns, known.st_size, entry.path))
    size = sum(entry[1] for entry in found)
    for __, of, path in sorted(found):
        if size <= MOST:
            break
        size -= of
        with contextlib.suppress(OSError):
            os.remove(path)


@cache
def program() -> str:
    """What a value depends on besides its key: the program's files, Python, the libraries, the
    machine.
    """
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        known = file.stat()
        digest.update(f"{file.relative_to(root)} {known.st_size} {known.st_mtime_ns}\n".encode())
    there = [platform.python_version(), platform.machine(), *map(_version, LIBRARIES)]
    return f"{digest.hexdigest()} {' '.join(there)}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


def plugged() -> bool:
    """Whether a package of the user's own has joined: what it does is in no key."""
    return any(group.startswith("optimizer.") for group in entry_points().groups)
