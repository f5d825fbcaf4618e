"""Read exports: every file opened, understood, typed, checked, and merged into one table.

Start here.

Everything wrong is collected and told at once; a table is only written when nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

from optimizer.data.importers.files import Distinct, distinct_files
from optimizer.data.importers.found import Found
from optimizer.data.importers.header_of import importer_name
from optimizer.data.importers.imported import ColumnReport, Imported
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.typed import connect
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.results.rooms import room as private_room

__all__ = ["Choices", "ColumnReport", "Imported", "read_exports"]


@contextmanager
def read_exports(
    platform: str, files: Sequence[Path | str], choices: Choices | None = None
) -> Iterator[Imported]:
    """Read exports into one table.

    Use as a block: the working folder and the engine live as long as it does.

    Parameters
    ----------
    platform
        An importer's name or title, or `auto`: told by the headers.
    files
        Files of any kind and folders of them.
    choices
        What the user says beyond the files.

    Yields
    ------
    Imported
        Everything wrong with the files is in its `problems`.

    Raises
    ------
    UserError
        For an unknown platform, or no file.
    """
    name = importer_name(platform)
    if not files:
        raise UserError(_("no file to import"), fix=_("name one or several files"))
    with private_room() as room:
        engine = connect(str(room))
        try:
            found = Found(engine.connection, room, name, choices or Choices())
            yield _read(found, [Path(f) for f in files])
        finally:
            engine.close()


def _read(found: Found, files: list[Path]) -> Imported:
    if len(files) > 1:
        return found.read(distinct_files(files))
    digests: list[Distinct] = []
    # one file is nobody's repeat: hash it beside the reading
    hashing = Thread(target=lambda: digests.append(distinct_files(files)))
    hashing.start()
    try:
        imported = found.read(Distinct([(files[0], "")]))
    finally:
        hashing.join()
    (distinct,) = digests
    return replace(
        imported,
        files=tuple((str(f), h) for f, h in distinct.kept if h),
        problems=(
            *distinct.problems,
            *(p for p in imported.problems if p not in distinct.problems),
        ),
    )
