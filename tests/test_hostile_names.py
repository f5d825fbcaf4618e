"""Names that hold the interface's own words come out untouched, in English and in Chinese."""

from __future__ import annotations

import csv
import html
import json
import random
import re
from collections.abc import Callable
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import highspy
import pytest

from optimizer.allocation.frontier import frontier
from optimizer.pipeline import prepare, run
from optimizer.pipeline.outcome import Outcome
from optimizer.report import write
from optimizer.report.markdown import safe
from optimizer.report.terminal import summary
from optimizer.report.words import Words
from optimizer.scenario import load_scenario
from optimizer.shown import CONTROLS

CUT = """name: tight
currency: CNY
period: week
horizon: 4
budget: {budget}
goal: customers
channels:
  search and social: {{curve: {{saturating: {{ceiling: 900, half_spend: 40000}}}}}}
  koc: {{curve: {{saturating: {{ceiling: 600, half_spend: 30000}}}}}}
rules:
  - {{min: {least}, of: search and social}}
  - {{max_cac: {cac}, of: search and social}}
"""
CHANNELS = (
    "alpha and beta",
    "gamma of delta/koc, waist",  # a platform and a tier
    "epsilon 和 zeta",
    "eta 至多 100%",
    "max_cac 75 of theta",
    "{channel} [iota], 或（kappa）",
)
SEGMENTS = ("young, not old; or 中年", "{n} rows (50% of all) 以及")
FILE = "spend of {file}, 至多 100%.csv"
NAMES = (*CHANNELS, *SEGMENTS, FILE)


def load(folder: Path, text: str) -> Outcome:
    folder.mkdir(exist_ok=True)
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    return run(load_scenario(folder / "scenario.yaml"))


