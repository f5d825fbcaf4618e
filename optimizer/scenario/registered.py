"""Scenario entries that name something registered: rules and curves, with the parameters these declare."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

from optimizer.allocation.problem import TOGETHER
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.response.curves import CURVES, Curve
from optimizer.scenario.values import Wrong, parameters, read

_CURVE_BASE = tuple(field.name for field in dataclasses.fields(Curve))


def curve_hints(shape: str) -> dict[str, Any]:
    """Parameter -> type hint of a curve."""
    return parameters(CURVES[shape], skip=_CURVE_BASE)


def rule_hints(name: str) -> dict[str, Any]:
    """Parameter -> type hint of a rule; its own value is called `value`."""
    from optimizer.allocation.limits import RULES

    return parameters(RULES[name], skip=("plan", "of"))


def curve_parameters(shape: str, given: Any) -> dict[str, Any]:
    """The parameters of a curve, read by the types its class declares. A bare list or number is its first one."""
    hints = curve_hints(shape)
    if not isinstance(given, dict):
        given = {next(iter(hints)): given}
        inside: tuple[str | int, ...] = (shape,)
    else:
        inside = (shape,)
    out = {}
    for key, raw in given.items():
        name = CURVES[shape].also.get(key, key)
        if name not in hints:
            raise Wrong(
                _("'{shape}' has no parameter '{key}'", shape=shape, key=key),
                did_you_mean(str(key), hints),
                (*inside, key),
                at_key=True,
            )
        if name in out:
            raise Wrong(
                _("'{key}' and '{name}' are the same parameter", key=key, name=name),
                _("keep {name}", name=name),
                (*inside, key),
                at_key=True,
            )
        try:
            out[name] = read(hints[name], raw)
        except Wrong as error:
            raise error.below(key).below(shape) from None
    needed = [f.name for f in dataclasses.fields(CURVES[shape]) if f.name in hints and _required(f)]
    missing = [name for name in needed if name not in out]
    if missing:
        raise Wrong(
            _("'{shape}' needs {names}", shape=shape, names=", ".join(missing)),
            _(
                "write {{{shape}: {{{names}}}}}",
                shape=shape,
                names=", ".join(f"{n}: ..." for n in needed),
            ),
            inside,
            at_key=True,
        )
    try:
        CURVES[shape](**out)
    except UserError as error:
        raise Wrong(error.problems[0].what, error.problems[0].fix, inside) from None
    return out


def _several(names: Any) -> str | None:
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


def _required(field: Any) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def rule(raw: Any) -> Any:
    """{max_cac: 45, of: x, ...} as {name, value, of, options}, read by the types the rule's function declares."""
    from optimizer.allocation.limits import RULES

    if isinstance(raw, dict) and set(raw) == {"name", "value", "of", "options"}:
        return raw
    if not isinstance(raw, dict):
        raise Wrong(
            _("{raw} is not a rule", raw=repr(raw)),
            _("write {{max_cac: 45}}; see `optimizer list rules`"),
        )
    named = [key for key in raw if key in RULES]
    named = [
        key for key in named if not any(key in rule_hints(other) for other in named)
    ]  # min_channels takes a commit
    if len(named) > 1:
        raise Wrong(
            _("two rules in one entry: {names}", names=", ".join(map(str, named))),
            _("write each rule as a list entry of its own"),
            (named[1],),
            at_key=True,
        )
    if not named:
        odd = next((key for key in raw if key != "of"), None)
        if odd is None:
            raise Wrong(
                _("no rule is named here"),
                _("write {{max_cac: 45, of: ...}}; see `optimizer list rules`"),
            )
        raise Wrong(
            _("unknown key '{odd}'", odd=odd), did_you_mean(str(odd), RULES), (odd,), at_key=True
        )
    name = named[0]
    hints = rule_hints(name)
    signature = inspect.signature(RULES[name]).parameters
    takes_of = "of" in signature
    of = raw.get("of")
    if "of" in raw and not takes_of:
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
    if (
        of is None
        and takes_of
        and signature["of"].default is inspect.Parameter.empty
        and signature["of"].annotation in (str, "str")
    ):
        raise Wrong(
            _("'{name}' needs 'of'", name=name),
            _("write {{{name}: ..., of: CHANNEL}}", name=name),
            (name,),
            at_key=True,
        )
    options = {}
    for key, value in raw.items():
        if key in (name, "of"):
            continue
        if key not in hints or key == "value":
            known = [h for h in hints if h != "value"] + (["of"] if takes_of else [])
            raise Wrong(
                _("unknown key '{odd}'", odd=key),
                did_you_mean(str(key), known),
                (key,),
                at_key=True,
            )
        try:
            options[key] = read(hints[key], value)
        except Wrong as error:
            raise error.below(key) from None
    try:
        value = read(hints["value"], raw[name])
    except Wrong as error:
        raise error.below(name) from None
    return {"name": name, "value": value, "of": of.strip() if of else None, "options": options}
