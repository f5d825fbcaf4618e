"""Every header of a file as one of an importer's columns; what is missing, repeated or unclear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from optimizer.data.importers.declare import Importer
from optimizer.data.reading.columns import Column, header_key, header_unit
from optimizer.data.reading.headers import Header, Match
from optimizer.errors import Open, Problem
from optimizer.messages import Message, Text, _, listed
from optimizer.registry import did_you_mean


def understand(
    name: str,
    importer: Importer,
    header: Header,
    chosen: Mapping[str, str],
    where: Text,
    date: str | None = None,
    ignored: tuple[str, ...] = (),
) -> tuple[tuple[Match, ...], list[Problem]]:
    """Match every header of a file with the columns of an importer.

    Parameters
    ----------
    name, importer
        The importer and its name.
    header
        The header row.
    chosen
        {our column: header} as the user said with --column.
    where
        What the user calls the file.
    date
        The day of every row, where no column says it.
    ignored
        Headers that are not what they look like (--ignore).

    Returns
    -------
    matches
        One for every header, in the file's order.
    problems
        Columns that are missing, repeated or clashing.
    """
    by_choice, problems = _chosen(name, importer, header, chosen, where)
    matches = [
        _match(importer, place, written, by_choice, chosen)
        for place, written in enumerate(header.names)
    ]
    for entry in importer.columns:
        mine = [m for m in matches if m.column is entry]
        if len(mine) > 1:
            if entry.prefer and len({header_key(m.header) for m in mine}) == len(mine):
                drop = _all_but_first(entry, mine)
                matches = [
                    Match(m.position, m.header, None) if m.position in drop else m for m in matches
                ]
            else:
                problems.append(_several(entry, mine, where))
        elif not mine and entry.required and entry.to not in chosen:
            if entry.to == "period":
                problems += [] if date is not None else [_no_day(where)]
            else:
                problems.append(_missing(entry, matches, where))
    matches = _without_ends(importer, matches)
    there = {m.column.to for m in matches if m.column}
    if importer.either and not there & {*importer.either, *chosen}:
        problems.append(
            Problem(
                _("there is no column for {names}", names=listed(importer.either, " or ")),
                where,
                _("say --column {either}=HEADER", either=importer.either[0]),
            )
        )
    keys = {header_key(h) for h in ignored}
    problems += _near_misses(importer, matches, there | {*chosen}, where, keys)
    return tuple(matches), problems


def _match(
    importer: Importer,
    place: int,
    written: str,
    by_choice: Mapping[int, Column],
    chosen: Mapping[str, str],
) -> Match:
    """One header: as the user says, else as the importer understands it."""
    if place in by_choice:
        return Match(place, written, by_choice[place], written, header_unit(header_key(written))[1])
    found = importer.understands(written) if header_key(written) else None
    if found is None or found.column.to in chosen:
        return Match(place, written, None)
    return Match(place, written, found.column, found.written, found.factor)


def _without_ends(importer: Importer, matches: list[Match]) -> list[Match]:
    """The last day of a report is not that of a row, where another column says the row's day."""
    spans = {header_key(name) for name in importer.spans}
    days = [m for m in matches if m.column is not None and m.column.to == "period"]
    if all(header_key(m.written or "") in spans for m in days):
        return matches
    return [
        Match(m.position, m.header, None) if m.column is not None and m.column.to == "until" else m
        for m in matches
    ]


