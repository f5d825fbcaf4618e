"""Which platform an export is from, told by its headers. Nothing is taken from a file's name.

Two platforms that fit equally well are a question to the user, not a guess.
"""

from __future__ import annotations

from optimizer.data.importers.declare import declared
from optimizer.data.reading.columns import Column, header_key, header_unit
from optimizer.errors import UserError
from optimizer.messages import Text, _, listed


def rank_importers(headers: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """The importers of `names` that understand any of the headers.

    Sorted by how much they do: those that fit, then by signs of the platform, then by columns.
    """
    scored = [
        (name, declared(name).fits(headers), *declared(name).score(headers)) for name in names
    ]
    ranked = sorted(scored, key=lambda s: (-s[1], -s[3], -s[2]))
    return tuple(name for name, _fits, columns, _signs in ranked if columns > 0)


def choose(headers: tuple[str, ...], names: tuple[str, ...], where: Text) -> str:
    """The one importer of `names` that fits a header row.

    Raises
    ------
    UserError
        Where none fits, with the nearest, or several fit equally well.
    """
    ranked = rank_importers(headers, names)
    fit = [n for n in ranked if declared(n).fits(headers)]
    if not fit:
        raise _not_recognised(headers, ranked, where)

    def rank(name: str) -> tuple[int, int]:
        columns, signs = declared(name).score(headers)
        return signs, columns

    best = [n for n in fit if rank(n) == rank(fit[0])]
    if len(best) > 1:
        raise UserError(
            _(
                "this export could be {names}",
                names=listed(
                    (_("{name} ({title})", name=n, title=declared(n).title) for n in best), " or "
                ),
            ),
            where,
            _("name the platform: optimizer import {best} ...", best=best[0]),
        )
    return fit[0]


def _not_recognised(headers: tuple[str, ...], ranked: tuple[str, ...], where: Text) -> UserError:
    """What is lacking for the nearest importers."""
    lines = []
    for name in ranked[:3]:
        importer = declared(name)
        lacks = [_lack(c, headers) for c in _lacking(name, headers)]
        lines.append(
            _(
                "{name} ({title}) lacks {names}",
                name=name,
                title=importer.title,
                names=listed(lacks),
            )
            if lacks
            else _(
                "{name} ({title}) shares only names common to many", name=name, title=importer.title
            )
        )
    nearest = (*ranked, "PLATFORM")[0]
    lacking = _lacking(nearest, headers) if ranked else []
    return UserError(
        _("this export was not recognised; nearest: {names}", names=listed(lines, "; "))
        if lines
        else _("this export was not recognised"),
        where,
        _(
            "name the platform and its columns: optimizer import {nearest} FILE --column "
            "{column}=HEADER",
            nearest=nearest,
            column=lacking[0].to if lacking else "spend",
        ),
    )


def _lacking(name: str, headers: tuple[str, ...]) -> list[Column]:
    """The required columns of an importer that no header means."""
    importer = declared(name)
    return [
        c for c in importer.columns if c.required and not any(importer.holds(h, c) for h in headers)
    ]


def _lack(column: Column, headers: tuple[str, ...]) -> Text:
    """A column's name, and the header that may be meant."""
    keys = [(h.strip(), header_unit(header_key(h))[0]) for h in headers if h.strip()]
    names = [header_key(n) for n in column.names if len(header_key(n)) > 1]
    near = next((h for h, key in keys for n in names if n in key), None)
    if near is None:
        return column.names[0]
    return _("{name} ('{near}'?)", name=column.names[0], near=near)
