"""Writing files so that no pause leaves a half-written one: written beside, then renamed."""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optimizer.errors import UserError
from optimizer.foreign import foreign
from optimizer.messages import Sayable, _


@contextmanager
def beside(target: Path | str) -> Iterator[Path]:
    """A temporary path beside `target`; renamed over it when the block ends well, removed when it
    does not.

    Parameters
    ----------
    target
        The file to be; its folder is made where needed.

    Raises
    ------
    UserError
        Where nothing can be written.
    """
    target = Path(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name[:80]}.", suffix=".part"
        )
    except OSError as error:
        raise UserError(
            _("cannot write here: {strerror}", strerror=foreign(error.strerror)),
            str(target),
            _("choose another folder with --out"),
        ) from None
    os.close(handle)
    part = Path(name)
    try:
        yield part
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(part, 0o666 & ~mask)
        os.replace(part, target)
    except OSError as error:
        raise UserError(
            _("cannot write: {error}", error=foreign(error.strerror or error)),
            str(target),
            _("free some space, or choose another folder with --out"),
        ) from None
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target`; renamed to it when the block ends well, removed when it
    does not.

    Parameters
    ----------
    target
        The folder to be.

    Raises
    ------
    UserError
        Where `target` already holds something, or nothing can be written.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(
            _("this is not an empty folder"),
            str(target),
            _("name a folder that does not exist yet"),
        )
    part = target.parent / f".{target.name}.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
        if target.exists():
            target.rmdir()
        part.rename(target)
    except OSError as error:
        raise UserError(
            _("cannot write here: {strerror}", strerror=foreign(error.strerror)),
            str(target),
            _("choose another folder"),
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write_text(target: Path | str, text: str) -> None:
    """Write UTF-8 text with \\n line ends, whole or not at all.

    Parameters
    ----------
    target
        The file to be; its folder is made where needed, an old file replaced.
    text
        What it holds.

    Raises
    ------
    UserError
        Where nothing can be written.
    """
    with beside(target) as part:
        part.write_bytes(text.encode("utf-8"))


def plain(value: Any) -> Any:
    """A value as JSON can hold it: no NaN, no infinity, no numpy; messages in English.

    Parameters
    ----------
    value
        Dicts, lists, tuples, numbers, numpy arrays and scalars, messages, nested as you like;
        anything else stays as it is.

    Returns
    -------
    Any
        The same with lists for tuples and arrays, text for keys, and None for what is not finite.
    """
    if isinstance(value, Sayable):
        return str(value)
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def sha256(path: Path | str) -> str:
    """Hex digest of a file's bytes, or of a folder's files in name order (for run.json).

    Parameters
    ----------
    path
        A file, or a folder with all below it; of a folder the names only set the order, they are
        not hashed.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    OSError
        Where it cannot be read.
    """
    path = Path(path)
    digest = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
