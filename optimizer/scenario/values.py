"""Reading single values of a scenario: numbers with a meaning, and the parameters of registered functions.

A rule or curve says by its type hints what it takes (`value: Money`); this file turns what stands in the YAML
into that, or says what is wrong with it.
"""

from __future__ import annotations

import math
import re
import types
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.units import Kind


class Wrong(ValueError):
    """A value that cannot be used. `path`: keys below the value that lead to the culprit (to its key if `at_key`);
    `fix`: what to try."""

    def __init__(
        self,
        what: str,
        fix: str | None = None,
        path: tuple[str | int, ...] = (),
        at_key: bool = False,
    ) -> None:
        super().__init__(what)
        self.fix = fix
        self.path = path
        self.at_key = at_key

    def below(self, key: str | int) -> Wrong:
        return Wrong(str(self), self.fix, (key, *self.path), self.at_key)


def marked(kind: Kind) -> str:
    """Pattern of a number with one of the kind's units behind it. ASCII digits: JSON Schema reads it too."""
    return rf"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+) ?[{''.join(kind.units)}]$"


def number(raw: Any, kind: Kind) -> float:
    """A finite number of this kind; "30%" is understood where a share or change is meant, "40万" where an amount is."""
    text = raw.strip() if isinstance(raw, str) else None
    value: Any = raw
    if text is not None and re.fullmatch(marked(kind), text):
        value = float(
            Decimal(text[:-1].strip()) * Decimal(kind.units[text[-1]])
        )  # exact: 4.35万 is 43,500
    if isinstance(value, bool) or not isinstance(value, int | float):
        shown = "nothing" if raw is None else repr(raw)
        fix = _("write {hint}", hint=kind.hint) if kind.hint else _("write a number")
        if (
            text is not None
            and text.replace(",", "").replace("_", "").replace(".", "", 1).isdigit()
        ):
            fix = _(
                "write {number}, without quotes or commas",
                number=text.replace(",", "").replace("_", ""),
            )
        raise Wrong(_("{raw} is not a number", raw=shown), fix)
    try:
        value = float(value)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise Wrong(
            _("{raw} is not a finite number", raw=raw),
            _("write {hint}", hint=kind.hint) if kind.hint else None,
        )
    if not kind.low <= value <= kind.high:
        most = (
            _("write a number of at most {most}", most=f"{kind.high:,.16g}")
            if value > kind.high >= 1e6
            else None
        )  # what the hint leaves out
        raise Wrong(
            _("{raw} is outside what is possible here", raw=raw),
            most or (_("write {hint}", hint=kind.hint) if kind.hint else None),
        )
    if kind.whole and value != int(value):
        raise Wrong(_("{raw} is not a whole number", raw=raw), _("write {hint}", hint=kind.hint))
    return int(value) if kind.whole else value


PLAIN = Kind("number", -1e15, 1e15, hint=_("a number"))


def read(hint: Any, raw: Any) -> Any:
    """`raw` as the type hint asks: numbers by `Kind`, text, lists, tuples and mappings of these."""
    origin = get_origin(hint)
    if origin is Annotated:
        kind = next((m for m in get_args(hint)[1:] if isinstance(m, Kind)), None)
        return number(raw, kind) if kind else read(get_args(hint)[0], raw)
    if origin in (Union, types.UnionType):
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
    if origin is dict:
        if not isinstance(raw, Mapping):
            raise Wrong(_("{raw} is not a mapping", raw=repr(raw)), _("write {{name: value, ...}}"))
        out = {}
        for key, value in raw.items():
            try:
                out[read(get_args(hint)[0], key)] = read(get_args(hint)[1], value)
            except Wrong as error:
                raise error.below(key) from None
        return out
    if origin in (list, tuple):
        if not isinstance(raw, list | tuple):
            raise Wrong(_("{raw} is not a list", raw=repr(raw)), _("write [a, b, ...]"))
        args = get_args(hint)
        fixed = origin is tuple and args and args[-1] is not Ellipsis
        if fixed and len(args) != len(raw):
            raise Wrong(_("{raw} values where {args} belong", raw=len(raw), args=len(args)))
        items = []
        for i, value in enumerate(raw):
            try:
                items.append(read(args[i] if fixed else args[0], value))
            except Wrong as error:
                raise error.below(i) from None
        return tuple(items)
    if hint is float:
        return number(raw, PLAIN)
    if hint is int:
        return int(number(raw, Kind("number", -1e15, 1e15, whole=True, hint=_("a whole number"))))
    if hint is bool:
        if not isinstance(raw, bool):
            raise Wrong(
                _("{raw} is neither true nor false", raw=repr(raw)), _("write true or false")
            )
        return raw
    if hint is str:
        if not isinstance(raw, str):
            raise Wrong(_("{raw} is not text", raw=repr(raw)), _("put it in quotes"))
        return raw
    if hint is Any:
        return raw
    if origin is Literal:
        if raw not in get_args(hint):
            raise Wrong(
                _("{raw} is not a choice here", raw=repr(raw)),
                did_you_mean(str(raw), map(str, get_args(hint))),
            )
        return raw
    raise TypeError(f"a scenario value cannot be of type {hint}")


def describe(hint: Any) -> dict[str, Any]:
    """The JSON Schema of what `read(hint, ...)` takes."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        kind = next((m for m in args[1:] if isinstance(m, Kind)), None)
        if kind is None:
            return describe(args[0])
        plain: dict[str, Any] = {"type": "integer" if kind.whole else "number", "minimum": kind.low}
        if kind.high != math.inf:
            plain["maximum"] = kind.high
        return {
            "anyOf": [plain, {"type": "string", "pattern": marked(kind)}],
            "description": kind.hint,
        }
    if origin is dict:
        return {"type": "object", "additionalProperties": describe(args[1])}
    if origin in (list, tuple):
        return {"type": "array", "items": describe(args[0])}
    if origin is Literal:
        return {"enum": list(args)}
    if args:
        return {"anyOf": [describe(arg) for arg in args]}
    return {
        float: {"type": "number"},
        int: {"type": "integer"},
        bool: {"type": "boolean"},
        str: {"type": "string"},
        type(None): {"type": "null"},
    }.get(hint, {})


def parameters(function: Callable[..., Any], skip: tuple[str, ...]) -> dict[str, Any]:
    """Type hints of a registered function or class, without those that the program fills in itself."""
    hints = get_type_hints(function, include_extras=True)
    return {
        name: hint
        for name, hint in hints.items()
        if name not in (*skip, "return", "self")
        and get_origin(hint) is not ClassVar
        and hint is not ClassVar
    }
