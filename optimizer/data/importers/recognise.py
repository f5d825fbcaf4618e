"""Which platform an export is from, told by its headers. Nothing is taken from a file's name.

One sign is not enough: the importer has to know the file's headers (coverage), and headers that
are another platform's speak against it. What is in doubt is a question to the user, not a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.data.importers.declare import Importer, declared
from optimizer.data.reading.columns import Column, header_key, header_unit
from optimizer.errors import Open, Problem, Problems, UserError
from optimizer.messages import Text, _, listed

# the least evidence for each share of the headers that an importer knows: a file that it knows
# whole may show little; one that is mostly unknown must show much
ENOUGH = ((0.85, 0.3), (0.6, 0.5), (0.4, 1.0), (0.15, 2.0))
MOSTLY = 0.6  # the share of the headers to know where there is one sign only
FEW = 5  # with fewer headers than that, one sign is enough only with what no other platform has
OWN = 1.5  # ...: the evidence of a sign and two headers, all of one platform alone
SIGNLESS = 0.5  # the same for a declaration without signs that knows nearly all: two such headers
LIKE = 0.3  # of the headers known, so that a platform is named in a question
SHOWN = 1.0  # a platform that shows this much is named, and no general table is taken for it
OTHER = 0.25  # what a header that is no sign tells, of what a sign tells
NEAR = 0.8  # a second importer with this share of the first one's evidence is as good


@dataclass(frozen=True)
class Standing:
    """How an importer stands to a header row.

    Attributes
    ----------
    name
        Of the importer.
    fits
        Whether the columns it needs are there.
    signs
        How many of its signs are there.
    columns
        How many of its columns are there.
    known
        How many of the headers it knows.
    share
        The same, as a share of all headers.
    evidence
        The headers it knows, each weighed by how few platforms have it.
    strays
        Headers that say that the file is something else.
    whole
        Whether the headers are exactly those that are its export alone.
    """

    name: str
    fits: bool
    signs: int
    columns: int
    known: int
    share: float
    evidence: float
    strays: tuple[str, ...]
    whole: bool

    @property
    def importer(self) -> Importer:
        """The importer itself."""
        return declared(self.name)

    @property
    def covers(self) -> bool:
        """Whether enough of the headers are known, though a column that is needed may lack."""
        if not self.importer.sign:
            return self.share >= ENOUGH[0][0] and self.evidence >= SIGNLESS
        enough = any(self.share >= share and self.evidence >= least for share, least in ENOUGH)
        few = self.known < FEW and self.signs < 2 and self.evidence < OWN
        one = self.signs == 1 and self.share < MOSTLY
        return self.signs > 0 and enough and not few and not one

    @property
    def shown(self) -> bool:
        """Whether it is a platform that a user may mean: it is named in questions."""
        if self.importer.general:
            return False
        some = self.evidence >= SHOWN and self.share >= LIKE and self.signs > 0
        return self.covers or some

    @property
    def accepted(self) -> bool:
        """Whether the file can be taken for an export of this platform."""
        return self.fits and not self.strays and (self.covers or self.whole)


def standings(headers: Sequence[str], names: Sequence[str]) -> list[Standing]:
    """How the importers of `names` stand to a header row, the best one first."""
    written = tuple(dict.fromkeys(h.strip() for h in headers if h.strip()))
    importers = [declared(name) for name in names]
    platforms = [one for one in importers if not one.general]
    # one of n platforms that have a header: each of them is told a n-th of what one alone would be
    worth = {h: 1.0 / max(1, sum(one.knows(h) for one in platforms)) for h in written}
    # what a table of one's own is called too is no sign, unless it is one platform's alone
    plain = [one for one in importers if one.general and not one.against]
    usual = {
        h
        for h in written
        if any(one.understands(h) for one in plain) and sum(one.shows(h) for one in platforms) != 1
    }
    found = [
        _stand(name, one, written, worth, set() if one.general else usual)
        for name, one in zip(names, importers, strict=True)
    ]
    return sorted(found, key=lambda s: (-s.fits, -s.evidence, -s.known))


def _stand(
    name: str,
    importer: Importer,
    headers: tuple[str, ...],
    worth: dict[str, float],
    usual: set[str],
) -> Standing:
    known = [header for header in headers if importer.knows(header)]
    signs = [header for header in known if importer.shows(header) and header not in usual]
    columns, _signs = importer.score(headers)
    return Standing(
        name,
        importer.fits(headers),
        len(signs),
        columns,
        len(known),
        len(known) / max(1, len(headers)),
        sum(worth[h] * (1.0 if h in signs else OTHER) for h in known),
        importer.strays(headers),
        bool(importer.alone) and {*map(header_key, headers)} == {*map(header_key, importer.alone)},
    )


def rank_importers(headers: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """The importers of `names` that understand any of the headers, the best one first."""
    return tuple(one.name for one in standings(headers, names) if one.columns)


def shows_platform(headers: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a platform shows in the headers, so that no table without one may be made of them."""
    return any(s.shown for s in standings(headers, names))


