"""Reading YAML with its positions, safely: plain data only, no duplicate keys, no aliases that
explode.
"""

from __future__ import annotations

import io
import re
from collections.abc import MutableMapping, MutableSequence, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.errors import UserError
from optimizer.foreign import foreign
from optimizer.inputs import content
from optimizer.messages import _
from optimizer.shown import CONTROLS, printable

MAX_BYTES = 500_000  # the reader takes a second for 30,000 of them
MAX_DEPTH = 40
MAX_MERGES = 500
MAX_NODES = 200_000


@dataclass(frozen=True)
class Source:
    """A YAML file as read: its text and the tree that still knows where everything stands."""

    name: str
    lines: tuple[str, ...]
    tree: Any
    folder: Path

    def locate(self, path: Sequence[str | int], at_key: bool = False) -> tuple[int, int] | None:
        """Line and column (both from 1) of the value at `path`, or of its key; of the nearest
        parent that exists.

        Parameters
        ----------
        path
            Keys and positions from the top.
        at_key
            The last key itself instead of what stands behind it (as for a key without a value).

        Returns
        -------
        tuple[int, int] | None
            None where not even the first step exists.
        """
        node, found = self.tree, None
        for i, step in enumerate(path):
            position = getattr(node, "lc", None)
            if position is None:
                break
            try:
                if isinstance(node, dict) and step in node:
                    last = i == len(path) - 1
                    line, column = position.key(step) if at_key and last else position.value(step)
                    if node[step] is None:
                        line, column = position.key(step)
                elif isinstance(node, list) and isinstance(step, int) and step < len(node):
                    line, column = position.item(step)
                else:
                    break
            except (KeyError, TypeError, AttributeError):
                break
            found = (line + 1, column + 1)
            node = node[step]
        return found

    def where(self, path: Sequence[str | int], at_key: bool = False) -> str:
        """ "scenario.yaml:6:12", or the file's name alone.

        Parameters
        ----------
        path, at_key
            As `locate` takes them.

        Returns
        -------
        str
            FILE:LINE:COLUMN, both from 1.
        """
        spot = self.locate(path, at_key)
        return f"{self.name}:{spot[0]}:{spot[1]}" if spot else self.name

    def excerpt(self, path: Sequence[str | int], at_key: bool = False) -> str:
        """The line with a caret under the culprit, or nothing.

        Parameters
        ----------
        path, at_key
            As `locate` takes them.

        Returns
        -------
        str
            Two lines; of a long line at most 100 characters around the culprit.
        """
        spot = self.locate(path, at_key)
        if not spot or spot[0] > len(self.lines):
            return ""
        line, column = self.lines[spot[0] - 1], spot[1]
        start = max(0, column - 60)
        mark = f"{spot[0]:>3} | "
        under = " " * (len(mark) - 2) + "| " + " " * (column - 1 - start)
        return f"{mark}{line[start : start + 100]}\n{under}^"


def read_yaml(file: Path | str) -> Source:
    """Parse a YAML file. Raises UserError with line and column for anything that is not sound
    YAML.
    """
    file = Path(file)
    with suppress(OSError, ValueError):  # the gate says what is wrong with a name
        file = file / "scenario.yaml" if file.is_dir() else file
    name = str(file)
    fix = _("check the path, or start one with `optimizer new DIR`")
    raw = content(file, MAX_BYTES, fix)
    if b"\0" in raw[:4096] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(
            _("this is a binary file, not a scenario"),
            name,
            _("a scenario is YAML text; see `optimizer new DIR`"),
        )
    return parse(decoded(raw, name), name, file.parent)


def decoded(raw: bytes, name: str) -> str:
    """The text of a file's bytes.

    Raises
    ------
    UserError
        For what is neither UTF-8 nor UTF-16 nor GB18030.
    """
    for encoding in (
        ("utf-16",) if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    ):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError(_("the text is neither UTF-8 nor GB18030"), name, _("save the file as UTF-8"))


