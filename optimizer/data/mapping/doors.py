"""What mapping.yaml does to a table that is opened as it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from optimizer.data.engine import literal
from optimizer.data.mapping import model
from optimizer.data.mapping.apply import renamed
from optimizer.data.mapping.file import MAPPING
from optimizer.data.reading.columns import Layout
from optimizer.data.reading.values import Found


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


def settled(said: model.Mapping, layout: Layout, found: Mapping[str, Found]) -> dict[str, Found]:
    """The columns with channels and events under the names that the mapping gives them.

    Parameters
    ----------
    said, layout
        As in `heads`.
    found
        Our name -> its column. One of channels is made where the mapping says the channel of the
        whole file.
    """
    out = dict(found)
    channel = layout.find("channel")
    if said.channel is not None and channel is not None and "channel" not in out:
        out["channel"] = Found(literal(said.channel), "VARCHAR", MAPPING, channel)
    for name, pairs in (("channel", said.aliases), ("event", said.words)):
        if name in out and pairs:
            text = out[name].text
            sql = renamed(text, pairs, levels=name == "channel")
            out[name] = replace(out[name], sql=f"({sql})", kind="VARCHAR")
    return out
