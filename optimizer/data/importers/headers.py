"""Which platform, which row is the header, which sign separates columns: told by the headers that are understood.

Nothing is taken from a file's name. Two platforms that fit equally well are a question to the user, not a guess.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from optimizer.data.importers.declare import (
    Column,
    Importer,
    all_keys,
    declared,
    header_key,
    header_unit,
    match_header,
    sign_keys,
)
from optimizer.errors import Problem, UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean

DELIMITERS = (",", "\t", ";", "|", "，")
HEADER_WITHIN = 40  # rows from the top in which the header is looked for
HEAD_BYTES = 1 << 18


@dataclass(frozen=True)
class Header:
    """The header row that was found.

    row:   1-based physical line of the header's first line; `after`: byte at which the data begins
    names: the headers as written; delimiter: "" for parquet
    extra: 1 where every row carries one empty cell more; quoted: quotes may hold delimiters and line ends
    row 0: there is no header, the names are the platform's columns in their order
    """

    names: tuple[str, ...]
    row: int
    last_row: int
    after: int
    delimiter: str
    extra: int = 0
    quoted: bool = True


@dataclass(frozen=True)
class Match:
    """One header and what it was understood as (None: not used)."""

    position: int
    header: str
    column: Column | None
    written: str | None = None
    factor: float | None = None


def understand(
    name: str,
    header: Header,
    chosen: dict[str, str],
    where: str,
    date: str | None = None,
    ignored: tuple[str, ...] = (),
) -> tuple[tuple[Match, ...], list[Problem]]:
    """Match every header of importer `name`; problems: missing, repeated and clashing columns.

    chosen: {our column: header} as the user said with --column. date: the day of every row, where no column says it.
    """
    importer = declared(name)
    keys = [header_key(h) for h in header.names]
    problems: list[Problem] = []
    matches: list[Match] = []
    by_choice: dict[int, Column] = {}
    for to, wanted in chosen.items():
        entry = importer.find(to)
        places = [i for i, key in enumerate(keys) if key == header_key(wanted)]
        if entry is None:
            known = [c.to for c in importer.columns if not c.to.startswith("_")]
            problems.append(
                Problem(
                    _(
                        "--column speaks of '{to}', which importer {name} does not have",
                        to=to,
                        name=name,
                    ),
                    where,
                    did_you_mean(to, known),
                )
            )
        elif not places:
            problems.append(
                Problem(
                    _(
                        "--column {to}={wanted}: there is no column '{wanted2}'",
                        to=to,
                        wanted=wanted,
                        wanted2=wanted,
                    ),
                    where,
                    did_you_mean(wanted, header.names),
                )
            )
        elif len(places) > 1:
            problems.append(
                Problem(
                    _(
                        "the column '{wanted}' is there {places} times (columns {places2})",
                        wanted=wanted,
                        places=len(places),
                        places2=_list(places),
                    ),
                    where,
                    _("delete or rename all but one"),
                )
            )
        else:
            by_choice[places[0]] = entry
    for i, written in enumerate(header.names):
        if i in by_choice:
            matches.append(Match(i, written, by_choice[i], written, match_unit(written)))
            continue
        found = match_header(name, written) if keys[i] else None
        if found is None or found[0].to in chosen:
            matches.append(Match(i, written, None))
        else:
            matches.append(Match(i, written, *found))
    for entry in importer.columns:
        mine = [m for m in matches if m.column is entry]
        if (
            len(mine) > 1
            and len({header_key(m.header) for m in mine}) == len(mine)
            and entry.prefer
        ):
            order = [header_key(n) for n in entry.names]
            mine.sort(key=lambda m: order.index(header_key(m.written or "")))
            drop = {m.position for m in mine[1:]}
            matches = [
                Match(m.position, m.header, None) if m.position in drop else m for m in matches
            ]
        elif len(mine) > 1:
            problems.append(
                Problem(
                    f"{len(mine)} columns could be {entry.to}: "
                    + ", ".join(
                        _(
                            "'{header}' (column {position})",
                            header=m.header.strip(),
                            position=m.position + 1,
                        )
                        for m in mine
                    ),
                    where,
                    _("say which: --column {to}=HEADER, or delete the other", to=entry.to)
                    if len({m.header for m in mine}) > 1
                    else _("delete or rename all but one"),
                )
            )
        elif not mine and entry.to == "period" and entry.required and "period" not in chosen:
            if date is None:
                problems.append(
                    Problem(
                        _("no column says the day"),
                        where,
                        _(
                            "say --column period=HEADER, or --date 2026-08-13 if every row is of that day"
                        ),
                    )
                )
        elif not mine and entry.required and entry.to not in chosen:
            unused = [m.header.strip() for m in matches if m.column is None and m.header.strip()]
            near = did_you_mean(entry.names[0], unused) if unused else ""
            hint = (
                _("{near}  say --column {to}=HEADER", near=near, to=entry.to)
                if near.startswith("did you mean")
                else _(
                    "expected {names}; if another column holds it, say --column {to}=HEADER",
                    names=_or(entry.names),
                    to=entry.to,
                )
            )
            problems.append(
                Problem(
                    _("there is no column for {to} ({names})", to=entry.to, names=entry.names[0]),
                    where,
                    hint,
                )
            )
    there = {m.column.to for m in matches if m.column}
    if importer.either and not there & {*importer.either, *chosen}:
        problems.append(
            Problem(
                _("there is no column for {names}", names=" or ".join(importer.either)),
                where,
                _("say --column {either}=HEADER", either=importer.either[0]),
            )
        )
    problems += _near_misses(
        importer, matches, there | {*chosen}, where, {header_key(h) for h in ignored}
    )
    return tuple(matches), problems


def _near_misses(
    importer: Importer, matches: list[Match], there: set[str], where: str, ignored: set[str]
) -> list[Problem]:
    """A header that is almost the name of a column that is missing: leaving it out would lose numbers without a word."""
    out = []
    for entry in importer.columns:
        if entry.to in there or entry.to.startswith("_") or entry.required:
            continue
        for m in matches:
            key = header_unit(header_key(m.header))[0]
            near = next(
                (
                    n
                    for n in entry.names
                    if m.column is None and key not in ignored and _alike(key, header_key(n))
                ),
                None,
            )
            if near is not None:
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
                            "say --column '{to}={written}', or --ignore '{written2}' if it is something "
                            "else",
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


def match_unit(header: str) -> float | None:
    return header_unit(header_key(header))[1]


def find_header(
    path: Path, where: str, names: tuple[str, ...], chosen: tuple[str, ...] = ()
) -> Header:
    """The header of a text file.

    Of all delimiters and rows near the top, the one with the most headers understood by any importer of `names`;
    the headers a user has `chosen` (--column) count as understood.
    """
    wanted = {header_key(header) for header in chosen}
    known = all_keys(names)
    with path.open("rb") as stream:
        raw = stream.read(HEAD_BYTES)
    whole = len(raw) < HEAD_BYTES
    if not whole:
        raw = raw[: raw.rfind(b"\n") + 1] or raw
    text = raw.decode("utf-8", "ignore")
    for name in names:
        if (bare := _headless(name, text)) is not None:
            return bare
    best: tuple[tuple[int, int, int], Header] | None = None
    for delimiter in DELIMITERS:
        for record, first, last, rest in _records(text, delimiter):
            if first > HEADER_WITHIN:
                break
            keys = {header_key(cell) for cell in record}
            told = len(keys & wanted)
            if not told and known.isdisjoint(keys | {header_unit(key)[0] for key in keys}):
                continue
            scores = [_score(name, tuple(record)) for name in names]
            top = max(scores, default=(0, 0))
            top = (top[0] + told, top[1])
            if top[0] < 1 or (top[0] == 1 and len([c for c in record if c.strip()]) > 1):
                continue
            rank = (top[0], top[1], -first)
            if best is None or rank > best[0]:
                best = (
                    rank,
                    Header(
                        tuple(record),
                        first,
                        last,
                        len(text[:rest].encode("utf-8")),
                        delimiter,
                        _extra(text[rest:], delimiter, len(record)),
                    ),
                )
    if best is None:
        shown = next((line for line in text.splitlines() if line.strip()), "")[:120]
        raise UserError(
            _("no header row was understood; the file begins: {shown}", shown=shown),
            where,
            _(
                "name the platform and its columns: optimizer import PLATFORM FILE --column "
                "spend=HEADER; `optimizer list importers` shows what is known"
            ),
        )
    return best[1]


def _headless(name: str, text: str) -> Header | None:
    """The platform's columns in their order, where its files have no header and the first row looks like one of theirs."""
    importer = declared(name)
    if not importer.headless:
        return None
    first = text.partition("\n")[0].removeprefix("\ufeff").split("\t")
    if len(first) != len(importer.headless):
        return None
    row = dict(zip(importer.headless, first, strict=True))
    if not all(re.fullmatch(form, row[column]) for column, form in importer.shape.items()):
        return None
    return Header(importer.headless, 0, 0, 0, "\t", quoted=False)


