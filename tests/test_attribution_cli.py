"""`optimizer attribute` as scripts call it: stdout, stderr, exit codes."""

from __future__ import annotations

import csv
import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest

from optimizer.cli import main

TABLE = "path,conversions,value,nulls\na > b,3,30,1\na > c,1,5,1\n"


class Done:
    """What a command left behind."""

    def __init__(self, code, out, err):
        self.returncode, self.stdout, self.stderr = code, out, err


def run(*words):
    """The command in this process (a start of its own would take most of the time)."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["optimizer", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
    return Done(stop.value.code or 0, out.getvalue(), err.getvalue())


@pytest.fixture
def paths(tmp_path):
    file = tmp_path / "paths.csv"
    file.write_text(TABLE)
    return file


def test_json_is_the_contract(paths):
    done = run("attribute", paths, "--model", "markov", "--model", "shapley", "--format", "json")
    assert done.returncode == 0
    out = json.loads(done.stdout)
    assert set(out) >= {"source", "conversion_rate", "models"}
    assert out["conversion_rate"] == pytest.approx(4 / 6)
    markov, shapley = out["models"]
    assert (markov["model"], markov["order"]) == ("markov", 1)
    assert markov["total"] == {"conversions": 4.0, "value": 35.0}
    assert {c["channel"]: c["removal_effect"] for c in markov["channels"]} == pytest.approx(
        {"a": 1, "b": 0.75, "c": 0.25}
    )
    assert {c["channel"]: c["conversions"] for c in shapley["channels"]} == pytest.approx(
        {"a": 2, "b": 1.5, "c": 0.5}
    )
    assert "low" not in markov["channels"][0]


def test_csv_is_the_contract(paths):
    done = run("attribute", paths, "--model", "last", "--intervals", "50", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == [
        "model",
        "channel",
        "conversions",
        "value",
        "share",
        "removal_effect",
        "low",
        "high",
    ]
    assert [(r["model"], r["channel"], float(r["conversions"])) for r in rows] == [
        ("last", "a", 0),
        ("last", "b", 3),
        ("last", "c", 1),
    ]
    assert rows[1]["removal_effect"] == ""
    assert float(rows[1]["low"]) <= 3 <= float(rows[1]["high"])


def test_table_for_people_and_all_usual_models(paths):
    done = run("attribute", paths)
    assert done.returncode == 0
    for name in ("first", "last", "linear", "position", "markov 1", "shapley"):
        assert name in done.stdout
    assert "removal effect" in done.stdout


def test_an_unknown_model_is_named_with_a_hint(paths):
    done = run("attribute", paths, "--model", "markv", "--format", "json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "unknown attribution model 'markv'" in done.stderr
    assert "did you mean 'markov'?" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--order", "0"], 2, "no order"),
        (["--order", "two"], 2, "no order"),
        (["--like", "channelatribution"], 1, "did you mean 'channelattribution'"),
        (["--position", "0.5,0.6,0.1"], 1, "add up to 1"),
        (["--half-life", "0", "--model", "time_decay"], 1, "half_life_days"),
        (["--lookback", "30"], 1, "no times"),
    ],
)
def test_wrong_words_are_messages(paths, words, code, says):
    done = run("attribute", paths, *words)
    assert done.returncode == code, done.stderr
    assert says in done.stderr


def test_a_missing_file_is_a_message(tmp_path):
    done = run("attribute", tmp_path / "none.csv")
    assert done.returncode == 1
    assert "none.csv" in done.stderr


def test_a_scenario_names_its_journeys(paths, tmp_path):
    (tmp_path / "scenario.yaml").write_text(
        "name: x\ndata: {paths: paths.csv}\nchannels: {a: {curve: {saturating: {ceiling: 3, half_spend: 4}}}}\nbudget: 10\n"
    )
    for source in (tmp_path / "scenario.yaml", tmp_path):
        done = run("attribute", source, "--model", "last", "--format", "json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["models"][0]["total"]["conversions"] == 4


def test_several_orders_are_told_apart(paths):
    done = run("attribute", paths, "--model", "markov", "--order", "1,2", "--format", "csv")
    assert [r["model"] for r in csv.DictReader(io.StringIO(done.stdout))] == ["markov 1"] * 3 + [
        "markov 2"
    ] * 3


EVENTS = "user_id,timestamp,channel,event,value,segment\n" + "".join(
    f"u{i},2025-01-{1 + i:02d} 08:00,feed/{'koc' if i % 2 else 'nano'},touch,,{'new' if i < 15 else 'old'}\n"
    f"u{i},2025-01-{1 + i:02d} 09:00,,engage,,{'new' if i < 15 else 'old'}\n"
    f"u{i},2025-01-{3 + i // 4:02d} 09:30,search,touch,,{'new' if i < 15 else 'old'}\n"
    + (
        f"u{i},2025-01-{4 + i:02d} 10:00,,purchase,50,{'new' if i < 15 else 'old'}\n"
        if i % 3 == 0
        else ""
    )
    for i in range(25)
)


@pytest.fixture
def events(tmp_path):
    file = tmp_path / "events.csv"
    file.write_text(EVENTS)
    return file


def test_segments_platforms_and_stages(events):
    done = run(
        "attribute",
        events,
        "-m",
        "linear",
        "--segment",
        "new",
        "--platforms",
        "--stages",
        "--format",
        "json",
    )
    assert done.returncode == 0, done.stderr
    linear, staged, lifecycle = json.loads(done.stdout)["models"]
    assert [c["channel"] for c in linear["channels"]] == ["feed", "search"]
    assert linear["total"]["conversions"] == 5
    assert (staged["model"], lifecycle["model"]) == ("markov_stages", "lifecycle")
    assert sum(sum(c["stages"].values()) for c in staged["channels"]) == pytest.approx(5)
    done = run("attribute", events, "--segment", "nwe")
    assert done.returncode == 1
    assert "did you mean 'new'" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("-m", "linear", "-m", "markov", "--format", "json"),
        ("-m", "last", "-m", "lifecycle", "--format", "json"),
        ("-m", "linear", "--by", "week", "--format", "csv"),
        ("--removal", "--format", "csv"),
        ("--explain", "search", "--format", "json"),
        ("-m", "shapley", "--journeys", "{}.csv", "--format", "csv"),
    ],
)
def test_a_segment_is_its_people_whatever_each_row_says(events, tmp_path, words):
    """Purchases, and some touches, leave the segment open; one user moved: everything the segment's people did counts."""
    lines = EVENTS.splitlines()
    loose = [
        line.rpartition(",")[0] + "," if ",purchase," in line or ",search," in line else line
        for line in lines
    ]
    (tmp_path / "loose.csv").write_text(
        "\n".join([*loose, "u20,2025-01-01 07:00,feed/koc,touch,,new", ""])
    )
    (tmp_path / "new.csv").write_text(
        "\n".join([lines[0], *(line for line in lines if line.endswith(",new")), ""])
    )
    told = []
    for name, more in (("loose", ("--segment", "new")), ("new", ())):
        file = tmp_path / f"{name}.csv"
        done = run(
            "attribute", file, *(w.format(tmp_path / f"{name}-journeys") for w in words), *more
        )
        assert done.returncode == 0, done.stderr
        told.append(done.stdout.replace(str(file), "").replace(f"{name}.csv", ""))
        if "--journeys" in words:
            told[-1] += (tmp_path / f"{name}-journeys.csv").read_text()
    if "json" in words and "--explain" not in words:
        found = [json.loads(text) for text in told]
        assert [f["models"] for f in found[:1]] == [f["models"] for f in found[1:]]
        assert "1 users stand in several segments; each counts in the latest" in found[0]["notes"]
    else:
        assert told[0] == told[1]


