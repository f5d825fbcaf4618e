"""The table of events as people leave it behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]

START = np.datetime64("2026-01-05T00:00:00")  # a Monday
DAY = 86_400  # seconds


class EventLog:
    """Events of one company, gathered day by day."""

    def __init__(self) -> None:
        self._columns: list[tuple[Array, Array, Array, Array, Array]] = []

    def put(
        self, users: Array, day: int, second: Any, event: str, channel: str = "", value: Any = 0.0
    ) -> None:
        """Add one event for each of `users`, at seconds of a day."""
        n = len(users)
        if n:
            when = day * DAY + np.broadcast_to(second, n)
            words = (np.full(n, channel, object), np.full(n, event, object))
            self._columns.append((users, when, *words, np.broadcast_to(value, n)))

    def frame(self) -> pd.DataFrame:
        """One row per event, in order of time."""
        user, when, channel, event, value = (
            np.concatenate(parts) for parts in zip(*self._columns, strict=True)
        )
        frame = pd.DataFrame(
            {
                "user_id": user,
                "timestamp": START + when.astype("timedelta64[s]"),
                "channel": channel,
                "event": event,
                "value": np.round(value, 2),
            }
        )
        keys = ["timestamp", "user_id", "event"]
        return frame.sort_values(keys, kind="stable", ignore_index=True)
