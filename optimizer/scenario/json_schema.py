"""The JSON Schema of scenario files: editors complete keys and underline mistakes with it."""

from __future__ import annotations

import inspect
from typing import Annotated, Any, Literal, get_args, get_origin

from optimizer.scenario.registered import curve_hints, rule_hints
from optimizer.scenario.schema import Scenario
from optimizer.units import Kind


def json_schema() -> dict[str, Any]:
    """Draft 2020-12 schema, generated from the same declarations that read the file."""
    from optimizer.allocation.limits import RULES
    from optimizer.response.curves import CURVES

    schema: dict[str, Any] = Scenario.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    definitions = schema["$defs"]
    definitions["CurveChoice"] = {
        "description": "a stated response curve: {shape: parameters}",
        "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": False,
        "properties": {name: {"description": CURVES.help(name), **_parameters(curve_hints(name))} for name in CURVES},
    }
    definitions["Rule"] = {
        "description": "one rule: {name: value, of: channel or group}",
        "oneOf": [
            {
                "type": "object", "description": RULES.help(name), "required": [name], "additionalProperties": False,
                "properties": {
                    (name if key == "value" else key): _value(hint) for key, hint in rule_hints(name).items()
                } | ({"of": {"type": "string"}} if "of" in inspect.signature(RULES[name]).parameters else {}),
            }
            for name in RULES
        ],
    }
    return schema


def _parameters(hints: dict[str, Any]) -> dict[str, Any]:
    mapping = {
        "type": "object", "additionalProperties": False, "properties": {name: _value(hint) for name, hint in hints.items()},
    }
    return {"anyOf": [mapping, _value(next(iter(hints.values())))]} if hints else mapping


def _value(hint: Any) -> dict[str, Any]:
    """The schema of one value, from the type hint that reads it."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        kind = next((m for m in args[1:] if isinstance(m, Kind)), None)
        if kind is None:
            return _value(args[0])
        number: dict[str, Any] = {"type": "integer" if kind.whole else "number", "minimum": kind.low, "description": kind.hint}
        if kind.high != float("inf"):
            number["maximum"] = kind.high
        if kind.name in ("share", "change", "ratio"):
            return {"anyOf": [number, {"type": "string", "pattern": "^[+-]?[0-9.]+%$"}]}
        return number
    if origin is dict:
        return {"type": "object", "additionalProperties": _value(args[1])}
    if origin in (list, tuple):
        return {"type": "array", "items": _value(args[0])}
    if origin is Literal:
        return {"enum": list(args)}
    if args:
        return {"anyOf": [_value(arg) for arg in args]}
    return {float: {"type": "number"}, int: {"type": "integer"}, bool: {"type": "boolean"}, str: {"type": "string"},
            type(None): {"type": "null"}}.get(hint, {})
