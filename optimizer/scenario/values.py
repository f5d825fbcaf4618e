"""Reading single values of a scenario: numbers with a meaning, and what registered functions take.

A rule or curve says by its type hints what it takes (`value: Money`); this file turns what stands
in the YAML into that, or says what is wrong with it.
"""

from __future__ import annotations

import math
import re
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

from optimizer.messages import Text, _
from optimizer.registry import did_you_mean
from optimizer.units import Kind

PLAIN = Kind("number", -1e15, 1e15, hint=_("a number"))
WHOLE = Kind("number", -1e15, 1e15, whole=True, hint=_("a whole number"))


class Wrong(ValueError):
    """A value that cannot be used.

    Parameters
    ----------
    what
        The cause.
    fix
        What to try.
    path
        Keys below the value that lead to the culprit.
    at_key
        The culprit is the last key itself, not what stands behind it.
    """

    def __init__(
        self,
        what: Text,
        fix: Text | None = None,
        path: tuple[str | int, ...] = (),
        at_key: bool = False,
    ) -> None:
        super().__init__(str(what))
        self.what = what
        self.fix = fix
        self.path = path
        self.at_key = at_key


class UnknownKey(Wrong):
    """A key that is not known where it stands.

    Parameters
    ----------
    key
        The key.
    known
        What could stand there.
    """

    def __init__(self, key: str, known: list[str]) -> None:
        what = _("unknown key '{odd}'", odd=key)
        super().__init__(what, did_you_mean(key, known), (key,), at_key=True)
        self.key = key


@contextmanager
def below(*keys: str | int) -> Iterator[None]:
    """What is wrong with a value read in this block stands below these keys.

    Parameters
    ----------
    *keys
        Keys and positions, the outermost first.

    Raises
    ------
    Wrong
        What was raised inside, its path longer by the keys.
    """
    try:
        yield
    except Wrong as error:
        error.path = (*keys, *error.path)
        raise


def marked(kind: Kind) -> str:
    """Pattern of a number with one of the kind's units behind it. ASCII digits: JSON Schema reads
    it too.
    """
    return rf"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+) ?[{''.join(kind.units)}]$"


def number(raw: Any, kind: Kind) -> float:
    """A finite number of a kind, from what stands in the YAML.

    "30%" is understood where a share or change is meant, "40万" where an amount is.

    Parameters
    ----------
    raw
        What the YAML reader made of it: a number or text.
    kind
        What is meant, with its range.

    Returns
    -------
    float
        A whole number where the kind asks for one.

    Raises
    ------
    Wrong
        For what is no number, or outside the kind's range.

    Examples
    --------
    >>> number("4.35万", PLAIN), number(7, WHOLE)
    (43500.0, 7)
    """
    hint = _("write {hint}", hint=kind.hint) if kind.hint else None
    value = _numeric(raw, kind, hint or _("write a number"))
    if not math.isfinite(value):
        raise Wrong(_("{raw} is not a finite number", raw=raw), hint)
    if not kind.low <= value <= kind.high:
        what = _("{raw} is outside what is possible here", raw=raw)
        if value > kind.high >= 1e6:  # what the hint leaves out
            hint = _("write a number of at most {most}", most=f"{kind.high:,.16g}")
        raise Wrong(what, hint)
    if kind.whole and value != int(value):
        raise Wrong(_("{raw} is not a whole number", raw=raw), hint)
    return int(value) if kind.whole else value


def _numeric(raw: Any, kind: Kind, hint: Text) -> float:
    """The number as it is written."""
    text = raw.strip() if isinstance(raw, str) else None
    if text is not None and re.fullmatch(marked(kind), text):
        # exact: 4.35万 is 43,500
        return float(Decimal(text[:-1].strip()) * Decimal(kind.units[text[-1]]))
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        bare = "" if text is None else text.replace(",", "").replace("_", "")
        if bare.replace(".", "", 1).isdigit():
            hint = _("write {number}, without quotes or commas", number=bare)
        shown = _("nothing") if raw is None else repr(raw)
        raise Wrong(_("{raw} is not a number", raw=shown), hint)
    try:
        return float(raw)
    except OverflowError:
        return math.inf


def read(hint: Any, raw: Any) -> Any:
    """`raw` as a type hint asks: numbers by `Kind`, text, lists, tuples and mappings of these.

    Parameters
    ----------
    hint
        A type: `Annotated` with a `Kind`, float, int, bool, str, Literal, unions, tuple, list and
        dict of these.
    raw
        Plain data, as it stands in the YAML.

    Returns
    -------
    Any
        Numbers as float or int; lists as tuples.

    Raises
    ------
    Wrong
        Where it is something else, with the path to the culprit.

    Examples
    --------
    >>> read(tuple[float, ...], [1, 2])
    (1.0, 2.0)
    """
    reader = _READERS.get(get_origin(hint) or hint)
    if reader is None:
        raise TypeError(f"a scenario value cannot be of type {hint}")
    return reader(hint, raw)


