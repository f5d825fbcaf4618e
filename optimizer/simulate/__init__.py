"""Simulated companies whose truth is known: data as a founder has it, and beside it what is really
going on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from optimizer.results.commit import commit
from optimizer.simulate.events import START, Events, draw
from optimizer.simulate.knobs import Knobs
from optimizer.simulate.truth import Terms, Truth
from optimizer.simulate.world import WORLDS
from optimizer.simulate.write import FILES, write

__all__ = ["START", "WORLDS", "Events", "Knobs", "Terms", "Truth", "draw", "simulate"]


def simulate(
    folder: Path | str,
    seed: int = 1,
    users: int = 20_000,
    weeks: int = 26,
    channels: int = 6,
    world: str = "stages",
    generic_names: bool = False,
    **knobs: Any,
) -> Truth:
    """Write data/events, data/spend.csv, scenario.yaml and truth.json into `folder`, in one commit.

    Events are csv up to a million rows, parquet above. Other files in the folder stay.

    Parameters
    ----------
    folder
        Made where it does not exist.
    seed
        The same seed gives the same bytes.
    users, weeks, channels
        How large the company is.
    world
        A name in `WORLDS`.
    generic_names
        channel_01, channel_02, ... instead of the trade's names.
    knobs
        See `Knobs`.
    """
    size = Knobs().but(users=users, weeks=weeks, channels=channels, **knobs)
    truth, events = draw(seed, size, world, "generic" if generic_names else "trade")
    with commit(folder, FILES) as part:
        write(part, truth, events, seed)
    return truth
