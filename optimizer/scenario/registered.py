"""Scenario entries that name something registered: rules and curves, with the parameters these
declare.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from inspect import Parameter
from typing import Any

from optimizer.allocation.problem import TOGETHER
from optimizer.allocation.rule import RULES, RuleSpec
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.response.curve import CURVES, Curve
from optimizer.scenario.values import UnknownKey, Wrong, below, parameters, read

_CURVE_BASE = tuple(field.name for field in dataclasses.fields(Curve))


def curve_hints(shape: str) -> dict[str, Any]:
    """Parameter -> type hint of a curve.

    Parameters
    ----------
    shape
        A registered curve.

    Returns
    -------
    dict[str, Any]
        Only what a founder states, in the order of the class.

    Raises
    ------
    UserError
        For an unknown curve.
    """
    return parameters(CURVES[shape], skip=_CURVE_BASE)


def rule_hints(name: str) -> dict[str, Any]:
    """Parameter -> type hint of a rule; its own value is called `value`.

    Parameters
    ----------
    name
        A registered rule.

    Returns
    -------
    dict[str, Any]
        Without `of`, which is read by itself.

    Raises
    ------
    UserError
        For an unknown rule.
    """
    hints = RULES[name].hints
    return {key: hint for key, hint in hints.items() if key not in ("plan", "of", "return")}


def curve_parameters(shape: str, given: Any) -> dict[str, Any]:
    """The parameters of a curve, read by the types its class declares.

    Parameters
    ----------
    shape
        A registered curve.
    given
        Its parameters by name; a bare list or number is the first one.

    Raises
    ------
    Wrong
        For unknown, missing or impossible parameters.
    """
    hints = curve_hints(shape)
    if not isinstance(given, dict):
        given = {next(iter(hints)): given}
    out: dict[str, Any] = {}
    with below(shape):
        for key, raw in given.items():
            name = CURVES[shape].also.get(key, key)
            _check_parameter(shape, key, name, hints, out)
            with below(key):
                out[name] = read(hints[name], raw)
    _check_complete(shape, hints, out)
    try:
        CURVES[shape](**out)
    except UserError as error:
        raise Wrong(error.problems[0].what, error.problems[0].fix, (shape,)) from None
    return out


def _check_parameter(
    shape: str, key: str, name: str, hints: Iterable[str], found: Iterable[str]
) -> None:
    """The curve has this parameter, and it was not given before under another name."""
    if name not in hints:
        raise Wrong(
            _("'{shape}' has no parameter '{key}'", shape=shape, key=key),
            did_you_mean(str(key), hints),
            (key,),
            at_key=True,
        )
    if name in found:
        raise Wrong(
            _("'{key}' and '{name}' are the same parameter", key=key, name=name),
            _("keep {name}", name=name),
            (key,),
            at_key=True,
        )


def _check_complete(shape: str, hints: Iterable[str], found: Iterable[str]) -> None:
    fields = [field for field in dataclasses.fields(CURVES[shape]) if field.name in hints]
    needed = [
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    missing = [name for name in needed if name not in found]
    if missing:
        raise Wrong(
            _("'{shape}' needs {names}", shape=shape, names=", ".join(missing)),
            _(
                "write {{{shape}: {{{names}}}}}",
                shape=shape,
                names=", ".join(f"{name}: ..." for name in needed),
            ),
            (shape,),
            at_key=True,
        )


def rule(raw: Any) -> Any:
    """An entry of `rules:`, read by the types the rule's function declares.

    Parameters
    ----------
    raw
        {max_cac: 45, of: x, ...}, as it stands in the file.

    Returns
    -------
    dict
        name, value, of, options.

    Raises
    ------
    Wrong
        With the path to what cannot be used.
    """
    if isinstance(raw, dict) and set(raw) == {"name", "value", "of", "options"}:
        return raw
    if not isinstance(raw, dict):
        raise Wrong(
            _("{raw} is not a rule", raw=repr(raw)),
            _("write {{max_cac: 45}}; see `optimizer list rules`"),
        )
    name = _rule_named(raw)
    spec, hints = RULES[name], rule_hints(name)
    of = _rule_scope(spec, raw)
    options = {}
    for key, value in raw.items():
        if key in (name, "of"):
            continue
        if key not in hints or key == "value":
            known = [hint for hint in hints if hint != "value"]
            raise UnknownKey(str(key), known + (["of"] if "of" in spec.parameters else []))
        with below(key):
            options[key] = read(hints[key], value)
    with below(name):
        value = read(hints["value"], raw[name])
    return {"name": name, "value": value, "of": of, "options": options}


def _rule_named(raw: dict[str, Any]) -> str:
    """The one rule that an entry names."""
    named = [key for key in raw if key in RULES]
    # a rule's name may be another one's option: min_channels takes a commit
    named = [key for key in named if not any(key in rule_hints(other) for other in named)]
    if len(named) > 1:
        raise Wrong(
            _("two rules in one entry: {names}", names=", ".join(map(str, named))),
            _("write each rule as a list entry of its own"),
            (named[1],),
            at_key=True,
        )
    if named:
        return named[0]
    odd = next((key for key in raw if key != "of"), None)
    if odd is None:
        raise Wrong(
            _("no rule is named here"),
            _("write {{max_cac: 45, of: ...}}; see `optimizer list rules`"),
        )
    raise UnknownKey(str(odd), list(RULES))


def _rule_scope(spec: RuleSpec, raw: dict[str, Any]) -> str | None:
    """What the entry's `of` names: a channel or group, several together, or None for the whole
    plan.
    """
    name, of, taken = spec.name, raw.get("of"), spec.parameters.get("of")
    if "of" in raw and taken is None:
        raise Wrong(
            _("'{name}' is about the whole plan and takes no 'of'", name=name),
            _("remove of:"),
            ("of",),
            at_key=True,
        )
    if isinstance(of, list | tuple):
        of = _several(of)
    if of is not None and (not isinstance(of, str) or not of.strip()):
        raise Wrong(
            _("{of} is not the name of a channel or group", of=repr(of)),
            _("write a channel, a platform prefix, a tag, or a list of these"),
            ("of",),
        )
    needed = taken is not None and taken.default is Parameter.empty and spec.hints["of"] is str
    if of is None and needed:
        raise Wrong(
            _("'{name}' needs 'of'", name=name),
            _("write {{{name}: ..., of: CHANNEL}}", name=name),
            (name,),
            at_key=True,
        )
    return of.strip() if of else None


def _several(names: Any) -> str:
    """`of: [a, b]`: several channels or groups together, in an order that does not matter."""
    for i, name in enumerate(names):
        if not isinstance(name, str) or not name.strip():
            raise Wrong(
                _("{of} is not the name of a channel or group", of=repr(name)),
                _("write a channel, a platform prefix or a tag"),
                ("of", i),
            )
    if not names:
        raise Wrong(
            _("'of' is an empty list"), _("name a channel or group, or leave of: out"), ("of",)
        )
    return TOGETHER.join(sorted({name.strip() for name in names}))
