"""What mapping.yaml does to a table that is opened as it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from optimizer.data.engine import literal
from optimizer.data.mapping import model
from optimizer.data.mapping.apply import BLANKS, renamed
from optimizer.data.mapping.file import MAPPING
from optimizer.data.raw import Raw
from optimizer.data.reading.columns import Layout, header_key
from optimizer.data.reading.values import Found, is_text, text


def heads(
    said: model.Mapping, layout: Layout, there: Collection[str], asked: Mapping[str, str] | None
) -> dict[str, str]:
    """{our column: header}: as asked, else as the mapping says.

    Parameters
    ----------
    said
        What mapping.yaml says of the table.
    layout, there
        The columns that it may have, and those that it has.
    asked
        What the user says now, or in a scenario; it counts more.
    """
    return said.heads({column.to for column in layout.columns}, there) | dict(asked or {})


def as_said(raw: Raw) -> Raw:
    """The source without the columns that its mapping says to ignore, and with its further words
    for "no value" as none.
    """
    said = raw.mapping
    if not said.missing and not said.ignore:
        return raw
    gone = {header_key(header) for header in said.ignore}
    words = ", ".join(literal(word.strip(BLANKS)) for word in said.missing)
    columns = {}
    for name, (sql, kind) in raw.columns.items():
        if header_key(name) in gone:
            continue
        if words and is_text(kind):
            sql = (
                f"(CASE WHEN trim({sql}, {literal(BLANKS)}) IN ({words}) THEN NULL ELSE {sql} END)"
            )
        columns[name] = (sql, kind)
    return replace(raw, columns=columns)


def said_units(raw: Raw) -> dict[str, float]:
    """{key of a header: the unit of its bare numbers}, as the mapping says."""
    return {header_key(header): factor for header, factor in raw.mapping.units}


def settled(raw: Raw, layout: Layout, found: Mapping[str, Found]) -> dict[str, Found]:
    """The columns with channels and events under the names that the mapping gives them.

    Parameters
    ----------
    raw
        The source.
    layout
        As in `heads`.
    found
        Our name -> its column. One of channels, or of days, is made where the mapping says that of
        the whole file; a column of the level below the channel joins it.
    """
    said, out = raw.mapping, dict(found)
    for name, value in (("channel", said.channel), ("period", said.date)):
        column = layout.find(name)
        if value is not None and column is not None and name not in out:
            out[name] = Found(literal(value), "VARCHAR", MAPPING, column)
    below = {header_key(name): entry for name, entry in raw.columns.items()}
    if said.split is not None and "channel" in out and header_key(said.split) in below:
        sql, kind = below[header_key(said.split)]
        level = text(sql, kind)
        joined = f"({out['channel'].text} || COALESCE('/' || {level}, ''))"
        out["channel"] = replace(out["channel"], sql=joined, kind="VARCHAR")
    for name, pairs in (("channel", said.aliases), ("event", said.words)):
        if name in out and pairs:
            sql = renamed(out[name].text, pairs, levels=name == "channel")
            out[name] = replace(out[name], sql=f"({sql})", kind="VARCHAR")
    return out
