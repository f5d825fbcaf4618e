"""Writing a file whole or not at all; values and files as bytes and hashes.

Several files that belong together are one `optimizer.results.commit`.
"""

from __future__ import annotations

import hashlib
import math
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optimizer.messages import Sayable
from optimizer.results import disk
from optimizer.results.journal import settle
from optimizer.results.stage import real, special, stage, trouble


@contextmanager
def beside(target: Path | str) -> Iterator[Path]:
    """A path to write to, which becomes `target` when the block ends well and goes when it does
    not.

    Mode, owner and symbolic link of an old file stay. A device or a pipe is written to at the end.

    Parameters
    ----------
    target
        The file to be; its folder is made where needed.

    Raises
    ------
    UserError
        Where nothing can be written.
    """
    end = real(target)
    with trouble(target):
        through = special(Path(target))
    with stage(Path(tempfile.gettempdir()) / end.name if through else end) as room:
        part = room / end.name
        with trouble(target):
            yield part
            disk.sync(part)
            if through:
                with Path(target).open("wb") as out, part.open("rb") as made:
                    shutil.copyfileobj(made, out)
            else:
                settle(part, end)


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
        disk.write(part, text.encode("utf-8"))


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
