"""The scenario file: what is read, and that every mistake is answered with its place and a way out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.cli.sources import resolve
from optimizer.errors import UserError
from optimizer.scenario import load_scenario, read_scenario


def problems(text: str) -> list[tuple[str | None, str, str | None]]:
    with pytest.raises(UserError) as caught:
        read_scenario(text)
    return [
        (p.where and str(p.where), str(p.what), p.fix and str(p.fix)) for p in caught.value.problems
    ]


def test_plain_scenario_is_read_and_frozen() -> None:
    scenario = read_scenario("name: A\nbudget: 0\nchannels:\n  x/y: {min: 0, max: 5}\n")
    assert scenario.budget == 0.0
    assert scenario.channels["x/y"].min == 0.0
    assert scenario.channels["x/y"].current is None
    with pytest.raises(Exception, match="frozen"):
        scenario.budget = 3  # type: ignore[misc]


def test_unknown_key_names_its_place_and_the_nearest_key() -> None:
    text = "budget: 10\nrules:\n  - {max_cac: 3}\n  - {min_rio: 1.8}\n"
    assert problems(text) == [
        ("scenario:4:6", "unknown key 'min_rio' in rules[1]", "did you mean 'min_roi'?")
    ]


def test_all_problems_at_once_in_the_order_of_the_file() -> None:
    found = problems(
        "budgt: 1\nbudget: -3\nhorizon: 2.5\nchannels:\n  a: {max: '1,000'}\n  b: {curve: {hyperbolic: {}}}\n"
        "  c: 7\ngoal: customer\ndata: {event: x}\n"
    )
    assert [where for where, _, _ in found] == [
        "scenario:1:1",
        "scenario:2:9",
        "scenario:3:10",
        "scenario:5:12",
        "scenario:6:15",
        "scenario:7:6",
        "scenario:8:7",
        "scenario:9:8",
    ]
    fixes = {where: fix for where, _, fix in found}
    assert fixes["scenario:1:1"] == "did you mean 'budget'?"
    assert fixes["scenario:5:12"] == "write 1000, without quotes or commas"
    assert fixes["scenario:9:8"] == "did you mean 'events'?"


def test_contradictions_are_all_shown() -> None:
    found = problems(
        "channels:\n  a: {min: 5, max: 3}\n  b: {customers: 3}\nstages: [{name: s}, {name: s}]\n"
        "rules: [{max_cac: 3}, {max_cac: 3}]\n"
    )
    assert [where for where, _, _ in found] == [
        "scenario:2:12",
        "scenario:3:18",
        "scenario:4:28",
        "scenario:5:23",
    ]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "empty"),
        ("- a\n- b\n", "a scenario is a mapping"),
        ("42", "a scenario is a mapping"),
        ("a: 1\na: 2\n", "duplicate key"),
        ("a: [1, 2\n", "expected"),
        ("budget: .nan", "not a finite number"),
        ("budget: .inf", "not a finite number"),
        ("budget: 1e99", "at most 1,000,000,000,000,000"),
        ("currency: 元", "'元' is no currency code"),
        ("calendar: {start: 5.10.2026}", "'5.10.2026' is not a date"),
        ("channels: [a]", "'channels' must be a mapping"),
        ("budget: true", "is not a number"),
        ("budget: " + "9" * 5000, "not sound YAML"),
        ("rules: {max_cac: 3}", "must be a list"),
        ("rules: [max_cac]", "is not a rule"),
        ("rules: [{of: x}]", "no rule is named"),
        ("rules: [{max_cac: 3, min_roi: 2}]", "two rules in one entry"),
        ("rules: [{max_cac: x}]", "is not a number"),
        ("rules: [{max_share: 1.4, of: x}]", "outside"),
        ("channels: {a: {curve: {saturating: {ceiling: 3}}}}", "needs half_spend"),
        ("channels: {a: {curve: {saturating: {ceiling: 3, half_spend: 0}}}}", ""),
        ("x: &a [*a]", ""),
        ("a: " + "[" * 2000, ""),
    ],
)
def test_broken_scenarios_are_user_errors(text: str, part: str) -> None:
    with pytest.raises(UserError) as caught:
        read_scenario(text)
    assert part in str(caught.value)


def test_alias_bomb_is_refused_quickly() -> None:
    text = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    for one, two in zip("abcdefgh", "bcdefghi", strict=True):
        text += f"{two}: &{two} [{','.join([f'*{one}'] * 9)}]\n"
    with pytest.raises(UserError, match="too large"):
        read_scenario(text)


@pytest.mark.parametrize(
    "raw", [b"\x00\x01\x02PK", b"\xff\xfe\x00", b"\x80\x81\xff\xff\xff: x", b""]
)
def test_binary_files_are_refused(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_bytes(raw)
    with pytest.raises(UserError):
        load_scenario(file)


def test_gbk_scenario_is_read(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_bytes("name: 双十一\nchannels: {小红书/koc: {max: 3}}\n".encode("gb18030"))
    assert list(load_scenario(file).channels) == ["小红书/koc"]


def test_set_changes_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("budget: 5\nchannels: {a.b/c: {max: 3}}\nrules: [{max_cac: 9}, {min_roi: 1}]\n")
    scenario = load_scenario(
        file,
        ["budget=0", "channels.a.b/c.max=7", "rules.max_cac=4", "rules[1].min_roi=2", "horizon=3"],
    )
    assert (scenario.budget, scenario.channels["a.b/c"].max, scenario.horizon) == (0.0, 7.0, 3)
    assert [rule.value for rule in scenario.rules] == [4.0, 2.0]


@pytest.mark.parametrize(
    "change",
    ["budgt=3", "rules.max_cak=3", "budget", "=3", "budget=[", "rules[9].max_cac=3", "name.x=3"],
)
def test_set_of_something_unknown_is_refused(tmp_path: Path, change: str) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("budget: 5\nname: n\nrules: [{max_cac: 9}]\n")
    with pytest.raises(UserError):
        load_scenario(file, [change])


def test_what_set_got_wrong_is_said_of_set(tmp_path: Path) -> None:
    """The file's own line is right; what was typed is shown."""
    file = tmp_path / "scenario.yaml"
    file.write_text(
        "budget: 5\nname: n\nrules: [{max_cac: 9}, {min_roi: 1}]\nchannels: {a: {max: 3}}\n"
    )
    wrong = {
        "budget=-5": "-5 is outside",
        "rules.max_cac=x": "'x' is not a number",
        "rules[1].min_roi=-1": "-1 is outside",
        "nope=3": "unknown key 'nope'",
        "channels.a.max=x": "'x' is not a number",
        "channels.a.min=7": "min 7 is above max 3",
    }
    for change, said in wrong.items():
        with pytest.raises(UserError) as caught:
            load_scenario(file, [change])
        assert [problem.where for problem in caught.value.problems] == [f"--set {change}"]
        assert str(caught.value.problems[0].what).startswith(said)
    file.write_text("budget: 5\nhorizon: 0\n")
    with pytest.raises(UserError) as caught:
        load_scenario(file, ["budget=-5"])
    assert [problem.where for problem in caught.value.problems] == [
        "--set budget=-5",
        f"{file}:2:10",
    ]