def told(outcome: Outcome, folder: Path, lang: str) -> dict[str, str]:
    """What a reader is told, by where it is told; markup and escapes taken away."""
    write(outcome, folder, lang)
    blocks = summary(outcome, lang)
    page = (folder / "report.html").read_text(encoding="utf-8")
    page = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)  # the chart library
    return {
        "md": (folder / "report.md").read_text(encoding="utf-8"),
        "html": html.unescape(page.replace("\u2060", "")),
        "terminal": "\n".join(
            " | ".join(row) for title, columns, rows, said in blocks for row in (said, *rows)
        ),
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_rule_on_a_channel_called_search_and_social_is_one_rule(
    tmp_path: Path, lang: str
) -> None:
    """Why there is no plan, in the verdict, the conflict and the remarks."""
    outcome = load(tmp_path, CUT.format(budget=1000, least=45000, cac=30))
    assert not outcome.plan.feasible
    for where, text in told(outcome, tmp_path / lang, lang).items():
        assert text.count("search and social") > 3, where
        if lang == "zh":
            assert "最低花费（search and social）" in text, where
            assert (
                "最低花费 45,000（search and social）和获客成本至多 30（search and social）" in text
            )
            assert not re.search(r"search(?! and social)|(?<!search and )social", text), where


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_rule_is_one_where_it_binds(tmp_path: Path, lang: str) -> None:
    """In the table of rules, and in what changes along a frontier."""
    outcome = load(tmp_path, CUT.format(budget=90000, least=20000, cac=100))
    rule = {"en": "CAC at most (search and social)", "zh": "获客成本至多（search and social）"}[
        lang
    ]
    for where, text in told(outcome, tmp_path / lang, lang).items():
        assert rule in text, where
    steps = frontier(prepare(outcome.scenario).problem(), start=5000.0, stop=150000.0, steps=4)
    say = Words(lang)
    notes = [say(step.note) for step in steps]
    assert any("search and social" in note for note in notes)
    for note in notes:
        assert not re.search(r"search(?! and social)|(?<!search and )social", note)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Channels, segments and a file whose names hold what the interface itself is made of."""
    folder = tmp_path_factory.mktemp("hostile")
    rng = random.Random(3)
    monday = date(2026, 1, 5)
    events = [["user_id", "timestamp", "channel", "event", "value", "who"]]
    spend = [["period", "channel", "spend", "who"]]
    for _ in range(6):
        for i, channel in enumerate(CHANNELS):
            for j, segment in enumerate(SEGMENTS):
                touches = 30 + 10 * i + rng.randrange(20)
                spend.append([f"{monday}", channel, f"{20 * touches}", segment])
                for _ in range(touches):
                    user, day = f"u{len(events)}", monday + timedelta(days=rng.randrange(7))
                    events.append([user, f"{day} 10:00:00", channel, "touch", "", segment])
                    if rng.random() < 0.15 + 0.1 * j:
                        sale = [user, f"{day} 10:30:00", "", "purchase", "100", segment]
                        events.append(sale)
        monday += timedelta(days=7)
    for name, rows in (("events.csv", events), (FILE, spend)):
        with (folder / name).open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(rows)
    return load(
        folder,
        f"""name: "{{slots}} and 至多 50% of [it], 或"
horizon: 4
budget: 60000
data: {{events: events.csv, spend: "{FILE}"}}
attribution: {{model: markov, intervals: 20}}
segments: {{column: who, least: 20}}
rules:
  - {{max_cac: 120, of: "alpha and beta"}}
  - {{min_share: 0.1, of: "max_cac 75 of theta"}}
  - {{max_share: 0.5, of: "{SEGMENTS[0]}"}}
""",
    )


def test_every_name_comes_out_in_both_languages(hostile: Outcome, tmp_path: Path) -> None:
    """Each name stands in the Chinese report as often as in the English one."""
    en, zh = (told(hostile, tmp_path / lang, lang) for lang in ("en", "zh"))
    written: dict[str, Callable[[str], str]] = {
        "md": safe,
        "html": lambda name: name,
        "terminal": lambda name: name,
    }
    for where, form in written.items():
        for name in (*NAMES, hostile.scenario.name):
            times = en[where].count(form(name))
            assert zh[where].count(form(name)) == times, (where, name)
            if where != "terminal":
                assert times, (where, name)


def test_no_sentence_of_the_chinese_report_is_english(hostile: Outcome, tmp_path: Path) -> None:
    """Beside the names, hardly a sentence of English is left; formulas and keys are as they are."""
    text = told(hostile, tmp_path, "zh")["md"].partition("## 附录")[0]
    for name in sorted((*NAMES, hostile.scenario.name), key=len, reverse=True):
        text = text.replace(safe(name), "")
    assert not re.findall(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", text)


NASTY = (
    '=HYPERLINK(1) say "hi", a;b {{7*7}}$(id)%s',
    "@sum <script>alert(1)</script>",
    "+1 ]]><svg onload=alert(2)> | *b* [x](y) `c`",
    "-1+cmd x'; DROP TABLE t; -- \\ + 3 x <= 4 " + "n" * 200,
    "\u202e https://evil.example --> <!--",
    "x\n```\n<script>alert(3)</script>",
)


class Tags(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_names_are_names_in_every_output(tmp_path: Path, optimizer: Callable[..., Any]) -> None:
    """HTML, SVG, Markdown, csv, a workbook, JSON, LP, the terminal: nothing runs, nothing is lost."""
    curves = {name: {"curve": {"saturating": {"ceiling": 30, "half_spend": 90}}} for name in NASTY}
    scenario = {"name": NASTY[1], "horizon": 2, "budget": 900, "channels": curves}
    (tmp_path / "scenario.yaml").write_text(json.dumps(scenario), encoding="utf-8")
    out = tmp_path / "out"
    more = ("--charts", out / "charts", "--workbook", out / "plan.xlsx")
    ran = optimizer("report", tmp_path, "--out", out, *more)
    assert ran.code == 0, ran.err
    assert not CONTROLS.search(ran.out + ran.err)
    page = (out / "report.html").read_text(encoding="utf-8")
    own = Tags(page).found
    assert not [a for _, attrs in own for a in attrs if a.startswith("on")]
    assert not [tag for tag, attrs in own if tag == "a" and "evil" in (attrs.get("href") or "")]
    assert "alert(1)</script>" not in page.replace("\\u003c", "<!")
    assert "49$(id)" not in page
    drawn = list((out / "charts").glob("*.svg"))
    for picture in drawn:
        for element in ElementTree.fromstring(picture.read_text(encoding="utf-8")).iter():
            assert not element.tag.endswith(("script", "foreignObject"))
            assert not [key for key in element.attrib if key.startswith("on")]
    assert drawn
    told = (out / "report.md").read_text(encoding="utf-8")
    told = re.sub(r"^```.*?^```", "", told, flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"<script|<svg|(?<!\\)\[x\]\(y\)|https://evil", told)
    with (out / "plan.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if re.match(r"[=@\t]|[+-]\D|[+-]1$", cell)]
    book = pytest.importorskip("openpyxl").load_workbook(out / "plan.xlsx")
    written = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in written if cell.data_type == "f" and "H" in str(cell.value)]
    plan = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert {line["channel"] for line in plan["spend"]} == {*NASTY}
    model = highspy.Highs()
    model.silent()
    assert model.readModel(str(out / "model.lp")) == highspy.HighsStatus.kOk
    assert model.getNumCol() >= len(NASTY)
