"""Our columns in a source: by their names, in a header that may stand further down."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from optimizer.data.csv_tables import below
from optimizer.data.mapping.doors import as_said, heads, said_units, settled
from optimizer.data.raw import Raw
from optimizer.data.reading.columns import Column, Layout, Understood, header_key
from optimizer.data.reading.headers import find_header
from optimizer.data.reading.values import Found, is_nested
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import Message, _, listed
from optimizer.registry import did_you_mean


@dataclass
class Matched:
    """A source with its columns found.

    Attributes
    ----------
    raw
        The source, opened at the header that holds the columns.
    found
        Our name -> its column.
    notes
        On what is not used.
    """

    raw: Raw
    found: dict[str, Found] = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)


def match(raw: Raw, layout: Layout, mapping: Mapping[str, str] | None = None) -> Matched:
    """Find the columns of a layout in a source.

    Parameters
    ----------
    raw
        The source.
    layout
        Which columns it may have.
    mapping
        {our name: their name}, as the user says.

    Raises
    ------
    Problems
        For required columns that are missing, several headers for one column, unknown names in
        `mapping`, and doubled headers.
    """
    raw = as_said(raw)
    mapping = heads(raw.mapping, layout, raw.columns, mapping)
    lower = _lower(raw, layout, mapping)
    notes: list[Message] = []
    if lower is not None:
        raw = as_said(replace(lower, mapping=raw.mapping))
        assert raw.file is not None
        if raw.file.skip:
            notes.append(
                _(
                    "{where}: the header is row {row}; the rows above it were left out",
                    where=raw.label,
                    row=raw.file.skip + 1,
                )
            )
    found, problems = _by_name(raw, layout, mapping)
    used = {entry.name for entry in found.values()}
    rest = [name for name in raw.columns if name not in used]
    found = settled(raw, layout, found)
    problems += _missing(raw, layout, found, mapping, rest)
    problems += _unfit(raw, found)
    if problems:
        raise Problems(problems)
    return Matched(raw, found, [*notes, *_unused(raw, layout, found, rest)])


def _lower(raw: Raw, layout: Layout, mapping: Mapping[str, str]) -> Raw | None:
    """The same csv at a header that holds every required column, where its first line does not."""
    if raw.file is None or _complete(raw, layout, mapping):
        return None
    try:
        header = find_header(raw.file.path, raw.label, (layout,), tuple(mapping.values()))
    except UserError:
        return None
    if header.row < 1:
        return None
    other = below(raw, header)
    return other if _complete(other, layout, mapping) else None


def _complete(raw: Raw, layout: Layout, mapping: Mapping[str, str]) -> bool:
    found, problems = _by_name(raw, layout, mapping)
    return not problems and all(c.to in found for c in layout.columns if c.required)


def _by_name(
    raw: Raw, layout: Layout, mapping: Mapping[str, str]
) -> tuple[dict[str, Found], list[Problem]]:
    """{our name: its column}, and what is wrong with the names."""
    found, problems = _mapped(raw, layout, mapping)
    taken = {entry.name for entry in found.values()}
    means = {name: layout.understands(name) for name in raw.columns if name.strip()}
    for column in layout.columns:
        if column.to in found or column.to in mapping:
            continue
        names = [
            name
            for name, meant in means.items()
            if meant is not None and meant.column is column and name not in taken
        ]
        if len(names) > 1:
            own = [name for name in names if header_key(name) == header_key(column.to)]
            if not own and not column.prefer:
                problems.append(_several(raw, column, names))
            names = own or sorted(names, key=lambda name: _place(column, means[name]))
        if names:
            found[column.to] = _found(raw, column, names[0])
            taken.add(names[0])
    return found, problems


def _place(column: Column, meant: Understood | None) -> int:
    return column.names.index(meant.written) if meant is not None else len(column.names)


def _found(raw: Raw, column: Column, name: str) -> Found:
    means = Layout("", "spend", (column,)).understands(name)
    factor = said_units(raw).get(header_key(name))
    if factor is None and means is not None:
        factor = means.factor
    return Found(*raw.columns[name], name, column, 1.0 if factor is None else factor)


def _mapped(
    raw: Raw, layout: Layout, mapping: Mapping[str, str]
) -> tuple[dict[str, Found], list[Problem]]:
    """The columns that the user names."""
    found: dict[str, Found] = {}
    problems: list[Problem] = []
    by_key = {header_key(name): name for name in reversed(list(raw.columns))}
    for our, their in mapping.items():
        column = layout.find(our)
        name = their if their in raw.columns else by_key.get(header_key(their))
        if column is None:
            what = _("columns: there is no column '{our}' to map to", our=our)
            known = [column.to for column in layout.columns]
            problems.append(Problem(what, raw.label, did_you_mean(our, known)))
        elif name is None:
            what = _("column '{their}' (mapped to {our}) is missing", their=their, our=our)
            problems.append(Problem(what, _header(raw), did_you_mean(their, raw.columns)))
        else:
            found[our] = _found(raw, column, name)
    return found, problems


def _header(raw: Raw) -> Message:
    return _("{label}: header", label=raw.label)


def _several(raw: Raw, column: Column, names: Sequence[str]) -> Problem:
    places = list(raw.columns)
    return Problem(
        _(
            "{mine} columns could be {to}: {names}",
            mine=len(names),
            to=column.to,
            names=listed(
                _("'{header}' (column {position})", header=name, position=places.index(name) + 1)
                for name in names
            ),
        ),
        _header(raw),
        _("say which: columns: {{{to}: HEADER}}, or delete the other", to=column.to),
    )


def _missing(
    raw: Raw,
    layout: Layout,
    found: Mapping[str, Found],
    mapping: Mapping[str, str],
    rest: Sequence[str],
) -> list[Problem]:
    """Required columns that are not there."""
    return [
        Problem(
            _("column '{name}' is missing", name=column.to),
            _header(raw),
            _suggestion(column, rest, raw),
        )
        for column in layout.columns
        if column.required and column.to not in found and column.to not in mapping
    ]


def _unfit(raw: Raw, found: Mapping[str, Found]) -> list[Problem]:
    """Columns that stand there twice, or hold no single values."""
    names = {entry.name for entry in found.values()}
    twice = [
        Problem(
            _("column '{name}' stands twice in the header", name=name),
            _header(raw),
            _("give each column its own name"),
        )
        for name in raw.doubled
        if name in names
    ]
    return twice + [
        Problem(
            _(
                "column '{name}' holds {kind}, not single values",
                name=entry.name,
                kind=entry.kind.lower(),
            ),
            _header(raw),
            _("give one value per row"),
        )
        for entry in found.values()
        if is_nested(entry.kind)
    ]


def _unused(
    raw: Raw, layout: Layout, found: Mapping[str, Found], rest: Sequence[str]
) -> list[Message]:
    """Notes on the columns that mean nothing here, and on what they may be meant as."""
    unused = [name for name in rest if name]
    if not unused:
        return []
    shown = listed(unused[:10])
    notes = [
        _(
            "{label}: columns not used: {names}, ... ({number} in all)",
            label=raw.label,
            names=shown,
            number=len(unused),
        )
        if len(unused) > 10
        else _("{label}: columns not used: {names}", label=raw.label, names=shown)
    ]
    for column in layout.columns:
        near = [name for name in unused if _near(name, column)]
        if near and column.to not in found:
            notes.append(
                _(
                    "{label}: column '{near}' is not used; if it is meant as {name}, map it: "
                    "columns: {{{name2}: {near2}}}",
                    label=raw.label,
                    near=near[0],
                    name=column.to,
                    name2=column.to,
                    near2=near[0],
                )
            )
    return notes


def _near(name: str, column: Column) -> bool:
    plain = "_".join(name.lower().split())
    key = header_key(name)
    if any(key == header_key(hint) for hint in column.hints):
        return True
    return difflib.SequenceMatcher(None, plain, column.to).ratio() > 0.75


def _suggestion(column: Column, rest: Sequence[str], raw: Raw) -> Message:
    for name in rest:
        if _near(name, column):
            return _(
                "did you mean '{name}'? then rename it, or map it: columns: {{{name2}: {name3}}}",
                name=name,
                name2=column.to,
                name3=name,
            )
    if len(raw.columns) == 1:
        return _(
            "the header has one column only: '{header}'; separate columns with commas",
            header=next(iter(raw.columns))[:60],
        )
    return _(
        "rename a column, or map one: columns: {{{name}: ...}}; {name2}",
        name=column.to,
        name2=did_you_mean(column.to, raw.columns),
    )
