"""The manifest of a result: its files with their sizes and hashes, told by one of them.

`run.json` for a plan and its report, `compare.run.json` for plans side by side, `charts.run.json`
for a folder of charts.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Any

from optimizer.files import plain
from optimizer.results import disk
from optimizer.results.journal import files

LARGEST = 16_000_000  # bytes of a manifest that is read


def seal(folder: Path, name: str, status: str, **told: Any) -> None:
    """Write the manifest of what stands below a folder.

    Parameters
    ----------
    folder
        Everything in it is the result's.
    name
        The manifest's own name; it does not list itself.
    status
        How the run ended.
    told
        What else the file says; it comes first.
    """
    whole = {**told, "status": status, "files": manifest(folder)}
    text = json.dumps(plain(whole), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    disk.write(folder / name, text.encode("utf-8"))


def manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """Every file below a folder.

    Returns
    -------
    dict
        Name -> {"bytes": its size, "sha256": of its bytes}, sorted by name.
    """
    told = {}
    for name in files(folder) or ():
        with (folder / name).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        told[name] = {"bytes": (folder / name).stat().st_size, "sha256": digest}
    return told


def recorded(folder: Path, name: str) -> set[str]:
    """Names below `folder` that the manifest in its file `name` lists, itself among them; empty
    where there is none that can be read.
    """
    file = folder / name
    try:
        if file.stat().st_size > LARGEST:
            return set()
        told = json.loads(file.read_bytes())["files"]
        found = {PurePosixPath(name).parent / str(part) for part in told}
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return set()
    return {name, *(path.as_posix() for path in found if _below(path))}


def _below(path: PurePosixPath) -> bool:
    return not path.is_absolute() and ".." not in path.parts
