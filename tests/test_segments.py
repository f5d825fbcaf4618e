"""Plans by segment of people, on small worlds in which it is known what a touch sells in each segment."""

from __future__ import annotations

import csv
import json
import math
import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from optimizer.errors import UserError
from optimizer.pipeline import run
from optimizer.pipeline.segment_split import heterogeneity
from optimizer.pipeline.segments import Persona, Personas
from optimizer.report import write
from optimizer.response.channel import Response
from optimizer.response.shapes.bounded import saturating
from optimizer.scenario import load_scenario

PRICE = 2.0  # currency per touch, the same everywhere
APART = {
    ("feed", "young"): 0.12,
    ("feed", "old"): 0.03,
    ("search", "young"): 0.06,
    ("search", "old"): 0.06,
}
ALIKE = {
    (channel, segment): rate
    for channel, rate in (("feed", 0.06), ("search", 0.07))
    for segment in ("young", "middle", "old")
}


def world(
    folder: Path,
    rates: dict[tuple[str, str], float],
    people: int = 6000,
    milestones: bool = False,
    spend_by_segment: bool = True,
) -> Path:
    """Everybody is touched once, and buys for 100 within the hour with the chance of channel and segment."""
    rng = random.Random("segments")
    folder.mkdir(parents=True, exist_ok=True)
    events, spend = [["user_id", "timestamp", "channel", "event", "value", "age"]], {}
    each = people // (8 * len(rates))
    for week in range(8):
        for channel, segment in sorted(rates):
            touches = round(each * rng.uniform(0.6, 1.4))
            monday = date(2026, 1, 5) + timedelta(weeks=week)
            key = (monday.isoformat(), channel, segment if spend_by_segment else "")
            spend[key] = spend.get(key, 0.0) + touches * PRICE
            for _ in range(touches):
                user, day = f"u{len(events)}", monday + timedelta(days=rng.randrange(7))
                events.append([user, f"{day} 10:00:00", channel, "touch", "", segment])
                if milestones and rng.random() < 2 * rates[channel, segment]:
                    events.append([user, f"{day} 10:20:00", "", "add_to_cart", "", segment])
                if rng.random() < rates[channel, segment]:
                    events.append(
                        [user, f"{day} 11:00:00", "", "purchase", "100", ""]
                    )  # a row may leave the segment open
    with (folder / "events.csv").open("w", newline="") as out:
        csv.writer(out).writerows(events)
    with (folder / "spend.csv").open("w", newline="") as out:
        header = ["period", "channel", "spend", *(["age"] if spend_by_segment else [])]
        csv.writer(out).writerows(
            [
                header,
                *(
                    [*key[:2], amount, *([key[2]] if spend_by_segment else [])]
                    for key, amount in spend.items()
                ),
            ]
        )
    return folder


def scenario(
    folder: Path, segments: str = "segments: {column: age}", model: str = "markov", more: str = ""
):
    (folder / "scenario.yaml").write_text(
        f"currency: CNY\nperiod: week\nhorizon: 4\nbudget: 5000\ndata: {{events: events.csv, spend: spend.csv}}\nattribution: {{model: {model}}}\n{segments}\n{more}\n"
    )
    return load_scenario(folder)


def truly(rates: dict[tuple[str, str], float], spend: dict[str, float]) -> float:
    """Customers a plan really brings; money on a whole channel reaches its segments in equal parts."""
    segments = sorted({segment for _, segment in rates})
    return sum(
        amount
        / PRICE
        * (
            rates[tuple(line.split("/"))]
            if "/" in line
            else sum(rates[line, s] for s in segments) / len(segments)
        )
        for line, amount in spend.items()
    )


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world(tmp_path_factory.mktemp("apart"), APART)


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world(tmp_path_factory.mktemp("alike"), ALIKE)


@pytest.mark.parametrize("model", ["markov", "lifecycle"])
def test_money_goes_to_the_segment_that_is_truly_better(tmp_path, model):
    folder = world(tmp_path, APART, milestones=model == "lifecycle")
    split = run(scenario(folder, model=model))
    whole = run(scenario(folder, segments="", model=model))
    spend = split.plan.spend_by_channel()
    assert spend["feed/young"] > 0.8 * sum(spend.values())
    assert spend["feed/old"] == pytest.approx(0, abs=1)
    assert truly(APART, spend) > 1.2 * truly(APART, whole.plan.spend_by_channel())
    assert any("segments differ by more than chance" in str(note) for note in split.notes)
    used = {part.line: part.used for part in split.personas.lines}
    assert used["feed/young"] / used["feed/old"] == pytest.approx(
        4, rel=0.4
    )  # the truth: 0.12 / 0.03
    assert used["search/young"] / used["search/old"] == pytest.approx(1, rel=0.3)


