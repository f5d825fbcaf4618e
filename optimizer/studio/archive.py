"""The scenario folder as one file."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from optimizer.studio.folder import Folder

LEFT_OUT = {"versions"}  # what was changed or removed is nobody else's


def archive(folder: Folder) -> IO[bytes]:
    """The folder as a zip file without a name, open at its beginning.

    Hidden files, links and earlier versions are left out; whoever sends it closes it.
    """
    out = tempfile.TemporaryFile()  # noqa: SIM115
    top = folder.path.name or "scenario"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as made:
        for file in _files(folder.path):
            made.write(file, f"{top}/{file.relative_to(folder.path).as_posix()}")
    out.seek(0)
    return out


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        here = Path(place)
        left_out = LEFT_OUT if here == folder else set()
        folders[:] = sorted(f for f in folders if f[0] != "." and f not in left_out)
        for name in sorted(names):
            file = here / name
            if name[0] != "." and file.is_file() and not file.is_symlink():
                yield file
