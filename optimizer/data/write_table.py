"""A query's rows as a csv or parquet file.

The engine writes in its own folder only; from there the file goes where it belongs.
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

from optimizer.data.engine import literal
from optimizer.errors import UserError
from optimizer.messages import _

KINDS = {".csv": "FORMAT csv, HEADER", ".parquet": "FORMAT parquet"}
# what a disk refuses, as the system says it; the engine's errors hold these words
REFUSED = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO)


def table_kind(file: Path | str) -> str:
    """How the engine writes a file of this ending.

    Raises
    ------
    UserError
        For an ending that says neither csv nor parquet.
    """
    kind = KINDS.get(Path(file).suffix.lower())
    if kind is None:
        raise UserError(
            _("'{suffix}' is no kind of table that is written here", suffix=Path(file).suffix),
            str(file),
            _("name the output .csv or .parquet"),
        )
    return kind


def write_table(connection: Any, query: str, file: Path, kind: str | None = None) -> int:
    """Write the rows of a query.

    Parameters
    ----------
    connection
        DuckDB's.
    file
        In a folder that is made ready for a commit, or given by `beside`.
    kind
        As of `table_kind` (None: told by the file's ending).

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    OSError
        Where the disk refuses.
    """
    import duckdb

    kind = kind or table_kind(file)
    (room,) = connection.execute("SELECT current_setting('temp_directory')").fetchone()
    made = Path(room) / f"out-{os.urandom(6).hex()}"
    try:
        done = connection.execute(f"COPY ({query}) TO {literal(str(made))} ({kind})").fetchone()
        shutil.move(made, file)
    except duckdb.IOException as error:
        said = str(error)
        code = next((c for c in REFUSED if os.strerror(c) in said), errno.EIO)
        raise OSError(code, os.strerror(code), str(file)) from None
    finally:
        made.unlink(missing_ok=True)
    return int(done[0])
