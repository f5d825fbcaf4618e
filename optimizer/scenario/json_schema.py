"""The JSON Schema of scenario files: editors complete keys and underline mistakes with it."""

from __future__ import annotations

from typing import Any

from optimizer.allocation.rule import RULES
from optimizer.response.curve import CURVES
from optimizer.scenario.registered import curve_hints, rule_hints
from optimizer.scenario.schema import Scenario
from optimizer.scenario.values import describe


def json_schema() -> dict[str, Any]:
    """Draft 2020-12 schema, generated from the same declarations that read the file."""
    schema: dict[str, Any] = Scenario.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    definitions = schema["$defs"]
    for definition in definitions.values():  # docstrings, without their line breaks
        if "description" in definition:
            definition["description"] = " ".join(definition["description"].split())
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
        "oneOf": [_rule(name) for name in RULES],
    }
    return schema


def _rule(name: str) -> dict[str, Any]:
    hints = rule_hints(name)
    known = {(name if key == "value" else key): describe(hint) for key, hint in hints.items()}
    scope = {"of": {"type": ["string", "array"]}} if "of" in RULES[name].parameters else {}
    return {
        "type": "object",
        "description": RULES.help(name),
        "required": [name],
        "additionalProperties": False,
        "properties": known | scope,
    }


def _parameters(hints: dict[str, Any]) -> dict[str, Any]:
    mapping = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: describe(hint) for name, hint in hints.items()},
    }
    return {"anyOf": [mapping, describe(next(iter(hints.values())))]} if hints else mapping