def test_a_world_without_differences_gives_the_plan_without_segments(alike):
    split, whole = run(scenario(alike)), run(scenario(alike, segments=""))
    assert any("differ by no more than chance" in str(note) for note in split.notes)
    assert split.personas.gather(split.plan.spend_by_channel()) == pytest.approx(
        whole.plan.spend_by_channel(), rel=1e-3, abs=1
    )
    assert split.plan.totals.customers == pytest.approx(whole.plan.totals.customers, rel=2e-4)
    assert [part.used for part in split.personas.lines] == pytest.approx([1.0] * 6)


def test_thin_segments_are_pooled_and_said(tmp_path):
    folder = world(tmp_path, APART, people=700)
    split, whole = run(scenario(folder)), run(scenario(folder, segments=""))
    assert split.plan.spend_by_channel() == whole.plan.spend_by_channel()
    assert any(
        "segments are pooled: fewer than two of them have 100 orders or more (old, young)"
        in str(note)
        for note in split.notes
    )
    some = run(scenario(folder, segments="segments: {column: age, least: 5}"))
    assert set(some.plan.spend_by_channel()) == {
        "feed/old",
        "feed/young",
        "search/old",
        "search/young",
    }


def test_small_segments_share_a_line(tmp_path):
    folder = world(tmp_path, APART | {("feed", "tiny"): 0.04, ("feed", "small"): 0.04})
    split = run(scenario(folder, segments="segments: {column: age, least: 60}"))
    assert {part.segment for part in split.personas.parts["feed"]} == {"young", "old", "pooled"}
    assert any("planned together as 'pooled': small, tiny" in str(note) for note in split.notes)


def test_spend_that_is_not_known_by_segment_cannot_be_split(tmp_path):
    folder = world(tmp_path, APART, spend_by_segment=False)
    outcome = run(scenario(folder))
    assert set(outcome.plan.spend_by_channel()) == {"feed", "search"}
    assert any(
        "spend is not known by segment, so the plan cannot be split" in str(note)
        for note in outcome.notes
    )
    credit = {
        (segment, channel): customers for segment, channel, customers, _ in outcome.personas.credit
    }
    assert credit["young", "feed"] > 2.5 * credit["old", "feed"]
    files = {path.name: path for path in write(outcome, folder / "report", "zh")}
    assert "方案没有按人群拆分" in files["report.md"].read_text()
    assert "segments" not in json.loads(files["plan.json"].read_text())
    assert len(files["segments.csv"].read_text().splitlines()) == 5


def test_rules_and_bounds_speak_of_segments_and_of_whole_channels(apart):
    more = "channels:\n  feed: {max: 2500, value_per_customer: 80, tags: [content]}\n  feed/young: {max: 1500}\nrules:\n  - {min_share: 0.4, of: old}\n  - {max_share: 0.6, of: content}"
    plan = run(scenario(apart, more=more)).plan
    spend = plan.spend_by_channel()
    assert spend["feed/young"] <= 1500 + 1e-6
    assert spend["feed/young"] + spend["feed/old"] <= 2500 + 1e-6
    assert spend["feed/old"] + spend["search/old"] >= 0.4 * sum(spend.values()) - 1e-6
    assert all(rule.holds for rule in plan.rules)
    young = next(line for line in plan.lines if line.channel == "feed/young")
    assert young.revenue == pytest.approx(80 * young.customers)


def test_a_channel_stated_by_the_founder_stays_whole(apart):
    outcome = run(
        scenario(
            apart,
            more="channels:\n  search: {curve: {saturating: {ceiling: 300, half_spend: 4000}}}",
        )
    )
    assert set(outcome.plan.spend_by_channel()) == {"feed/old", "feed/young", "search"}
    assert any(
        "not split by segment" in str(note) and "search" in str(note) for note in outcome.notes
    )


def test_the_report_tells_the_plan_by_segment(apart, tmp_path):
    outcome = run(scenario(apart))
    files = {
        path.name: path.read_text()
        for path in write(outcome, tmp_path / "en")
        if path.suffix in (".md", ".json", ".csv")
    }
    assert "money moves to young" in files["report.md"]
    rows = {row["segment"]: row for row in json.loads(files["plan.json"])["segments"]}
    assert rows["young"]["spend"] + rows["old"]["spend"] == pytest.approx(outcome.plan.totals.spend)
    assert rows["young"]["customers"] + rows["old"]["customers"] == pytest.approx(
        outcome.plan.totals.customers
    )
    assert rows["young"]["source"] == "own"
    assert files["plan.csv"].count("feed/young") == 1