def _kind(hint: Any) -> Kind | None:
    """The kind of number that an annotated hint names."""
    return next((mark for mark in get_args(hint)[1:] if isinstance(mark, Kind)), None)


def _annotated(hint: Any, raw: Any) -> Any:
    kind = _kind(hint)
    return number(raw, kind) if kind else read(get_args(hint)[0], raw)


def _either(hint: Any, raw: Any) -> Any:
    """The first option that takes it; else what the first one says."""
    options = get_args(hint)
    if raw is None and type(None) in options:
        return None
    wrong: Wrong | None = None
    for option in (o for o in options if o is not type(None)):
        try:
            return read(option, raw)
        except Wrong as error:
            wrong = wrong or error
    raise wrong or Wrong(_("{raw} cannot be used here", raw=repr(raw)))


def _mapping(hint: Any, raw: Any) -> dict[Any, Any]:
    if not isinstance(raw, Mapping):
        raise Wrong(_("{raw} is not a mapping", raw=repr(raw)), _("write {{name: value, ...}}"))
    out = {}
    for key, value in raw.items():
        with below(key):
            out[read(get_args(hint)[0], key)] = read(get_args(hint)[1], value)
    return out


def _listed(hint: Any, raw: Any) -> tuple[Any, ...]:
    if not isinstance(raw, list | tuple):
        raise Wrong(_("{raw} is not a list", raw=repr(raw)), _("write [a, b, ...]"))
    args = get_args(hint)
    fixed = get_origin(hint) is tuple and bool(args) and args[-1] is not Ellipsis
    if fixed and len(args) != len(raw):
        raise Wrong(_("{raw} values where {args} belong", raw=len(raw), args=len(args)))
    items = []
    for i, value in enumerate(raw):
        with below(i):
            items.append(read(args[i] if fixed else args[0], value))
    return tuple(items)


def _choice(hint: Any, raw: Any) -> Any:
    if raw not in get_args(hint):
        raise Wrong(
            _("{raw} is not a choice here", raw=repr(raw)),
            did_you_mean(str(raw), map(str, get_args(hint))),
        )
    return raw


def _truth(hint: Any, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise Wrong(_("{raw} is neither true nor false", raw=repr(raw)), _("write true or false"))
    return raw


def _text(hint: Any, raw: Any) -> str:
    if not isinstance(raw, str):
        raise Wrong(_("{raw} is not text", raw=repr(raw)), _("put it in quotes"))
    return raw


_READERS: dict[Any, Callable[[Any, Any], Any]] = {
    Annotated: _annotated,
    Union: _either,
    types.UnionType: _either,
    dict: _mapping,
    list: _listed,
    tuple: _listed,
    Literal: _choice,
    float: lambda hint, raw: number(raw, PLAIN),
    int: lambda hint, raw: int(number(raw, WHOLE)),
    bool: _truth,
    str: _text,
    Any: lambda hint, raw: raw,
}

_SCHEMAS: dict[Any, dict[str, Any]] = {
    float: {"type": "number"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    str: {"type": "string"},
    type(None): {"type": "null"},
}


def describe(hint: Any) -> dict[str, Any]:
    """The JSON Schema of what `read(hint, ...)` takes.

    Parameters
    ----------
    hint
        A type as `read` takes it.

    Returns
    -------
    dict[str, Any]
        {} where everything goes; the hint of a kind is its description, in English.
    """
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        kind = _kind(hint)
        if kind is None:
            return describe(args[0])
        plain: dict[str, Any] = {"type": "integer" if kind.whole else "number", "minimum": kind.low}
        if kind.high != math.inf:
            plain["maximum"] = kind.high
        return {
            "anyOf": [plain, {"type": "string", "pattern": marked(kind)}],
            "description": str(kind.hint),
        }
    if origin is dict:
        return {"type": "object", "additionalProperties": describe(args[1])}
    if origin in (list, tuple):
        return {"type": "array", "items": describe(args[0])}
    if origin is Literal:
        return {"enum": list(args)}
    if args:
        return {"anyOf": [describe(arg) for arg in args]}
    return _SCHEMAS.get(hint, {})


def parameters(function: Callable[..., Any], skip: tuple[str, ...]) -> dict[str, Any]:
    """Type hints of a registered function or class, without those that the program fills in
    itself.

    Parameters
    ----------
    function
        A function or class with type hints.
    skip
        Names the program fills in itself; "return", "self" and class variables are left out anyway.

    Returns
    -------
    dict[str, Any]
        Name -> type hint with its `Kind`, in the order they are declared.
    """
    hints = get_type_hints(function, include_extras=True)
    return {
        name: hint
        for name, hint in hints.items()
        if name not in (*skip, "return", "self")
        and get_origin(hint) is not ClassVar
        and hint is not ClassVar
    }
