"""What estimates depend on: the contents of the scenario's files and the settings that count."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from glob import escape
from pathlib import Path
from typing import Any

from optimizer.addresses import is_address
from optimizer.data.mapping.file import MAPPING
from optimizer.files import sha256
from optimizer.scenario import Scenario
from optimizer.store import Kept, Store

SHEETS = (".xlsx", ".xls")  # of other files, what stands after `::` may reach beyond the file


def evidence(scenario: Scenario) -> tuple[str, str]:
    """The part of a scenario that tables, credit and curves depend on, to compare by.

    Parameters
    ----------
    scenario
        Its tables are compared by name, not by what stands in them.

    Returns
    -------
    tuple[str, str]
        Its folder, and as JSON all but name, budget, goal, rules and the channels' bounds;
        scenarios that are equal in it share their `Estimates`.
    """
    bounds = {"min": None, "max": None}
    channels = {
        name: channel.model_copy(update=bounds) for name, channel in scenario.channels.items()
    }
    slim = scenario.model_copy(
        update={"channels": channels, "rules": (), "goal": "", "budget": 0.0, "name": ""}
    )
    return (str(scenario.folder.resolve()), slim.model_dump_json())


def of_table(store: Store, place: str, told: Mapping[str, Any]) -> Kept:
    """What a store keeps for one table.

    Parameters
    ----------
    place
        Its path, or an address, of which nothing is kept.
    told
        How it is read.
    """
    path = None if store.folder is None or is_address(place) else _path(place)
    if path is None:
        return store.under(None, bool)
    seen = _stamps([path])
    return store.under({"table": _digests(path), "told": told}, lambda: _stamps([path]) == seen)


def under(store: Store, scenario: Scenario) -> Kept:
    """What a store keeps for a scenario.

    Parameters
    ----------
    store
        Of this scenario, or of several.
    scenario
        One with a table in a database, or in a stream, has nothing kept.
    """
    if store.folder is None:
        return store.under(None, bool)
    paths = [_path(scenario.place(file)) for __, file in scenario.data if isinstance(file, str)]
    seen = _stamps(paths)  # before the contents, so that what is written meanwhile is noticed
    found = contents(scenario)
    if found is None:
        return store.under(None, bool)
    key = {"contents": found, "settings": evidence(scenario)[1]}
    return store.under(key, lambda: _stamps(paths) == seen)


def contents(scenario: Scenario) -> dict[str, Any] | None:
    """Digests of all files that the scenario's tables are read from, by table and name.

    Returns
    -------
    dict | None
        None where something is read that has no contents of its own, and where nothing is read.
    """
    out: dict[str, Any] = {}
    if scenario.journey.get("identities") is not None:  # a table of its own
        return None
    for name, file in sorted(scenario.data):
        if not isinstance(file, str):
            continue
        path = None if is_address(file) else _path(scenario.place(file))
        if path is None:
            return None
        out[name] = _digests(path)
    return out or None


def _digests(path: Path) -> dict[str, str]:
    """Digest by name of a file, or of all files of a folder, and of what says how to read them."""
    return {other.relative_to(path.parent).as_posix(): sha256(other) for other in _files(path)}


def _path(place: str) -> Path | None:
    """The file or folder; None where what is read may be something else."""
    path, __, part = place.partition("::")
    if part and not path.lower().endswith(SHEETS):
        return None
    return Path(path) if os.path.isfile(path) or os.path.isdir(path) else None


def _files(path: Path) -> list[Path]:
    """A file with those beside it that say how it is read, or all files of a folder."""
    found = path.rglob("*") if path.is_dir() else path.parent.glob(f"{escape(path.name)}*")
    beside = (path if path.is_dir() else path.parent) / MAPPING
    return sorted({p for p in (*found, beside) if p.is_file()})


def _stamps(paths: Sequence[Path | None]) -> list[tuple[str, int, int]]:
    """Size and time of change of the same files: whether one was written meanwhile."""
    stats = [(str(p), p.stat()) for path in paths if path is not None for p in _files(path)]
    return [(name, known.st_size, known.st_mtime_ns) for name, known in stats]