def _chosen(
    name: str, importer: Importer, header: Header, chosen: Mapping[str, str], where: Text
) -> tuple[dict[int, Column], list[Problem]]:
    """{position: our column} as the user said, and what is wrong with that."""
    keys = [header_key(h) for h in header.names]
    by_choice: dict[int, Column] = {}
    problems: list[Problem] = []
    for to, wanted in chosen.items():
        entry = importer.find(to)
        places = [i for i, key in enumerate(keys) if key == header_key(wanted)]
        if entry is None:
            what: Message = _(
                "--column speaks of '{to}', which importer {name} does not have", to=to, name=name
            )
            known = [c.to for c in importer.columns if not c.to.startswith("_")]
            problems.append(Problem(what, where, did_you_mean(to, known)))
        elif not places:
            what = _(
                "--column {to}={wanted}: there is no column '{wanted2}'",
                to=to,
                wanted=wanted,
                wanted2=wanted,
            )
            problems.append(Problem(what, where, did_you_mean(wanted, header.names)))
        elif len(places) > 1:
            what = _(
                "the column '{wanted}' is there {places} times (columns {places2})",
                wanted=wanted,
                places=len(places),
                places2=", ".join(str(i + 1) for i in places),
            )
            problems.append(Problem(what, where, _("delete or rename all but one")))
        else:
            by_choice[places[0]] = entry
    return by_choice, problems


def _all_but_first(entry: Column, mine: Sequence[Match]) -> set[int]:
    """Positions of the headers that lose to the one declared first."""
    order = [header_key(n) for n in entry.names]
    ranked = sorted(mine, key=lambda m: order.index(header_key(m.written or "")))
    return {m.position for m in ranked[1:]}


def _several(entry: Column, mine: Sequence[Match], where: Text) -> Problem:
    return Problem(
        _(
            "{mine} columns could be {to}: {names}",
            mine=len(mine),
            to=entry.to,
            names=listed(
                _(
                    "'{header}' (column {position})",
                    header=m.header.strip(),
                    position=m.position + 1,
                )
                for m in mine
            ),
        ),
        where,
        _("say which: --column {to}=HEADER, or delete the other", to=entry.to)
        if len({m.header for m in mine}) > 1
        else _("delete or rename all but one"),
    )


def _no_day(where: Text) -> Problem:
    return Problem(
        _("no column says the day"),
        where,
        _("say --column period=HEADER, or --date 2026-08-13 if every row is of that day"),
        open=Open("columns.period"),
    )


def _missing(entry: Column, matches: Sequence[Match], where: Text) -> Problem:
    """A required column that no header means, and the header that may be meant."""
    unused = [m.header.strip() for m in matches if m.column is None and m.header.strip()]
    near = did_you_mean(entry.names[0], unused)
    hint: Text = (
        _("{near}  say --column {to}=HEADER", near=near, to=entry.to)
        if near.template.startswith("did you mean")
        else _(
            "expected {names}; if another column holds it, say --column {to}=HEADER",
            names=listed((f"'{n}'" for n in entry.names[:4]), " or "),
            to=entry.to,
        )
    )
    what = _("there is no column for {to} ({names})", to=entry.to, names=entry.names[0])
    return Problem(what, where, hint, open=Open(f"columns.{entry.to}", tuple(unused)))


def _near_misses(
    importer: Importer, matches: list[Match], there: set[str], where: Text, ignored: set[str]
) -> list[Problem]:
    """Headers that are almost the name of a column that is missing: leaving one out would lose its
    numbers silently.
    """
    out = []
    for entry in importer.columns:
        if entry.to in there or entry.to.startswith("_") or entry.required:
            continue
        for m in matches:
            key = header_unit(header_key(m.header))[0]
            if m.column is not None or key in ignored or importer.knows(m.header):
                continue
            near = next((n for n in entry.names if _alike(key, header_key(n))), None)
            if near is None:
                continue
            written = m.header.strip()
            out.append(
                Problem(
                    _(
                        "'{written}' is almost '{near}' ({to}), which is missing",
                        written=written,
                        near=near,
                        to=entry.to,
                    ),
                    where,
                    _(
                        "say --column '{to}={written}', or --ignore '{written2}' if it is "
                        "something else",
                        to=entry.to,
                        written=written,
                        written2=written,
                    ),
                )
            )
            break
    return out


def _alike(key: str, name: str) -> bool:
    if len(key) < 3 or len(name) < 3:
        return False
    if key.startswith(name) or key.endswith(name):
        return len(key) - len(name) <= 3
    return SequenceMatcher(None, key, name).ratio() >= 0.8
