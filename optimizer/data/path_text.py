"""SQL on the text of a path, `search > koc > search`: the touches that `>` joins."""

from __future__ import annotations

from optimizer.data.engine import literal
from optimizer.data.reading.values import BLANK, BLANKS

# Stands for a '>' that belongs to a name while a path is taken apart.
_CLOSING = "\x01"
HOLE = rf"(^|>){BLANK}*(>|$)"


def touches_of(path: str, angled: bool) -> str:
    """SQL: the list of a path's touches, blanks still around them.

    A '>' joins touches, unless it closes a bracket as in "<b>".

    Parameters
    ----------
    path
        SQL of the path's text.
    angled
        Whether any path of the table holds such a bracket.

    >>> touches_of("path", angled=False)
    "string_split(path, '>')"
    """
    return f"string_split({_kept(path) if angled else path}, '>')"


def touch_name(touch: str, angled: bool) -> str:
    """SQL: the channel of one element of that list (`angled` as in `touches_of`)."""
    whole = f"replace({touch}, {literal(_CLOSING)}, '>')" if angled else touch
    return f"trim({whole}, {literal(BLANKS)})"


def has_hole(path: str) -> str:
    """SQL: whether a path has an empty touch: at its beginning, between two '>', or at its end."""
    return f"regexp_matches({_kept(path)}, {literal(HOLE)})"


def _kept(path: str) -> str:
    return (
        f"CASE WHEN contains({path}, '<')"
        f" THEN regexp_replace({path}, '<([^\\s<>][^<>]*)>', '<\\1{_CLOSING}', 'g') ELSE {path} END"
    )
