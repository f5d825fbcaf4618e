"""What can be added from outside: the sample package is installed and used from the command line, in both languages; a
broken one is named and left out."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parent.parent / "examples" / "plugin"
FAMILIES = {
    "models": "door_opener",
    "rules": "max_cpm",
    "goals": "fame",
    "curves": "arctangent",
    "importers": "metro_posters",
    "sections": "movers",
}
SCENARIO = """\
name: Posters
currency: CNY
period: week
horizon: 4
budget: 30000
goal: fame
value_per_customer: 90
channels:
  metro: {curve: {arctangent: {top: 300, knee: 9000}}, exposure: {linear: {rate: 5}}}
  search: {curve: {saturating: {ceiling: 400, half_spend: 8000}}, exposure: {linear: {rate: 2}}}
rules:
  - {max_cpm: 250}
"""
JOURNEYS = "path,conversions,value,nulls\na > b > c,10,100,5\nb > a,4,40,9\nc,5,50,20\n"
POSTERS = "Hung on,Metro line,Poster rent,Passengers\n2026-03-02,2,1200,90000\n2026-03-03,2,800,\n"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


def distribution(folder: Path, name: str, entries: dict[str, str], source: dict[str, str]) -> Path:
    """A package as an installer would leave it in a folder of the path."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    groups = "".join(f"[{group}]\n{point}\n\n" for group, point in entries.items())
    (info / "entry_points.txt").write_text(groups)
    for file, text in source.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def command(path: Path, work: Path) -> Run:
    """The command line with a folder on Python's path."""

    def run(*words: object, lang: str = "en") -> Ran:
        environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONUTF8": "1", "COLUMNS": "160"}
        done = subprocess.run(
            [sys.executable, "-m", "optimizer", "--lang", lang, *map(str, words)],
            cwd=work,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands run."""
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, work: Path) -> Run:
    """The sample package, installed into a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    if importlib.util.find_spec("hatchling") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("hatchling, which builds the sample package, is not installed")
        pytest.skip("hatchling, which builds the sample package, is not installed")
    sample = work / "plugin"
    shutil.copytree(SAMPLE, sample)
    words = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run(
        [sys.executable, *words, "--target", str(folder), str(sample)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (work / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    (work / "journeys.csv").write_text(JOURNEYS, encoding="utf-8")
    (work / "posters.csv").write_text(POSTERS, encoding="utf-8")
    return command(folder, work)


def test_one_source_file_each() -> None:
    """What the guides promise: a model, a rule, a goal, a curve, an importer and a section are a file each, words included."""
    files = sorted(path.stem for path in (SAMPLE / "our_marketing").glob("*.py"))
    assert files == ["__init__", "curve", "goal", "importer", "model", "rule", "section"]
    for path in (SAMPLE / "our_marketing").glob("[!_]*.py"):
        assert "add_translations(" in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize(("kind", "name"), FAMILIES.items())
def test_it_is_listed_with_where_it_comes_from(installed: Run, kind: str, name: str) -> None:
    listed = {
        row["name"]: row for row in json.loads(installed("list", kind, "--format", "json").out)
    }
    assert listed[name]["origin"] == "our-marketing 1.0"
    assert {row["origin"] for key, row in listed.items() if key != name} == {"optimizer"}
    english, chinese = installed("list", kind), installed("list", kind, lang="zh")
    assert name in english.out
    line = next(line for line in chinese.out.splitlines() if name in line)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in line), line


def test_the_model_shares_credit(installed: Run) -> None:
    ran = installed("attribute", "journeys.csv", "--model", "door_opener", "--format", "json")
    (model,) = json.loads(ran.out)["models"]
    credit = {row["channel"]: row["conversions"] for row in model["channels"]}
    assert credit == pytest.approx({"a": 6 + 1.6, "b": 2 + 2.4, "c": 2 + 5})
    assert "开门者" in installed(
        "attribute", "journeys.csv", "--model", "door_opener", lang="zh"
    ).out or (
        "door_opener"
        in installed("attribute", "journeys.csv", "--model", "door_opener", lang="zh").out
    )


def test_the_importer_reads(installed: Run, work: Path) -> None:
    for source in ("auto", "metro_posters"):
        ran = installed("import", source, "posters.csv", "--out", f"{source}.csv")
        assert ran.code == 0, ran.err
        with (work / f"{source}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [(row["channel"], float(row["spend"])) for row in rows] == [
            ("metro", 1200),
            ("metro", 800),
        ]


def test_curve_goal_rule_and_section_plan_together(installed: Run, tmp_path: Path) -> None:
    """The plan keeps the rule on the curve, the goal is the sum it says, and the report shows the section."""
    from math import atan, pi

    shown = {}
    for lang in ("en", "zh"):
        out = tmp_path / lang
        ran = installed("plan", "scenario.yaml", "--out", out, lang=lang)
        assert ran.code == 0, ran.err
        shown[lang] = (out / "report.md").read_text(encoding="utf-8") + ran.out
        assert (out / "report.html").exists()
    plan = json.loads((tmp_path / "en" / "plan.json").read_text(encoding="utf-8"))
    spend = {row["channel"]: row["spend"] for row in plan["spend"]}
    customers = 300 * 2 / pi * atan(spend["metro"] / 9000)
    customers += 400 * spend["search"] / (8000 + spend["search"])
    exposure = 5 * spend["metro"] + 2 * spend["search"]
    assert plan["status"] == "optimal"
    assert plan["objective"] == pytest.approx(customers + exposure * 1e-4, rel=1e-9)
    (rule,) = [row for row in plan["rules"] if row["rule"] == "max_cpm"]
    assert rule["holds"]
    assert sum(spend.values()) <= 250 / 1000 * exposure * (1 + 1e-9)
    for part in ("What moves most", "CPM at most", "customers and fame"):
        assert part.lower() in shown["en"].lower(), part
    for part in ("钱最多的地方", "千次曝光成本至多", "新客与声量"):
        assert part in shown["zh"], part


BROKEN = {
    "its import fails": ("broken", "import nowhere_to_be_found\n", "nowhere_to_be_found"),
    "it is no rule": ("broken", "RULE = 3\n", ""),
    "it has no help": (
        "broken",
        "from optimizer.allocation.rule import rule\nfrom optimizer.messages import _\n"
        "@rule(title=_('x'), direction='at most', speaks_of=('spend',))\n"
        "def unhelpful(plan, value):\n    return plan.spend() <= value\n",
        "docstring",
    ),
    "its name is taken": (
        "broken",
        "from optimizer.allocation.rule import rule\nfrom optimizer.messages import _\n"
        "@rule(title=_('x'), direction='at most', speaks_of=('spend',))\n"
        "def max_cac(plan, value):\n    '''Mine.'''\n    return plan.spend() <= value\n",
        "max_cac",
    ),
    "it ends the program": ("broken", "raise SystemExit(7)\n", "7"),
}


@pytest.mark.parametrize(("module", "text", "says"), BROKEN.values(), ids=BROKEN)
def test_a_broken_one_is_named_and_left_out(
    tmp_path: Path, module: str, text: str, says: str
) -> None:
    point = f"bad = {module}" if "RULE" not in text else f"bad = {module}:RULE"
    folder = distribution(
        tmp_path / "site", "bad-rules", {"optimizer.rules": point}, {f"{module}.py": text}
    )
    (tmp_path / "scenario.yaml").write_text(
        SCENARIO.replace("arctangent: {top: 300, knee", "saturating: {ceiling: 300, half_spend")
        .replace("goal: fame", "goal: customers")
        .replace("max_cpm: 250", "max_cac: 90"),
        encoding="utf-8",
    )
    run = command(folder, tmp_path)
    for words in (("list", "rules"), ("plan", "scenario.yaml", "--out", tmp_path / "out")):
        ran = run(*words)
        assert ran.code == 0, ran.err
        assert "plug-in 'bad' of package 'bad-rules 1.0' (optimizer.rules) was left out" in ran.err
        assert says in ran.err
        assert "Traceback" not in ran.err
    assert "插件“bad”" in run("list", "rules", lang="zh").err
