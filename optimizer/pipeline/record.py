"""run.json: what it takes to repeat a run and to see that nothing has changed."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from optimizer.files import sha256
from optimizer.inputs import admit
from optimizer.scenario import Scenario
from optimizer.shown import hidden

LIBRARIES = (
    "attribution-budget-optimizer",
    "duckdb",
    "highspy",
    "networkx",
    "numpy",
    "pandas",
    "pulp",
    "scipy",
)


class Clock:
    """Seconds spent on each arrow of the pipeline."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def time(self, arrow: str) -> Iterator[None]:
        """Add what is done meanwhile to an arrow's seconds.

        Parameters
        ----------
        arrow
            Name of the arrow; the same name again adds to it.
        """
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[arrow] = round(
                self.seconds.get(arrow, 0.0) + time.perf_counter() - start, 3
            )


def record(scenario: Scenario, solver: Mapping[str, Any], clock: Clock) -> dict[str, Any]:
    """What run.json holds: scenario, hashes of inputs, versions, solver, seed and times.

    Only `times` differs between two equal runs.

    Parameters
    ----------
    scenario
        What was asked; passwords in its database addresses are left out.
    solver
        What the solver says of itself.
    clock
        Seconds of each arrow.

    Returns
    -------
    dict[str, Any]
        Ready for JSON. `inputs` holds the SHA-256 of every file, stream or folder under `data:`
        that is there; tables in a database are not among them.

    Raises
    ------
    UserError, OSError
        Where an input cannot be read.
    """
    inputs = {
        name: {"file": file, "sha256": sha256(admit(path, folder=True).path)}
        for name, file in sorted(scenario.data)
        if isinstance(file, str) and os.path.exists(path := scenario.place(file))
    }
    return {
        "scenario": stated(scenario),
        "inputs": inputs,
        "versions": {
            "python": platform.python_version(),
            **{name: _version(name) for name in LIBRARIES},
        },
        "solver": dict(solver),
        "seed": scenario.seed,
        "times": dict(clock.seconds),
    }


def stated(scenario: Scenario) -> Any:
    """A scenario as run.json holds it."""
    return _shareable(scenario.model_dump(mode="json"))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def folder_name(scenario: Scenario, file: Path | str) -> str:
    """Name of a scenario's folder under reports/: its own folder's name, or the file's stem.

    Parameters
    ----------
    scenario
        What was read from the file; its own name plays no part.
    file
        A scenario file, or the folder that holds one.

    Returns
    -------
    str
        One folder name, no path.
    """
    file = Path(file)
    if file.is_dir():
        return file.resolve().name
    return file.resolve().parent.name if file.name == "scenario.yaml" else file.stem


def _shareable(value: Any) -> Any:
    """The same without the passwords of database addresses: the record travels with the report."""
    if isinstance(value, dict):
        return {key: _shareable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shareable(item) for item in value]
    return hidden(value) if isinstance(value, str) else value