def test_mistakes_are_named(apart, tmp_path):
    with pytest.raises(UserError, match=r"'region' .*is missing"):
        run(scenario(apart, segments="segments: {column: region}"))
    with pytest.raises(UserError, match="segment 'search' is also the name of a channel"):
        run(
            scenario(
                world(
                    tmp_path / "clash",
                    {("feed", "search"): 0.2, ("feed", "old"): 0.2, ("search", "old"): 0.2},
                    people=3000,
                )
            )
        )
    nobody = scenario(world(tmp_path / "none", {("feed", ""): 0.2}, people=500))
    with pytest.raises(UserError, match="no row of the events has a segment"):
        run(nobody)


def test_the_parts_of_a_channel_add_up_to_it():
    whole = Response(
        channel="feed",
        curve=saturating(ceiling=100.0, half_spend=1000.0),
        current=600.0,
        last_touch=30.0,
    )
    sizes, levels = (0.25, 0.75), (2.2, 0.6)  # 0.25 * 2.2 + 0.75 * 0.6 = 1
    parts = tuple(
        Persona(
            f"feed/{i}", "feed", str(i), 1.0, size, 1.0, None, 0.1, level, level, 1.0, None, size
        )
        for i, (size, level) in enumerate(zip(sizes, levels, strict=True))
    )
    people = Personas({"feed": parts})
    split = people.divide({"feed": whole, "tv": whole})
    assert set(split) == {"feed/0", "feed/1", "tv"}
    assert sum(
        float(split[f"feed/{i}"].curve(600.0 * size)) for i, size in enumerate(sizes)
    ) == pytest.approx(float(whole.curve(600.0)))
    assert float(split["feed/0"].curve(150.0)) == pytest.approx(
        0.25 * 2.2 * float(whole.curve(600.0))
    )
    assert sum(split[f"feed/{i}"].current for i in range(2)) == pytest.approx(600.0)
    assert people.gather({"feed/0": 1.0, "feed/1": 2.0, "tv": 5.0}) == {"feed": 3.0, "tv": 5.0}


def test_how_much_segments_differ_is_worked_out_by_hand():
    # two points 0 and 1 with error 0.1: weights 100, centre 0.5, Q = 50, df 1, C = 200 - 20000 / 200 = 100
    doubt, tau2 = heterogeneity([[(0.0, 0.1), (1.0, 0.1)]])
    assert tau2 == pytest.approx((50 - 1) / 100)
    assert doubt == pytest.approx(
        math.erfc(math.sqrt(50 / 2))
    )  # chi-square with one degree of freedom
    # the same points, ten times less certain: Q = 0.5, no more than chance
    assert heterogeneity([[(0.0, 1.0), (1.0, 1.0)]]) == (
        pytest.approx(math.erfc(math.sqrt(0.25))),
        0.0,
    )
    # differences between channels are not differences between segments
    assert heterogeneity([[(0.0, 0.1), (0.0, 0.1)], [(3.0, 0.1), (3.0, 0.1)]]) == (
        pytest.approx(1.0),
        0.0,
    )


def test_metrics_by_segment_know_the_spend_of_a_segment(apart, optimizer):
    scenario(apart)
    told = json.loads(optimizer("metrics", apart, "--by", "segment", "--format", "json").out)
    rows = {row["key"]: row for row in told["rows"]}
    spend = list(csv.DictReader((apart / "spend.csv").read_text().splitlines()))
    for segment in ("young", "old"):
        mine = sum(float(row["spend"]) for row in spend if row["age"] == segment)
        assert rows[segment]["spend"] == pytest.approx(mine)
        assert rows[segment]["cac"] == pytest.approx(mine / rows[segment]["new_customers"])


def test_an_imported_spend_table_keeps_its_segments(tmp_path, optimizer):
    (tmp_path / "in.csv").write_text(
        "日期,渠道,花费,人群\n2026-08-13,小红书,1万,学生\n2026-08-13,小红书,500,白领\n2026-08-13,小红书,100,白领\n"
    )
    done = optimizer("import", "auto", tmp_path / "in.csv", "--out", tmp_path / "spend.csv")
    assert done.code == 0, done.err
    from optimizer.data.open import read_spend

    found = read_spend(tmp_path / "spend.csv")
    assert found.frame["spend"].tolist() == [10600]
    assert dict(zip(found.by_segment["segment"], found.by_segment["spend"], strict=True)) == {
        "学生": 10000,
        "白领": 600,
    }
    assert not any("added up" in str(note) for note in found.notes)