YAML_BITS = st.lists(
    st.sampled_from(
        [
            "budget",
            "rules",
            "channels",
            "max_cac",
            ": ",
            "- ",
            "{",
            "}",
            "[",
            "]",
            "\n",
            "\n  ",
            "1",
            "-3",
            ".nan",
            "'",
            '"',
            "a/b",
            "&a ",
            "*a",
            "!!python/object:os.system ",
            "<<: ",
            "min",
            "curve",
            "saturating",
            "name",
            "# ",
            "? ",
            "| ",
            "双",
            "\t",
            "1e400",
            "%",
        ]
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(YAML_BITS)
def test_no_text_gives_a_traceback(bits: list[str]) -> None:
    try:
        read_scenario("".join(bits))
    except UserError as error:
        assert str(error)  # noqa: PT017 - a scenario that is accepted is fine too


def test_other_names_of_a_curves_parameter_are_understood() -> None:
    text = "channels: {{a: {{curve: {{hill: {{ceiling: 10, half_spend: 5, {}: 2}}}}}}}}"
    one, two = (
        read_scenario(text.format(name)).channels["a"].curve for name in ("slope", "steepness")
    )
    assert one == two
    assert one is not None
    assert one.parameters["steepness"] == 2.0
    assert (
        problems(text.format("steepness: 2, slope"))[0][1]
        == "'slope' and 'steepness' are the same parameter"
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [("40万", 400_000), ("4.35万", 43_500), ("1.2 亿", 120_000_000), (".5万", 5_000)],
)
def test_amounts_may_be_written_in_wan_and_yi(tmp_path, written, meant):
    file = tmp_path / "s.yaml"
    file.write_text(
        f"budget: {written}\nchannels:\n  a: {{curve: {{linear: {{slope: 2}}}}, max: {written}}}\nmargin: 30%\n",
        encoding="utf-8",
    )
    scenario = load_scenario(file)
    assert (scenario.budget, scenario.channels["a"].max, scenario.margin) == (meant, meant, 0.3)


@pytest.mark.parametrize("written", ["40%", "4万5", "万", "--4万", "４万元", "1e3万"])
def test_an_amount_in_another_unit_is_not_a_number(tmp_path, written):
    (tmp_path / "s.yaml").write_text(f"budget: '{written}'\n", encoding="utf-8")
    with pytest.raises(UserError, match="is not a number"):
        load_scenario(tmp_path / "s.yaml")


def test_the_published_schema_takes_what_the_program_takes():
    """Editors underline with the schema: shipped scenarios and written units must pass, mistakes must not."""
    import jsonschema
    import yaml

    from optimizer.scenario.json_schema import json_schema

    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)
    shipped = sorted((Path(__file__).parents[1] / "scenarios").glob("*/scenario.yaml"))
    assert len(shipped) >= 8
    for file in shipped:
        written = json.loads(
            json.dumps(yaml.safe_load(file.read_text(encoding="utf-8")), default=str)
        )  # dates as text
        assert not list(judge.iter_errors(written)), file
    assert judge.is_valid(
        {
            "budget": "40万",
            "margin": "30%",
            "rules": [{"min_share": "25%", "of": "a"}, {"max_cac": 45}],
        }
    )
    for wrong in (
        {"budget": "40%"},
        {"margin": "3万"},
        {"budgt": 1},
        {"rules": [{"max_cack": 3}]},
        {"budget": -1},
        {"horizon": 0},
    ):
        assert not judge.is_valid(wrong), wrong


def test_the_line_of_the_file_is_shown_with_a_mark() -> None:
    """It stands beside the sentence, so that it is the same in every language."""
    with pytest.raises(UserError) as caught:
        read_scenario("name: a\nbudget: ten\n")
    (problem,) = caught.value.problems
    assert str(problem.what) == "'ten' is not a number"
    assert problem.excerpt == "  2 | budget: ten\n    |         ^"
    assert str(caught.value).split("\n") == [
        "scenario:2:9: 'ten' is not a number",
        *problem.excerpt.split("\n"),
        "  try: write an amount of currency, 0 or more",
    ]
    assert problem.as_json()["what"] == f"'ten' is not a number\n{problem.excerpt}"


def test_every_command_finds_a_table_of_a_scenario_in_the_same_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimizer: Any
) -> None:
    home, folder = tmp_path / "home", tmp_path / "scenario"
    home.mkdir()
    folder.mkdir()
    monkeypatch.setenv("HOME", str(home))
    (home / "paths.csv").write_text("path,conversions\na > b,3\n", encoding="utf-8")
    file = folder / "scenario.yaml"
    for named, place in (
        ("~/paths.csv", str(home / "paths.csv")),
        ("paths.csv", str(folder / "paths.csv")),
        ("~nobody-of-this-name/x.csv", str(folder / "~nobody-of-this-name/x.csv")),
        ("postgres://me@host/db::t", "postgres://me@host/db::t"),
        ("shop.duckdb::SELECT '://'", str(folder / "shop.duckdb::SELECT '://'")),
    ):
        file.write_text(f'budget: 10\ndata: {{paths: "{named}"}}\n', encoding="utf-8")
        assert resolve(str(folder)).table == place
    file.write_text("budget: 10\ndata: {paths: ~/paths.csv}\n", encoding="utf-8")
    assert optimizer("attribute", folder, "--model", "last").code == 0
    file.write_text("budget: 10\ndata: {paths: ~nobody-of-this-name/x.csv}\n", encoding="utf-8")
    for command in ("attribute", "plan", "check"):
        ran = optimizer(command, folder)
        assert ran.code == 1
        assert "there is no" in ran.out + ran.err
