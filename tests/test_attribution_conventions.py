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
    with pytest.raises(UserError, match="no channel is called 'google / cpm'"):
        attribute(GA, "last", direct=("google / cpm",))
    found = attribute(GA.assign(path="a > b"), "last_non_direct")
    assert any("no channel is direct" in str(note) for note in found["last_non_direct"].notes)


TABLE = "path,conversions,value,nulls\n"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('"[""Paid Search"",""Direct""]",10,100,3\n"[""Direct""]",5,20,4\n', ()),
        ("\"['Paid Search', 'Direct']\",10,100,3\n\"['Direct']\",5,20,4\n", ()),
        ("Paid Search → Direct,10,100,3\nDirect,5,20,4\n", ()),
        ("Paid Search -> Direct,10,100,3\nDirect,5,20,4\n", ()),
        ("Paid Search | Direct,10,100,3\nDirect,5,20,4\n", ("--separator", "|")),
        ('"Paid Search,Direct",10,100,3\nDirect,5,20,4\n', ("--separator", ",")),
    ],
)
def test_paths_joined_otherwise_are_the_same_paths(
    rows: str, words: tuple[str, ...], tmp_path: Path, optimizer: Run
) -> None:
    file = tmp_path / "paths.csv"
    file.write_text(TABLE + rows)
    ran = optimizer("attribute", file, "-m", "first", "--format", "json", *words)
    assert asked(ran, "first") == {"Paid Search": 10, "Direct": 5}
    if words:
        doubtful = optimizer("attribute", file, "-m", "first")
        assert doubtful.code == 1
        assert f"separator '{words[1]}'" in doubtful.err
        name = optimizer("attribute", file, "-m", "first", "--separator", ">", "--format", "json")
        assert len(asked(name, "first")) == 2


def test_a_name_in_a_list_cannot_hold_what_joins_touches() -> None:
    frame = pd.DataFrame({"path": ['["a > b"]', '["c"]'], "conversions": [1, 2]})
    with pytest.raises(UserError, match="cannot stand in a name"):
        attribute(frame, "last")


def test_journeys_without_a_conversion_are_known_by_either_header(
    tmp_path: Path, optimizer: Run
) -> None:
    rows = "A > B,30,70\nB,10,490\nA,5,195\n"
    file = tmp_path / "paths.csv"
    for header in ("nulls", "total_non_conversions", "non_conversions"):
        file.write_text(f"path,total_conversions,{header}\n{rows}")
        found = attribute(file, ["markov", "fractribution"])
        shares = [round(100 * float(found[m].share[0]), 1) for m in ("markov", "fractribution")]
        assert shares == [22.6, 44.7]
    file.write_text(f"path,total_conversions,bounced\n{rows}")
    ran = optimizer("attribute", file)
    assert ran.code == 1
    assert "column 'bounced' holds numbers, and nothing here uses it" in ran.err
    for words in (("--ignore", "bounced"), ("--column", "nulls=bounced")):
        assert optimizer("attribute", file, *words).code == 0
    assert optimizer("attribute", file, "--ignore", "bouncd").code == 1


DST = """user_id,timestamp,channel,event,value
u,2026-11-01T05:30:00Z,email,touch,
u,2026-11-01T06:10:00Z,search,touch,
u,2026-11-01T06:20:00Z,,purchase,50
"""


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
def test_instants_order_events_and_zones_only_show_them(
    zone: str, tmp_path: Path, optimizer: Run
) -> None:
    """The night on which New York's clocks turn back: 05:30 Z is 01:30, 06:10 Z is 01:10."""
    file = tmp_path / "dst.csv"
    file.write_text(DST)
    words = ("-m", "linear", "-m", "markov", "--timezone", zone, "--format", "json")
    assert asked(optimizer("attribute", file, *words), "linear") == {"email": 0.5, "search": 0.5}
    ran = optimizer("attribute", file, "-m", "linear", "--by", "day", "--timezone", zone)
    assert "2026-11-01" in ran.out
