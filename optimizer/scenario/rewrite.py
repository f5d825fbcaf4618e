"""Writing a changed scenario back as text: comments, order and everything not changed stay as they
were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer.scenario.schema import Scenario
from optimizer.yaml_file import changed


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
    source = scenario._source
    if source is None:
        raise ValueError("this scenario was not read from text")
    return changed(source, changes)
