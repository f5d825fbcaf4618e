"""What a file leaves open, beside what its mapping.yaml says already."""

from __future__ import annotations

from pathlib import Path

from optimizer.data.importers.exports import read_exports
from optimizer.data.mapping.file import mapping_of
from optimizer.data.mapping.words import one_channel
from optimizer.data.path_text import touch_name, touches_of
from optimizer.data.paths import open_paths
from optimizer.data.tables import Paths
from optimizer.errors import Problem, UserError

MOST_NAMES = 10_000  # names of a table of paths that are compared


def questions(file: Path) -> tuple[Problem, ...]:
    """Everything that keeps a file from being read, questions and mistakes.

    Parameters
    ----------
    file
        An export, one of our tables, or a folder of them.

    Raises
    ------
    UserError
        Where the mapping.yaml beside it is wrong.
    """
    with read_exports("auto", [file]) as found:
        problems, table = found.problems, found.table
    if not problems or table or not file.is_file():
        return problems
    try:
        paths = open_paths(str(file))
    except UserError:
        return problems
    return tuple(_of_paths(paths, file))


def _of_paths(paths: Paths, file: Path) -> list[Problem]:
    """The questions of a table of paths: names that look like one channel."""
    angled = bool(paths.facts["angled"])
    touch = touch_name("touch", angled)
    rows = paths.engine.rows(
        f"SELECT DISTINCT {touch} FROM (SELECT unnest({touches_of('path', angled)}) AS touch"
        f" FROM {paths.table}) AS touches LIMIT {MOST_NAMES}"
    )
    label = str(file)
    return one_channel([str(row[0]) for row in rows], mapping_of(file).apart, label, label)
