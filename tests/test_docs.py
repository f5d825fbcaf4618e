"""The words keep up with the code: the reference is generated, and every command of every page runs, in the page's order."""

from __future__ import annotations

import hashlib
import json
import os
import pkgutil
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from docs_reader import examples, steps, words_of

from optimizer.cli import COMMANDS

PAGES = sorted(
    [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "scenarios").glob("*/README.md")]
)
GENERATED = {"platforms.md", "commands.md", "scenario.md", "catalogue.md"}  # of docs/reference
GROUPS = {
    f"optimizer.{name}" for name in ("models", "rules", "goals", "curves", "importers", "sections")
}
# What needs a database, Spark, or a reader's own files, page by page; everything else runs below.
NOT_RUN = {
    "README.md": [
        "optimizer new my-brand --from my-spend.csv --from my-events.csv",
        "optimizer check my-brand",
        "optimizer plan my-brand",
    ],
    "docs/how-to/use-a-database.md": [
        "optimizer attribute postgres://analyst@db.example/shop::events -m last -m markov",
        "optimizer attribute events/ --engine spark",
    ],
}


def test_reference_is_current() -> None:
    """In English, also where the locale is Chinese; made as `docs/generate.py` makes it, in a process of its own."""
    code = (
        "import json, runpy, sys; sys.argv = ['generate.py', '--lang', 'zh'];"
        f"made = runpy.run_path({str(ROOT / 'docs' / 'generate.py')!r})['pages']();"
        "print(json.dumps({page.name: text for page, text in made.items()}))"
    )
    environment = {**os.environ, "LC_ALL": "zh_CN.UTF-8", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    made = json.loads(done.stdout)
    assert made.keys() == GENERATED
    for page in PAGES:
        if page.name in GENERATED:
            assert page.read_text(encoding="utf-8") == made[page.name], "run docs/generate.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda p: str(p.relative_to(ROOT))
)
def test_what_a_page_names_is_there(page: Path) -> None:
    """Packages and files of the repository, by name; not the entry points' groups, which are no packages."""
    text = page.read_text(encoding="utf-8")
    for name in sorted(set(re.findall(r"(?<![\w/])optimizer(?:\.[A-Za-z_]\w*)+", text)) - GROUPS):
        assert pkgutil.resolve_name(name), name
    for path in re.findall(r"`((?:optimizer|tests|docs|scenarios|benchmarks)/[\w./*-]+)`", text):
        assert list(ROOT.glob(path)), f"{page.name} names {path}"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_an_example(name: str, optimizer: Callable[..., Any]) -> None:
    ran = optimizer(name, "--help")
    assert ran.code == 0
    assert f"Example: optimizer {name}" in ran.out


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone holds, with a twentieth of the sample brand's people: a page must work, here it need not be precise."""
    place = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "scenarios", place / "scenarios")
    thin(place / "scenarios" / "growing_brand")
    return place


def thin(brand: Path) -> None:
    """A twentieth of the people for the same money: each may cost twenty times as much."""
    import duckdb

    events, scenario = brand / "data" / "events.parquet", brand / "scenario.yaml"
    few = events.with_suffix(".few.parquet")
    duckdb.execute(
        f"COPY (SELECT * FROM '{events}' WHERE hash(user_id) % 20 = 0 ORDER BY ALL) TO '{few}' (FORMAT parquet)"
    )
    few.replace(events)
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(
        re.sub(r"max_cac: (\d+)", lambda m: f"max_cac: {20 * int(m[1])}", text), encoding="utf-8"
    )


class Reader:
    """Types commands in a folder of its own, beside the repository's scenarios."""

    def __init__(self, folder: Path, repository: Path, optimizer: Callable[..., Any]) -> None:
        self.folder, self.optimizer = folder, optimizer
        shutil.copytree(repository / "scenarios", folder / "scenarios")

    def type(self, command: str) -> None:
        words, target = words_of(command)
        if words[0] in ("serve", "studio"):
            self.serve(words)
            return
        if words[0] == "demo":
            words += ["--users", "1000"]  # a small market is simulated in a second
        ran = self.optimizer(*words)
        impossible = "scenarios/too_tight" in words and "--set" not in words
        assert ran.code == (3 if impossible else 0), (command, ran.out[-600:], ran.err[-1500:])
        if target is not None:
            assert ran.out, command
            (self.folder / target).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / target).write_text(ran.out, encoding="utf-8")
        if words[0] == "new" and (self.folder / words[1] / "data" / "events.parquet").exists():
            thin(self.folder / words[1])

    def serve(self, words: list[str]) -> None:
        """Started as typed, looked at, ended with Ctrl-C. `true` stands in for the browser it opens."""
        env = {**os.environ, "BROWSER": "true", "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            [sys.executable, "-m", "optimizer", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
            cwd=self.folder,
        ) as process:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            try:
                with urllib.request.urlopen(address) as answer:
                    assert answer.status == 200
            finally:
                process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0


