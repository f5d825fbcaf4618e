"""SOURCE on the command line: a table as it is, or the table that a scenario names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.pipeline.tables import with_segment
from optimizer.scenario import Scenario, load_scenario


@dataclass(frozen=True)
class Named:
    """What SOURCE stands for: the table, its column names, and the scenario behind it, if any."""

    table: str
    columns: dict[str, str] | None = None
    scenario: Scenario | None = None


def resolve(source: str) -> Named:
    """A scenario file (or a folder holding scenario.yaml) becomes its events, else its paths.

    Parameters
    ----------
    source
        SOURCE as it was typed: a path, a database address, or a scenario's file or folder.

    Returns
    -------
    Named
        `scenario` is None where SOURCE is the table itself, which is not looked at yet.

    Raises
    ------
    UserError
        Where the scenario cannot be read, or names no journeys.
    """
    path = Path(source)
    if not (path.suffix.lower() in (".yaml", ".yml") or (path / "scenario.yaml").is_file()):
        return Named(source)
    scenario = load_scenario(path)
    kind: Literal["events", "paths"] = "events" if scenario.data.events is not None else "paths"
    table = scenario.data.paths if scenario.data.events is None else scenario.data.events
    if table is None:
        raise UserError(
            _("this scenario names no journeys"),
            scenario.where("data"),
            _("add data: {{events: FILE}} or data: {{paths: FILE}}"),
        )
    columns = with_segment(scenario, kind, scenario.columns.get(kind))
    return Named(scenario.place(table), columns, scenario)
