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
from optimizer.customers.segments import of_users
from optimizer.data.events import open_events
from optimizer.errors import UserError
from optimizer.journeys.groups import ga4_group
from optimizer.journeys.new_customers import until_first
from optimizer.journeys.prepared import rolled_up

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


# source / medium / campaign -> Google's name, each of its definitions once
GA4 = {
    "(direct) / (none)": "Direct",
    "google / cpc": "Paid Search",
    "google / organic": "Organic Search",
    "google / cpc / x cross-network": "Cross-network",
    "amazon.com / ppc": "Paid Shopping",
    "bing / paid_x / summer-shop": "Paid Shopping",
    "bing / organic / workshop": "Organic Search",
    "bing / organic / eshop": "Organic Shopping",
    "facebook.com / cpc": "Paid Social",
    "m.facebook.com / referral": "Organic Social",
    "partner / sm": "Organic Social",
    "youtube.com / cpv": "Paid Video",
    "youtube.com / referral": "Organic Video",
    "partner / banner": "Display",
    "partner / retargeting": "Paid Other",
    "blog / video-ad": "Organic Video",
    "news.site / referral": "Referral",
    "newsletter / e-mail": "Email",
    "partner / affiliate": "Affiliates",
    "spotify / audio": "Audio",
    "sms / x": "SMS",
    "firebase / x": "Mobile Push Notifications",
    "app / webpush": "Mobile Push Notifications",
    "foo / bar": "Unassigned",
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


def test_googles_default_channel_groups(tmp_path: Path, optimizer: Run) -> None:
    assert {name: ga4_group(name) for name in GA4} == GA4
    GA.to_csv(tmp_path / "paths.csv", index=False)
    words = ("attribute", tmp_path / "paths.csv", "-m", "last_non_direct", "--format", "json")
    found = asked(optimizer(*words, "--group", "ga4"), "last_non_direct")
    assert found == {"Direct": 4, "Organic Search": 10, "Paid Search": 6}
    own = optimizer(*words, "--group", "Mail=.*email", "--group", "ga4")
    assert asked(own, "last_non_direct") == found


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
    opened = open_events(file, timezone=zone)
    for made in (until_first(opened), of_users(opened)[0], rolled_up(opened)):
        assert attribute(made, "linear")["linear"].conversions.tolist() == [0.5, 0.5]
        stages = attribute(made, "markov_stages")["markov_stages"]
        assert stages.conversions.tolist() == pytest.approx([0.5, 0.5])


INJECTED = """user_id,timestamp,channel,event,value
=cmd|calc,2026-01-01 10:00,@tiktok,touch,
=cmd|calc,2026-01-02 10:00,,purchase,5
"""


def test_a_csv_guards_every_column_or_none(tmp_path: Path, optimizer: Run) -> None:
    file, out = tmp_path / "events.csv", tmp_path / "journeys.csv"
    file.write_text(INJECTED)
    for words, guard in (((), "'"), (("--raw",), "")):
        ran = optimizer(
            "attribute", file, "-m", "last", "--format", "csv", "--journeys", out, *words
        )
        assert ran.code == 0, ran.err
        assert f"\nlast,{guard}@tiktok,1.0," in ran.out
        assert ("apostrophe" in ran.err) == bool(guard)
        assert f"\n{guard}=cmd|calc,0,{guard}@tiktok,1,1.0,5.0" in out.read_text()
    assert asked(optimizer("attribute", file, "-m", "last", "--format", "json"), "last") == {
        "@tiktok": 1
    }


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--explain", "a", "--journeys", "j.csv"), "--journeys: does nothing with --explain"),
        (("--explain", "a", "--calibrate", "a=1"), "--calibrate: does nothing with --explain"),
        (("--explain", "a", "--intervals", "10"), "--intervals: does nothing with --explain"),
        (("--removal", "--journeys", "j.csv"), "--journeys: does nothing with --removal"),
        (("--removal", "--explain", "a"), "only one of --explain, --removal can be asked for"),
        (("--dialect", "spark"), "--dialect: nothing that is asked for uses it"),
        (("--timezone", "UTC"), "--timezone: a path table has neither users nor times"),
        (("--join", "reuses"), "--join: a path table has neither users nor times"),
        (("-m", "last", "--half-life", "3"), "--half-life: does nothing for last"),
        (("-m", "last", "--order", "2"), "--order: does nothing for last"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    words: tuple[str, ...], says: str, tmp_path: Path, optimizer: Run
) -> None:
    file = tmp_path / "paths.csv"
    file.write_text("path,conversions,value,nulls\na > b,3,30,1\na > c,1,5,1\n")
    ran = optimizer("attribute", file, *words)
    assert ran.code == 2
    assert says in " ".join(ran.err.split())
    assert not (tmp_path / "j.csv").exists()


DECLARED = """uid,when,source / medium,action,money
c1,2026-03-01 10:00,google / cpc,click,
c1,2026-03-01 10:10,google / cpc,click,
c2,2026-03-02 10:00,newsletter / email,view,
p,2026-03-03 10:00,(direct) / (none),click,
p,2026-03-03 10:05,,order,50
p,2026-03-04 10:05,,order,200
"""


def test_a_journey_is_declared_on_the_command_line(tmp_path: Path, optimizer: Run) -> None:
    """Columns, words, groups, visits, persons, orders and what joins them, each with its effect."""
    file, people = tmp_path / "e.csv", tmp_path / "people.csv"
    file.write_text(DECLARED)
    people.write_text("user_id,person_id\nc1,P\nc2,P\np,P\n")
    head = ("attribute", file, "--format", "json", "-m", "linear", "--touch", "click", "--touch",
            "view", "--conversion", "order", "--join", "closes")  # fmt: skip
    for pair in ("user_id=uid", "timestamp=when", "channel=source / medium", "event=action",
                 "value=money"):  # fmt: skip
        head = (*head, "--column", pair)
    assert asked(optimizer(*head), "linear") == {"(direct) / (none)": 1}
    one = (*head, "--identities", people, "--group", "ga4")
    quarters = {"Paid Search": 0.5, "Email": 0.25, "Direct": 0.25}
    assert asked(optimizer(*one), "linear") == quarters
    visits = {"Paid Search": 1 / 3, "Email": 1 / 3, "Direct": 1 / 3}
    assert asked(optimizer(*one, "--session", "30"), "linear") == pytest.approx(visits)
    reused = optimizer(*one, "--join", "reuses")
    assert asked(reused, "linear") == {name: 2 * part for name, part in quarters.items()}
    assert asked(optimizer(*one, "--join", "reuses", "--orders", "first"), "linear") == quarters
    assert asked(optimizer(*one, "--join", "reuses", "--orders", "repeat"), "linear") == quarters
    own = (*head, "--group", "Ads=google.*", "--group", "Rest=.*", "--identities", people)
    assert asked(optimizer(*own), "linear") == {"Ads": 0.5, "Rest": 0.5}
    said = optimizer(
        *(word for word in one if word not in ("--format", "json")), "--join", "reuses"
    )
    assert "What a journey is here: a touch is click or view, a conversion order; each" in said.out
    assert "channels are GA4's default channel groups." in said.out
    mixed = optimizer(
        *head, "--identities", people, "--group", "Mail=newsletter.*", "--group", "ga4"
    )
    assert asked(mixed, "linear") == {"Paid Search": 0.5, "Mail": 0.25, "Direct": 0.25}
    told = json.loads(reused.out)["journey"]
    assert (told["join"], told["groups"], told["touch"]) == ("reuses", "ga4", ["click", "view"])
    idle = optimizer(*head, "--group", "Tv=tv", "--group", "Rest=.*")
    assert idle.code == 1
    assert "the rule of the group 'Tv' is the first for no channel" in idle.err
    wrong = optimizer(*head, "--touch", "clik")
    assert "no event is called 'clik', so none is a touch" in wrong.err


def test_a_scenario_declares_its_journeys(tmp_path: Path) -> None:
    from optimizer.pipeline.credit import credit as credited
    from optimizer.pipeline.tables import read_tables
    from optimizer.scenario import load_scenario

    (tmp_path / "e.csv").write_text(
        DECLARED.replace("uid,when,source / medium,action,money", "user_id,timestamp,channel,event,"
        "value").replace(",order,", ",purchase,")
    )  # fmt: skip
    (tmp_path / "people.csv").write_text("user_id,person_id\nc1,P\nc2,P\np,P\n")
    head = "name: t\nbudget: 100\ndata: {events: e.csv}\nattribution: {model: markov}\n"
    tail = "channels: {Email: {curve: {saturating: {ceiling: 30, half_spend: 40}}}}\n"
    file = tmp_path / "scenario.yaml"
    said = "touch: [click, view], join: reuses, groups: ga4, identities: people.csv"
    file.write_text(f"{head}journeys: {{{said}, session_minutes: 30}}\n{tail}")
    scenario = load_scenario(file)
    found = credited(scenario, read_tables(scenario))
    assert found is not None
    third = pytest.approx(2 / 3)
    assert credit(found.shown, "linear") == {"Direct": third, "Email": third, "Paid Search": third}
    assert found.shown.journey.told()["join"] == "reuses"
    for wrong, says in (
        ("{join: reuse}", "journeys.join"),
        ("{tuch: [a]}", "did you mean 'touch'"),
    ):
        file.write_text(f"{head}journeys: {wrong}\n{tail}")
        with pytest.raises(UserError, match=says):
            load_scenario(file)


def test_a_comparison_takes_models(
    tmp_path: Path, optimizer: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One scenario once for each model; several scenarios all on one."""
    from optimizer.cli import compare

    solved: list[list[str | None]] = []

    def caught(scenarios: Any, *_: Any, **__: Any) -> Any:
        solved.append([scenario.attribution.model for scenario in scenarios])
        raise UserError("enough")

    monkeypatch.setattr(compare, "sweep", caught)
    (tmp_path / "paths.csv").write_text("path,conversions\na > b,3\n")
    file = tmp_path / "scenario.yaml"
    file.write_text(
        "name: x\nbudget: 10\ndata: {paths: paths.csv}\n"
        "channels: {a: {curve: {saturating: {ceiling: 3, half_spend: 4}}}}\n"
    )
    optimizer("compare", file, "--model", "last", "--model", "linear")
    optimizer("compare", file, file, "--model", "shapley")
    optimizer("compare", file, "--over", "budget=1,2", "--model", "first")
    assert solved == [["last", "linear"], ["shapley"] * 2, ["first"] * 2]
    for words, says in (
        (("--model", "lats"), "did you mean 'last'"),
        ((file, "--model", "last", "--model", "first"), "take one scenario"),
        (("--over", "budget=1,2", "--model", "last", "--model", "first"), "takes one --model"),
    ):
        assert says in " ".join(optimizer("compare", file, *words).err.split())