@pytest.fixture
def reader(
    tmp_path: Path,
    repository: Path,
    optimizer: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    once: Callable[..., Any],
) -> Reader:
    """The same events are fitted once for all pages and workers: the fit is most of what a command takes."""
    from optimizer.attribution import lifecycle

    fit = lifecycle.fit_lifecycle

    def fitted(events: Any, *words: Any, **more: Any) -> Any:
        seen = events.engine.rows(
            f"SELECT count(*), bit_xor(hash(user_id, timestamp, channel, event, value)) FROM {events.table}"
        )
        key = repr((seen, words, sorted(more.items())))
        name = f"life-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
        return once(name, lambda: fit(events, *words, **more))

    monkeypatch.setattr(lifecycle, "fit_lifecycle", fitted)
    monkeypatch.chdir(tmp_path)
    return Reader(tmp_path, repository, optimizer)


SAME = {"founders.zh.md"}  # types the same commands as its English page
FOLLOWED = [page for page in PAGES if page.name not in GENERATED | SAME]


def test_the_chinese_tutorial_types_what_the_english_one_types() -> None:
    """So that following one of them is enough."""
    english, chinese = (
        [
            s.text.replace(" --lang zh", "")
            for s in steps(ROOT / "docs/tutorials" / name)
            if s.kind != "write"
        ]
        for name in ("founders.md", "founders.zh.md")
    )
    assert chinese == english


@pytest.mark.parametrize("page", FOLLOWED, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_page_can_be_followed_from_top_to_bottom(page: Path, reader: Reader) -> None:
    """Whoever writes the files a page shows and types its commands in its order gets there."""
    skipped = []
    for step in steps(page):
        if step.kind == "write":
            file = reader.folder / step.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(step.text, encoding="utf-8")
        elif step.kind == "skip":
            skipped.append(step.text)
        else:
            reader.type(step.text)
    assert skipped == NOT_RUN.get(page.relative_to(ROOT).as_posix(), []), (
        "what is not run must be named here"
    )


def test_the_pages_are_full_of_commands() -> None:
    """The reader above finds them: a page whose fences it no longer understands would pass without doing anything."""
    typed = {
        page.relative_to(ROOT).as_posix(): sum(step.kind == "run" for step in steps(page))
        for page in FOLLOWED
    }
    assert typed["README.md"] >= 7
    assert typed["docs/tutorials/founders.md"] >= 14
    assert sum(typed.values()) >= 60
    assert sum(len(commands) for commands in NOT_RUN.values()) <= 5


def test_the_example_of_every_help_runs(reader: Reader) -> None:
    """In one folder that holds what the examples speak of."""
    for page in ("run-an-experiment.md", "import-exports.md", "follow-a-plan.md"):
        for step in steps(ROOT / "docs" / "how-to" / page):
            if step.kind == "write":
                (reader.folder / step.name).write_text(step.text, encoding="utf-8")
    reader.type("optimizer new sample --template growing_brand")
    reader.type("optimizer new shop --template private_domain")
    shutil.copy(reader.folder / "shop" / "data" / "orders.csv", reader.folder / "orders.csv")
    shutil.copy(reader.folder / "sample" / "data" / "spend.csv", reader.folder / "spend.csv")
    (reader.folder / "paths.csv").write_text(
        "path,conversions,value,nulls\n"
        + "".join(
            f"{a} > {b},{i + 2},{30 * i},{40 - i}\n"
            for i, (a, b) in enumerate(permutations("abcdef", 2))
        )
    )
    to_csv(reader.folder / "sample" / "data" / "events.parquet", reader.folder / "events.csv")
    found = examples(ROOT / "docs" / "reference" / "commands.md")
    assert len(found) == len(COMMANDS)
    # first the scenario that the others speak of
    for command in sorted(found, key=lambda text: not text.startswith("optimizer new ")):
        reader.type(command.replace("~/", ""))


def to_csv(parquet: Path, csv: Path) -> None:
    import duckdb

    duckdb.execute(f"COPY (SELECT * FROM '{parquet}') TO '{csv}' (HEADER)")


def test_readme_python_runs(reader: Reader) -> None:
    page = ROOT / "README.md"
    for step in steps(page):
        if step.kind == "write":
            (reader.folder / step.name).write_text(step.text, encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    assert names["outcome"].plan.feasible


def test_the_site_builds(tmp_path: Path) -> None:
    """mkdocs --strict: no broken link, no page left out of the menu that the menu names."""
    pytest.importorskip("mkdocs")
    words = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        str(tmp_path / "site"),
    ]
    done = subprocess.run(
        words,
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "site" / "reference" / "commands.html").exists()
