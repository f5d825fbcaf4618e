"""What the user has said counts in telling what a file is: headers that were named, a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from optimizer.data.importers.declare import Importer, declared
from optimizer.data.reading.columns import header_key
from optimizer.errors import Open, Problem, Problems, UserError
from optimizer.messages import Text, _

PLAIN = "plain_spend"


def spared(importer: Importer, channel: str | None) -> Importer:
    """The importer, which needs no column of channels where the user says the channel."""
    if channel is None or importer.find("channel") is None:
        return importer
    columns = tuple(
        replace(c, required=False) if c.to == "channel" else c for c in importer.columns
    )
    return replace(importer, columns=columns)


def importer_for(
    headers: Sequence[str], names: Sequence[str], columns: Mapping[str, str], channel: str | None
) -> str | None:
    """The one table of no platform's that fits a header row with what is said of it; None: none, or
    several.

    Parameters
    ----------
    headers
        The header row.
    names
        Importers.
    columns
        {our column: header}
    channel
        Of every row.
    """
    ranked: list[tuple[tuple[int, int], str]] = []
    for name in names:
        importer = spared(declared(name), channel)
        heads = _read_as(importer, headers, columns)
        if not importer.general or heads is None or importer.strays(heads):
            continue  # a platform of its own is named, not guessed
        if importer.fits(heads):
            understood, signs = importer.score(heads)
            ranked.append(((signs, understood), name))
    if not ranked:
        return None
    best = [name for rank, name in ranked if rank == max(ranked)[0]]
    return best[0] if len(best) == 1 else None


def _read_as(
    importer: Importer, headers: Sequence[str], columns: Mapping[str, str]
) -> tuple[str, ...] | None:
    """The headers, those that the user named under the importer's own name; None where it has no
    such column.
    """
    own = {}
    for ours, theirs in columns.items():
        entry = importer.find(ours)
        if entry is None:
            return None
        own[header_key(theirs)] = entry.names[0]
    return tuple(own.get(header_key(header), header) for header in headers)


def without_channel(
    headers: Sequence[str], columns: Mapping[str, str], where: Text
) -> UserError | None:
    """The question for the channel, where a table of spend lacks nothing but that."""
    spend = spared(declared(PLAIN), "?")
    heads = _read_as(spend, headers, columns)
    filled = [h for h in headers if h.strip()]
    if (
        heads is None
        or not spend.fits(heads)
        or spend.strays(heads)
        or 2 * spend.score(heads)[0] < len(filled)
    ):
        return None
    return Problems([no_channel(where)])


def no_channel(where: Text) -> Problem:
    """The question for the channel of a whole file."""
    return Problem(
        _("no column says the channel"),
        where,
        _("say it: --channel douyin/feed; or name the platform: optimizer import PLATFORM FILE"),
        open=Open("channel"),
    )
