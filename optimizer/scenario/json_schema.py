"""The JSON Schema of scenario files: editors complete keys and underline mistakes with it."""

from __future__ import annotations

import inspect
from typing import Any

from optimizer.scenario.registered import curve_hints, rule_hints
from optimizer.scenario.schema import Scenario
from optimizer.scenario.values import describe


def json_schema() -> dict[str, Any]:
    """Draft 2020-12 schema, generated from the same declarations that read the file."""
    from optimizer.allocation.limits import RULES
    from optimizer.response.curves import CURVES

    schema: dict[str, Any] = Scenario.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    definitions = schema["$defs"]
    definitions["CurveChoice"] = {
        "description": "a stated response curve: {shape: parameters}",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": {
            name: {"description": CURVES.help(name), **_parameters(curve_hints(name))}
            for name in CURVES
        },
    }
    definitions["Rule"] = {
        "description": "one rule: {name: value, of: channel or group}",
        "oneOf": [
            {
                "type": "object",
                "description": RULES.help(name),
                "required": [name],
                "additionalProperties": False,
                "properties": {
                    (name if key == "value" else key): describe(hint)
                    for key, hint in rule_hints(name).items()
                }
                | (
                    {"of": {"type": ["string", "array"]}}
                    if "of" in inspect.signature(RULES[name]).parameters
                    else {}
                ),
            }
            for name in RULES
        ],
    }
    return schema


def _parameters(hints: dict[str, Any]) -> dict[str, Any]:
    mapping = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: describe(hint) for name, hint in hints.items()},
    }
    return {"anyOf": [mapping, describe(next(iter(hints.values())))]} if hints else mapping
