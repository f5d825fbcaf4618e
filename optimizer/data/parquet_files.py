"""Several parquet files as one table, or the files that are no part of it."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.data.engine import Engine, literal
from optimizer.errors import Problem, Problems
from optimizer.messages import Text, _, listed


def refuse_strangers(engine: Engine, files: Sequence[str], label: Text) -> None:
    """Refuse files that are no parts of one table.

    A table may gain columns over time, so some files may know fewer of them; but where each of two
    files has columns that the other lacks, they are two tables.

    Parameters
    ----------
    engine
        Who reads the files' schemas.
    files
        Their paths.
    label
        What the user calls their folder.

    Raises
    ------
    Problems
        One for each file that is no part of the table, with the columns it has and lacks.
    """
    columns = _top_columns(engine, files)
    largest = max(columns.values(), key=len)
    strange = {
        file: names
        for file, names in columns.items()
        if not names <= largest or 2 * len(names) < len(largest)
    }
    if not strange:
        return
    problems = []
    for file, names in sorted(strange.items())[:5]:
        has, lacks = sorted(names - largest), sorted(largest - names)
        what = [_("has {names}", names=listed(has[:6]))] if has else []
        what += [_("lacks {names}", names=listed(lacks[:6]))] if lacks else []
        problems.append(
            Problem(
                _("this file is no part of the same table: it {what}", what=listed(what, "; ")),
                file,
                _("keep one table in {label}, or name the file itself", label=label),
            )
        )
    if len(strange) > 5:
        problems.append(
            Problem(_("{strange} more files have other columns", strange=len(strange) - 5), label)
        )
    raise Problems(problems)


def _top_columns(engine: Engine, files: Sequence[str]) -> dict[str, frozenset[str]]:
    """File -> its columns, without the fields inside them."""
    names = ", ".join(literal(file) for file in files)
    out: dict[str, set[str]] = {file: set() for file in files}
    skip: dict[str, int] = {}
    for file, name, children in engine.rows(
        f"SELECT file_name, name, num_children FROM parquet_schema([{names}])"
    ):
        inside = skip.get(file, -1)
        if inside < 0:  # the root of the schema
            skip[file] = 0
        elif inside > 0:  # a field inside a column, and those inside it
            skip[file] = inside - 1 + (children or 0)
        else:
            out[file].add(name)
            skip[file] = children or 0
    return {file: frozenset(names) for file, names in out.items()}