def possible(headers: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """The importers of `names` that a user may mean who says a channel or some columns.

    A platform that shows; where none does, tables of one's own that would leave no money out.
    """
    found = standings(headers, names)
    shown = tuple(s.name for s in found if s.shown)
    return shown or tuple(s.name for s in found if not _named(s) and not s.strays)


def choose(headers: tuple[str, ...], names: tuple[str, ...], where: Text) -> str:
    """The one importer of `names` that a header row is taken for.

    Raises
    ------
    UserError
        Where none fits, with the nearest, or several fit equally well.
    """
    found = standings(headers, names)
    accepted = [one for one in found if one.accepted and not one.importer.general]
    if accepted:
        first, *others = accepted
        fit = [one for one in found if one.fits and one.signs and _named(one) and one is not first]
        rivals = [one for one in others if _as_good(one, first)] or [
            one for one in fit if one.known >= first.known and _shows_more(one, first, headers)
        ]
        if rivals:
            raise _in_doubt([first, *rivals], where)
        if not any(_speaks_against(one, first) for one in found):
            return first.name
        raise _not_recognised(found, headers, where)
    general = [one for one in found if one.importer.general and one.fits]
    general.sort(key=lambda one: (-one.signs, -one.known))
    shown = [one for one in found if one.shown]
    if general and not general[0].strays and not any(s.known > general[0].known for s in shown):
        same = [s for s in general if (s.signs, s.known) == (general[0].signs, general[0].known)]
        if len(same) == 1:
            return same[0].name
        raise _in_doubt(same, where)
    raise _not_recognised(found, headers, where)


def _as_good(one: Standing, first: Standing) -> bool:
    return one.evidence >= NEAR * first.evidence and one.known >= first.known


def _shows_more(one: Standing, first: Standing, headers: Sequence[str]) -> bool:
    """Whether a platform has a sign here that the first one does not know, who has but one."""
    return first.signs == 1 and any(
        one.importer.shows(header) and not first.importer.knows(header) for header in headers
    )


def _speaks_against(one: Standing, first: Standing) -> bool:
    """Whether a platform that lacks a column is shown by clearly more than the one that fits."""
    return _named(one) and one.evidence > 1.5 * first.evidence and one.known > first.known


def _named(one: Standing) -> bool:
    return not one.importer.general


def _in_doubt(several: Sequence[Standing], where: Text) -> UserError:
    doubt = Problem(
        _(
            "this export could be {names}",
            names=listed(
                (_("{name} ({title})", name=s.name, title=s.importer.title) for s in several),
                " or ",
            ),
        ),
        where,
        _("name the platform: optimizer import {best} ...", best=several[0].name),
        open=Open("platform", tuple(s.name for s in several)),
    )
    return Problems([doubt])


def _not_recognised(found: list[Standing], headers: tuple[str, ...], where: Text) -> UserError:
    """What is lacking for the nearest importers; no platform that does not show is named."""
    shown = [s for s in found if s.shown]
    shown.sort(key=lambda s: -s.evidence)
    if not shown:
        return _unknown(found, headers, where)
    # a platform with half the signs of another is a stranger
    near = [s for s in shown if s.evidence >= 0.5 * shown[0].evidence][:2]
    best, lines = near[0], [_lacks(s, headers) for s in near]
    lacking = _lacking(best.name, headers)
    return UserError(
        _("this export was not recognised; nearest: {names}", names=listed(lines, "; ")),
        where,
        _(
            "name the platform and its columns: optimizer import {nearest} FILE --column "
            "{column}=HEADER",
            nearest=best.name,
            column=lacking[0].to,
        )
        if lacking
        else _("if it is, name the platform: optimizer import {best} FILE", best=best.name),
    )


def _unknown(found: list[Standing], headers: tuple[str, ...], where: Text) -> UserError:
    """No platform shows: what a table of one's own lacks."""
    general = [s for s in found if s.importer.general and s.columns > 1]
    general.sort(key=lambda s: (-bool(s.strays), -s.fits, -s.columns))
    if not general:
        return UserError(
            _("this export was not recognised"),
            where,
            _("say what its columns are: optimizer import plain_spend FILE --column spend=HEADER"),
        )
    best = general[0]
    if best.fits and best.strays:
        return UserError(
            _(
                "this is no export that is known: it looks like {name} ({title}), but {strays} "
                "would be left out",
                name=best.name,
                title=best.importer.title,
                strays=listed(f"'{header.strip()}'" for header in best.strays),
            ),
            where,
            _(
                "if these numbers do not matter: optimizer import {name} FILE; if the file says "
                "what was spent: optimizer import plain_spend FILE --channel NAME --column "
                "spend=HEADER",
                name=best.name,
            ),
        )
    lacking = _lacking(best.name, headers)
    first = next((c.to for c in lacking if c.to != "channel"), "channel" if lacking else "spend")
    return UserError(
        _("this export was not recognised; nearest: {names}", names=_lacks(best, headers)),
        where,
        _(
            "say it: optimizer import {name} FILE --channel NAME, or --column channel=HEADER",
            name=best.name,
        )
        if first == "channel"
        else _(
            "name the platform and its columns: optimizer import {nearest} FILE --column "
            "{column}=HEADER",
            nearest=best.name,
            column=first,
        ),
    )


def _lacks(one: Standing, headers: tuple[str, ...]) -> Text:
    """What a header row lacks for an importer."""
    lacks = [_lack(c, headers) for c in _lacking(one.name, headers)]
    if lacks:
        return _(
            "{name} ({title}) lacks {names}",
            name=one.name,
            title=one.importer.title,
            names=listed(lacks),
        )
    return _(
        "{name} ({title}) shares only names common to many", name=one.name, title=one.importer.title
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