def rank_importers(headers: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Importers by how much of the header they understand: signs of the platform first, then columns in all."""
    scored = [(name, *_score(name, headers)) for name in names]
    return tuple(
        name
        for name, columns, __ in sorted(scored, key=lambda s: (-_fits(s[0], headers), -s[2], -s[1]))
        if columns > 0
    )


def choose(headers: tuple[str, ...], names: tuple[str, ...], where: str) -> str:
    """The one importer that fits; a UserError when none or several do."""
    ranked = rank_importers(headers, names)
    fit = [n for n in ranked if _fits(n, headers)]
    if not fit:
        lines, column, nearest = [], "spend", (*ranked, "PLATFORM")[0]
        for name in ranked[:3]:
            lacks = [
                _lack(c, headers)
                for c in declared(name).columns
                if c.required and not any(_is(name, h, c) for h in headers)
            ]
            if name == ranked[0]:
                column = next(
                    (
                        c.to
                        for c in declared(name).columns
                        if c.required and not any(_is(name, h, c) for h in headers)
                    ),
                    column,
                )
            lines.append(
                _(
                    "{name} ({title}) lacks {names}",
                    name=name,
                    title=declared(name).title,
                    names=", ".join(lacks),
                )
                if lacks
                else _(
                    "{name} ({title}) shares only names common to many",
                    name=name,
                    title=declared(name).title,
                )
            )
        raise UserError(
            _("this export was not recognised")
            + (f"; nearest: {'; '.join(lines)}" if lines else ""),
            where,
            _(
                "name the platform and its columns: optimizer import {nearest} FILE --column "
                "{column}=HEADER",
                nearest=nearest,
                column=column,
            ),
        )

    def rank(name: str) -> tuple[int, int]:
        columns, signs = _score(name, headers)
        return signs, columns

    best = [n for n in fit if rank(n) == rank(fit[0])]
    if len(best) > 1:
        raise UserError(
            _(
                "this export could be {names}",
                names=" or ".join(f"{n} ({declared(n).title})" for n in best),
            ),
            where,
            _("name the platform: optimizer import {best} ...", best=best[0]),
        )
    return fit[0]


def _lack(column: Column, headers: tuple[str, ...]) -> str:
    """A column's name, and the header that may be meant."""
    keys = [(h.strip(), header_unit(header_key(h))[0]) for h in headers if h.strip()]
    near = next(
        (
            h
            for h, key in keys
            for n in column.names
            if len(header_key(n)) > 1 and header_key(n) in key
        ),
        None,
    )
    return column.names[0] if near is None else f"{column.names[0]} ('{near}'?)"


def _is(name: str, header: str, column: Column) -> bool:
    found = match_header(name, header) if header.strip() else None
    return found is not None and found[0] is column


def _score(name: str, headers: tuple[str, ...]) -> tuple[int, int]:
    """(columns understood, signs of the platform seen)"""
    understood = {id(found[0]) for h in headers if h.strip() and (found := match_header(name, h))}
    keys = {header_key(h) for h in headers}
    return len(understood), len(sign_keys(name) & keys)


def _fits(name: str, headers: tuple[str, ...]) -> bool:
    """Every required column is there, and, where the platform has signs, at least one of them."""
    importer = declared(name)
    if importer.sign and _score(name, headers)[1] == 0:
        return False
    if importer.either and not any(
        _is(name, h, c) for h in headers for c in importer.columns if c.to in importer.either
    ):
        return False
    return all(
        any(_is(name, h, c) for h in headers)
        for c in importer.columns
        if c.required and not (importer.sign and c.to == "period")
    )


def _records(text: str, delimiter: str) -> list[tuple[list[str], int, int, int]]:
    """(cells, first line, last line, place after it) of the first records; csv rules, quotes may hold line ends."""
    lines = text.splitlines(keepends=True)
    out = []
    place = line = 0
    while line < len(lines) and line < HEADER_WITHIN + 5:
        cells, used = _first_record(lines[line : line + 6], delimiter)
        taken = "".join(lines[line : line + used])
        place += len(taken)
        out.append((cells, line + 1, line + used, place))
        line += used
    return out


def _first_record(lines: list[str], delimiter: str) -> tuple[list[str], int]:
    """(cells, lines used). A quoted cell may hold line ends; a stray quote ends with its own line."""
    try:
        reader = csv.reader(io.StringIO("".join(lines)), delimiter=delimiter, strict=True)
        return next(reader, []), max(1, reader.line_num)
    except csv.Error:
        pass
    try:
        return next(csv.reader([lines[0].rstrip("\r\n")], delimiter=delimiter), []), 1
    except csv.Error:
        return [], 1


def _extra(rest: str, delimiter: str, width: int) -> int:
    """1 when every row seen has one cell more than the header and that cell is empty (a delimiter at each line's end)."""
    seen = [cells for cells, *__ in _records(rest, delimiter)[:20] if cells]
    return int(
        bool(seen) and all(len(cells) == width + 1 and not cells[-1].strip() for cells in seen)
    )


def _list(places: list[int]) -> str:
    return ", ".join(str(i + 1) for i in places)


def _or(names: tuple[str, ...]) -> str:
    return " or ".join(f"'{n}'" for n in names[:4])
