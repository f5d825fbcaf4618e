"""Columns of numbers that no one uses: a half-recognised header must not pass in silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.data.raw import Raw
from optimizer.data.reading.columns import header_key
from optimizer.data.reading.values import Found, is_number, is_text
from optimizer.errors import Problem, Problems
from optimizer.messages import _
from optimizer.registry import did_you_mean


def refuse_unused_numbers(
    raw: Raw, found: Mapping[str, Found], ignore: Sequence[str], absent: Sequence[str]
) -> None:
    """Stop at columns of numbers that are none of ours, unless the user says to ignore them.

    Parameters
    ----------
    raw, found
        The table, and its columns that are ours.
    ignore
        Headers that the user wants ignored.
    absent
        Our names that such a column could be meant as.

    Raises
    ------
    Problems
        With each such column, and each header of `ignore` that is not there.
    """
    used = {entry.name for entry in found.values()}
    keys = {header_key(name) for name in raw.columns}
    told = {header_key(name) for name in ignore}
    where = _("{label}: header", label=raw.label)
    problems = [
        Problem(
            _("column '{name}', which is to be ignored, is not there", name=name),
            where,
            did_you_mean(name, raw.columns),
        )
        for name in ignore
        if header_key(name) not in keys
    ]
    rest = [name for name in raw.columns if name.strip() and name not in used]
    for name in _numeric(raw, [name for name in rest if header_key(name) not in told]):
        problems.append(
            Problem(
                _("column '{name}' holds numbers, and nothing here uses it", name=name),
                where,
                _(
                    "if it is meant as {ours}, say so: --column {first}='{name}' (columns: "
                    "{{{first}: {name}}}); if it does not matter, --ignore '{name}' (journeys: "
                    "{{ignore: [{name}]}})",
                    ours=" / ".join(absent),
                    first=absent[0],
                    name=name,
                )
                if absent
                else _(
                    "if it does not matter, --ignore '{name}' (journeys: {{ignore: [{name}]}})",
                    name=name,
                ),
            )
        )
    if problems:
        raise Problems(problems)


def _numeric(raw: Raw, names: Sequence[str]) -> list[str]:
    """Those of the columns that hold numbers and nothing else."""
    typed = [name for name in names if is_number(raw.columns[name][1])]
    texts = [name for name in names if is_text(raw.columns[name][1])]
    if not texts or not raw.local:
        return typed
    cells = ", ".join(
        f"count(NULLIF(trim({sql}), '')), count(TRY_CAST(replace({sql}, ',', '') AS DOUBLE))"
        for sql, __ in (raw.columns[name] for name in texts)
    )
    ((*counts,),) = raw.attempt(f"SELECT {cells} FROM {raw.view}")
    filled = {
        name
        for name, cells_in, numbers in zip(texts, counts[::2], counts[1::2], strict=True)
        if cells_in and cells_in == numbers
    }
    return [name for name in names if name in typed or name in filled]
