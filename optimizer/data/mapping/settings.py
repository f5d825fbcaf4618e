"""KEY=VALUE, as `optimizer map --set` takes an entry of mapping.yaml."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import Any

from optimizer.data.mapping.keys import KEYS, MOST_ROWS, Wrong
from optimizer.errors import UserError
from optimizer.inputs import whole
from optimizer.messages import _
from optimizer.registry import did_you_mean

SHARED = ("aliases", "apart", "words")  # said of every file of a folder
BELOW = ("pairs", "lists")

Change = tuple[tuple[str, ...], Any]  # where in mapping.yaml, and what stands there


def change(text: str, file: str | None) -> Change:
    """One setting as a change of mapping.yaml.

    Parameters
    ----------
    text
        "channel=meta", "columns.spend=Cost", "aliases.douyin=抖音,Douyin".
    file
        The file's name, of which it is said; None: of the whole folder. Aliases, names to be kept
        apart and words are always the folder's.

    Raises
    ------
    UserError
        For an unknown key, with the nearest, and for a value that cannot be.
    """
    where = _("--set {setting}", setting=text)
    left, equals, right = text.partition("=")
    name, dot, below = (part.strip() for part in left.strip().partition("."))
    key = KEYS.get(name)
    if key is None:
        raise UserError(
            _("'{name}' is no entry of a mapping", name=name), where, did_you_mean(name, KEYS)
        )
    if not equals or not right.strip():
        raise UserError(
            _("there is no value"), where, _("write --set {key}=VALUE", key=left.strip())
        )
    if (key.form in BELOW) != bool(dot and below):
        raise UserError(
            _("'{name}' is about one name at a time", name=name)
            if key.form in BELOW
            else _("'{name}' is one value", name=name),
            where,
            _("write --set {key}.NAME=VALUE", key=name)
            if key.form in BELOW
            else _("write --set {key}=VALUE", key=name),
        )
    value = _value(key.form, name, right.strip())
    try:
        key.read({below: value} if below else value)
    except Wrong as error:
        raise UserError(error.what, where, error.fix) from None
    place = (name, below) if below else (name,)
    return place if file is None or name in SHARED else ("files", file, *place), value


def _value(form: str, name: str, text: str) -> Any:
    """The value as it stands in mapping.yaml."""
    if form in ("text", "pairs"):
        return text
    several = [cell.strip() for cell in next(csv.reader([text], skipinitialspace=True))]
    if form == "rows":
        numbers = [whole(cell, MOST_ROWS) for cell in several]
        rows = [cell if row is None else row for cell, row in zip(several, numbers, strict=True)]
        return rows[0] if len(rows) == 1 else rows
    return [several] if name == "apart" else several


def changes(texts: Sequence[str], file: str | None) -> list[Change]:
    """Several settings; those of one list come together."""
    out: dict[tuple[str, ...], Any] = {}
    for text in texts:
        place, value = change(text, file)
        both = isinstance(value, list) and place in out
        out[place] = [*out[place], *value] if both else value
    return list(out.items())