def test_explain_in_every_form(events):
    done = run("attribute", events, "--explain", "search", "--format", "json")
    out = json.loads(done.stdout)
    assert out["removal_effect"] == pytest.approx(1 - out["without"] / out["conversion_rate"])
    assert sum(row["probability"] for row in out["next"]) == pytest.approx(1)
    done = run("attribute", events, "--explain", "search")
    assert "Without search" in done.stdout
    assert "what users do next" in done.stdout


def test_periods_journeys_and_comparison(events, tmp_path):
    done = run("attribute", events, "-m", "last", "--by", "week", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == ["period", "channel", "conversions", "value"]
    assert sum(float(r["conversions"]) for r in rows) == pytest.approx(9)
    done = run(
        "attribute",
        events,
        "-m",
        "first",
        "-m",
        "markov",
        "--journeys",
        tmp_path / "j.csv",
        "--compare",
        "--format",
        "json",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["against"] == "markov 1"
    written = list(csv.DictReader(io.StringIO((tmp_path / "j.csv").read_text())))
    assert sum(float(r["conversions"]) for r in written) == pytest.approx(9)


def test_validate_says_what_the_data_can_tell(events, paths):
    done = run("validate", events, "--format", "json", "--max-order", "2", "--folds", "5")
    assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout)
    assert out["order"] in (1, 2)
    assert {item["axiom"] for item in out["axioms"]} >= {
        "adds up",
        "null channel",
        "symmetry",
        "rename",
        "merging channels",
    }
    assert {s["model"] if "model" in s else s["name"] for s in out["scores"]} >= {
        "markov",
        "last",
        "time_decay",
    }
    done = run("validate", paths, "--folds", "2")
    assert done.returncode == 0, done.stderr
    assert "cannot tell the models apart" in done.stdout
