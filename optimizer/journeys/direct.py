"""Which channels are direct traffic, however a file spells it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from optimizer.errors import Problem, Problems
from optimizer.messages import _
from optimizer.registry import did_you_mean

USUAL = ("direct",)  # stands for every usual spelling
SPELLINGS = frozenset(
    ("direct", "directnone", "directtraffic", "typedbookmarked", "直接访问", "直接流量", "直接")
)


def is_usual(name: str) -> bool:
    """Whether a channel's name is a usual spelling of direct traffic.

    Examples
    --------
    >>> [is_usual(name) for name in ("Direct", "(direct) / (none)", "direct mail")]
    [True, True, False]
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in text if letter.isalnum()) in SPELLINGS


def direct_channels(names: Sequence[str], given: Sequence[str]) -> tuple[str, ...]:
    """The channels among `names` that are direct, in the order of `names`.

    Parameters
    ----------
    names
        Channels of a source.
    given
        As the user says: names, compared without regard to case and blanks at the ends. A usual
        spelling ("direct") stands for all of them.
    """
    wanted = {name.strip().casefold() for name in given}
    usual = any(is_usual(name) for name in given)
    return tuple(
        name for name in names if name.strip().casefold() in wanted or (usual and is_usual(name))
    )


def known_direct(names: Sequence[str], given: Sequence[str]) -> tuple[str, ...]:
    """The same; a name that is no usual spelling and no channel is an error.

    Raises
    ------
    Problems
        With every name that matches nothing.
    """
    there = {name.strip().casefold() for name in names}
    wrong = [
        Problem(
            _("no channel is called '{name}', so none is passed over as direct", name=name),
            "direct",
            did_you_mean(name, names),
        )
        for name in given
        if not is_usual(name) and name.strip().casefold() not in there
    ]
    if wrong:
        raise Problems(wrong)
    return direct_channels(names, given)