def parse(text: str, name: str, folder: Path) -> Source:
    """Parse YAML text; see `read_yaml`.

    Parameters
    ----------
    text
        YAML.
    name
        What it is called in messages.
    folder
        What its paths are relative to.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    _refuse_bombs(text, name)
    reader = YAML(typ="rt", pure=True)
    reader.allow_duplicate_keys = False
    try:
        tree = reader.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        spot = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        said = error.problem or "not sound YAML"
        fix = (
            _("write each key once")
            if isinstance(error, DuplicateKeyError)
            else _("check indentation, colons and quotes; names with : or # need quotes")
        )
        raise UserError(foreign(said), spot, fix) from None
    except (YAMLError, ValueError, RecursionError) as error:
        what = _("it is nested too deeply") if isinstance(error, RecursionError) else foreign(error)
        raise UserError(
            _("not sound YAML: {what}", what=what),
            name,
            _("see `optimizer new DIR` for an example"),
        ) from None
    if tree is None:
        raise UserError(_("the file is empty"), name, _("start from `optimizer new DIR`"))
    return Source(name, tuple(text.splitlines()), tree, folder)


def _refuse_bombs(text: str, name: str) -> None:
    """Refuse what would keep the reader busy for minutes; brackets in quotes count too."""
    open_ = deepest = 0
    for sign in re.findall(r"[\[\]{}]", text):
        open_ = max(0, open_ + (1 if sign in "[{" else -1))
        deepest = max(deepest, open_)
    if deepest > 5 * MAX_DEPTH or text.count("<<") > MAX_MERGES:
        raise UserError(
            _("this is far too large or too deep for a scenario"),
            name,
            _("write values out instead of using aliases"),
        )


def plain(node: Any, name: str) -> Any:
    """The tree as plain dicts, lists and scalars. Refuses more nodes than any scenario has (alias
    bombs).

    Parameters
    ----------
    node
        What the YAML reader made.
    name
        What the file is called in messages.

    Returns
    -------
    Any
        Dates become ISO text, keys keep their type.

    Raises
    ------
    UserError
        For more than `MAX_NODES` values, or more than 40 levels.
    """
    left = [MAX_NODES]

    def walk(item: Any, depth: int) -> Any:
        left[0] -= 1
        if left[0] < 0 or depth > MAX_DEPTH:
            raise UserError(
                _("this is far too large or too deep for a scenario"),
                name,
                _("write values out instead of using aliases"),
            )
        if isinstance(item, str) and CONTROLS.search(item):
            raise UserError(
                _("'{text}' holds a control character", text=printable(item)[:80]),
                name,
                _("write it without \\x.. and \\u.. escapes"),
            )
        if isinstance(item, dict):
            for key in item:
                if isinstance(key, str):
                    walk(key, depth)
            return {
                (k if isinstance(k, str) else _scalar(k)): walk(v, depth + 1)
                for k, v in item.items()
            }
        if isinstance(item, list | tuple):
            return [walk(v, depth + 1) for v in item]
        return _scalar(item)

    return walk(node, 0)


def _scalar(item: Any) -> Any:
    if isinstance(item, bool) or item is None:
        return item
    for kind in (int, float, str):
        if isinstance(item, kind):
            return kind(item)
    if hasattr(item, "isoformat"):
        return item.isoformat()[:10] if getattr(item, "hour", 0) == 0 else item.isoformat()
    if type(item).__name__ == "ScalarBoolean":
        return bool(item)
    return str(item)


def changed(source: Source, changes: Sequence[tuple[Sequence[str | int], Any]]) -> str:
    """The text of a YAML file with other values at some places; None removes a key, or an item of a
    list.

    Parameters
    ----------
    source
        The file as read; comments, order and everything not changed stay as they were.
    changes
        (path, value) pairs. A number one beyond a list's end adds to it; missing mappings on the
        way are made.
    """
    from ruamel.yaml import YAML

    tree = parse("\n".join(source.lines) + "\n", source.name, Path(source.folder)).tree
    for path, value in changes:
        _put(tree, path, _short(value))
    writer = YAML(typ="rt", pure=True)
    writer.preserve_quotes = True
    writer.width = 4096
    writer.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    writer.dump(tree, out)
    return out.getvalue()


def _put(node: Any, path: Sequence[str | int], value: Any) -> None:
    for step in path[:-1]:
        if isinstance(node, MutableMapping) and node.get(step) is None:
            if value is None:
                return
            node[step] = {}
        node = node[step]
    last = path[-1]
    if isinstance(node, MutableSequence) and last == len(node):
        node.append(value)
    elif value is not None:
        node[last] = value
    elif isinstance(node, MutableMapping):
        node.pop(last, None)
    elif isinstance(last, int) and last < len(node):
        del node[last]


def _short(value: Any) -> Any:
    """50.0 as 50: as a person would write it."""
    return (
        int(value)
        if isinstance(value, float) and value == int(value) and abs(value) < 1e15
        else value
    )
