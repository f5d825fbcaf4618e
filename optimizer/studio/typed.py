"""What is typed into a field, as it stands in YAML, and back."""

from __future__ import annotations

import json
import re
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from optimizer.yaml_file import parse, plain

LONG = 2000  # characters of one field
_GROUPED = re.compile(r"[¥￥$€£]?\s*([+-]?\d{1,3}(?:[,  ]\d{3})+(?:\.\d+)?)")
_MONEY = re.compile(r"[¥￥$€£]\s*(\S.*)")


def shown(value: Any) -> str:
    """A value of the scenario as a person types it.

    >>> shown(None), shown(400000.0), shown("40万"), shown(["a", "b"])
    ('', '400000', '40万', '["a", "b"]')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.15g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def typed(text: str) -> Any:
    """What a person typed, as YAML holds it; nothing is None.

    Signs of currency and marks between thousands are left out.

    Raises
    ------
    UserError
        For brackets that do not close.

    Examples
    --------
    >>> typed("¥1,200.50"), typed("40万"), typed("{W1: 500}"), typed(" "), typed("30%")
    (1200.5, '40万', {'W1': 500}, None, '30%')
    """
    text = text.strip()[:LONG]
    if not text:
        return None
    if grouped := _GROUPED.fullmatch(text):
        text = re.sub(r"[,  ]", "", grouped[1])
    elif money := _MONEY.fullmatch(text):
        text = money[1]
    if text[0] not in "[{" and not re.fullmatch(r"[+-]?[\d.]+(?:[eE][+-]?\d+)?", text):
        return {"true": True, "false": False}.get(text, text)
    return plain(parse(text, text[:40], Path()).tree, text[:40])


def listed(text: str) -> Any:
    """A name, or a list of names in brackets; nothing is None."""
    text = text.strip()[:LONG]
    return typed(text) if text.startswith("[") else text or None


def choices(hint: Any) -> tuple[str, ...]:
    """What a value may be, where that is a list of words."""
    if get_origin(hint) is Literal:
        return tuple(str(word) for word in get_args(hint))
    return ("true", "false") if hint is bool else ()


def is_name(hint: Any) -> bool:
    """Whether a value is text as it is typed."""
    inner = set(get_args(hint)) if get_origin(hint) in (Union, types.UnionType) else {hint}
    return inner <= {str, type(None)}


def is_number(hint: Any) -> bool:
    """Whether a value is a number."""
    return get_origin(hint) is Annotated or hint in (int, float)
