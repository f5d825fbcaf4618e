"""What a file says of its journeys in other words than ours, and what is asked that matches nothing:
read right, or said.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer.attribution.attribute import attribute
from optimizer.errors import UserError

Run = Callable[..., Any]


def credit(found: Any, model: str, column: str = "conversions") -> dict[str, float]:
    """Channel -> number above 0, of one model."""
    one = found[model]
    pairs = zip(one.channels, getattr(one, column).tolist(), strict=True)
    return {name: number for name, number in pairs if number}


def asked(ran: Any, model: str) -> dict[str, float]:
    """The same, of the command's JSON."""
    assert ran.code == 0, ran.err
    models = {one["model"]: one for one in json.loads(ran.out)["models"]}
    return {
        row["channel"]: row["conversions"]
        for row in models[model]["channels"]
        if row["conversions"]
    }


GA = pd.DataFrame(
    {
        "path": [
            "google / organic > (direct) / (none)",
            "(direct) / (none)",
            "newsletter / email > google / cpc > (direct) / (none)",
        ],
        "conversions": [10, 4, 6],
        "value": [1000, 400, 900],
        "nulls": [5, 40, 10],
    }
)


@pytest.mark.parametrize("direct", ["(direct) / (none)", "Direct", "direct", "直接访问"])
def test_direct_traffic_is_known_by_every_usual_spelling(direct: str) -> None:
    frame = GA.assign(path=GA["path"].str.replace("(direct) / (none)", direct, regex=False))
    right = {direct: 4, "google / organic": 10, "google / cpc": 6}
    assert credit(attribute(frame, "last_non_direct"), "last_non_direct") == right


def test_a_direct_channel_that_is_not_there_is_said() -> None:
    with pytest.raises(UserError, match="no channel is called 'google / cpm'.*"):
        attribute(GA, "last", direct=("google / cpm",))
    found = attribute(GA.assign(path="a > b"), "last_non_direct")
    assert any("no channel is direct" in str(note) for note in found["last_non_direct"].notes)
