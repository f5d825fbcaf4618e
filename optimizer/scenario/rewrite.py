"""Writing a changed scenario back as text: comments, order and everything not changed stay as they
were.
"""

from __future__ import annotations

import io
from collections.abc import MutableMapping, MutableSequence, Sequence
from pathlib import Path
from typing import Any

from optimizer.scenario.schema import Scenario
from optimizer.scenario.yaml_file import parse


def rewrite(scenario: Scenario, changes: Sequence[tuple[Sequence[str | int], Any]]) -> str:
    """The scenario's YAML text with other values at some places; None removes a key.

    Parameters
    ----------
    scenario
        Read from a file or text.
    changes
        (path, value): (("channels", "douyin/feed", "max"), 90000.0) or (("rules", 0, "max_cac"),
        50.0). A number one beyond a list's end adds to it; missing mappings on the way are made.

    Raises
    ------
    ValueError
        For a scenario that was not read from text.
    """
    from ruamel.yaml import YAML

    source = scenario._source
    if source is None:
        raise ValueError("this scenario was not read from text")
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


def _short(value: Any) -> Any:
    """50.0 as 50: as a person would write it."""
    return (
        int(value)
        if isinstance(value, float) and value == int(value) and abs(value) < 1e15
        else value
    )
