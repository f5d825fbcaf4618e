"""The first arrow: open and check every table a scenario names, all problems together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.data.open import open_events, open_paths, read_spend
from optimizer.data.reading.columns import header_key
from optimizer.data.sources import open_raw
from optimizer.data.tables import Events, Paths, Spend
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.scenario import Scenario


@dataclass(frozen=True)
class Tables:
    """What the scenario's data holds; None where it names none."""

    events: Events | None = None
    paths: Paths | None = None
    spend: Spend | None = None

    @property
    def journeys(self) -> Events | Paths | None:
        """The journeys, from events where both are given."""
        return self.events if self.events is not None else self.paths


def read_tables(scenario: Scenario) -> Tables:
    """Open and check the scenario's tables.

    Raises
    ------
    Problems
        With everything wrong in any of them.
    """
    opened: dict[str, Any] = {}
    wrong: list[Problem] = []
    columns: Mapping[Any, dict[str, str]] = scenario.columns
    for name, reader in (("events", open_events), ("paths", open_paths), ("spend", read_spend)):
        file = getattr(scenario.data, name)
        if file is None:
            continue
        path = scenario.folder / Path(file).expanduser()
        if "://" not in file and "::" not in file and not path.exists():
            wrong.append(
                Problem(
                    _("there is no {file}", file=path),
                    scenario.where("data", name),
                    _("paths are relative to the scenario's folder"),
                )
            )
            continue
        try:
            opened[name] = reader(
                *_with_segment(
                    scenario, name, file if "://" in file else str(path), columns.get(name)
                )
            )
        except UserError as error:
            wrong.extend(error.problems)
    if wrong:
        raise Problems(wrong)
    return Tables(**opened)


def _with_segment(
    scenario: Scenario, name: str, source: Any, columns: dict[str, str] | None
) -> tuple[Any, dict[str, str] | None]:
    """The source and its columns' names, with the scenario's column for segments among them. Spend
    may lack it.
    """
    if scenario.segments is None or name == "paths" or "segment" in (columns or {}):
        return source, columns
    raw = open_raw(source)
    return raw, with_segment(scenario, name, columns, raw.columns)


def with_segment(
    scenario: Scenario,
    name: str,
    columns: Mapping[str, str] | None,
    there: Iterable[str] | None = None,
) -> dict[str, str] | None:
    """The names of a table's columns with the scenario's column for segments.

    Parameters
    ----------
    name
        events | paths | spend.
    columns
        Our column -> the table's (None: as they are).
    there
        The table's columns; spend has a segment only where it is among them.
    """
    known = None if columns is None else dict(columns)
    if scenario.segments is None or name == "paths" or "segment" in (known or {}):
        return known
    if name == "spend" and header_key(scenario.segments.column) not in {
        header_key(column) for column in there or ()
    }:
        return known
    return {**(known or {}), "segment": scenario.segments.column}


def refuse_unknown_channels(scenario: Scenario, known: Set[str]) -> None:
    """Channels that the scenario only bounds, and no table knows, are most likely a slip of the
    pen.

    Raises
    ------
    Problems
        With each of them.
    """
    out = []
    for name, channel in scenario.channels.items():
        stated = (
            channel.curve is not None
            or channel.customers is not None
            or channel.exposure is not None
            or (
                channel.bookings is not None
                and (channel.bookings.customers is not None or channel.bookings.touches is not None)
            )
        )
        if name in known or stated or any(other.startswith(f"{name}/") for other in known):
            continue
        fix = (
            did_you_mean(name, known)
            if known
            else _("state its response with curve:, or name tables under data:")
        )
        out.append(
            Problem(
                _("channel '{name}' is in no table and has no curve", name=name),
                scenario.where("channels", name, at_key=True),
                fix,
            )
        )
    if out:
        raise Problems(out)
