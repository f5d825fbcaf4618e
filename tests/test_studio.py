"""The studio over HTTP: what it writes is what the command line writes, nothing is lost, strangers
find nothing.
"""

from __future__ import annotations

import asyncio
import html
import io
import json
import os
import re
import shutil
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
import studio_worlds
from hypothesis import given, settings
from hypothesis import strategies as st
from serve_worlds import Served

pytest.importorskip("starlette", reason="the extra `serve` is not installed")
pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")

from optimizer.allocation.rule import RULES
from optimizer.errors import Problems, UserError
from optimizer.locale import Reader
from optimizer.pipeline.scaffold import scaffold
from optimizer.scenario import load_scenario
from optimizer.studio import versions
from optimizer.studio.app import app
from optimizer.studio.edits import written
from optimizer.studio.folder import Folder, Stale, clean_name
from optimizer.studio.form import Form, blank_rule, form_of, raw_of
from optimizer.studio.jobs import Jobs, Teller
from optimizer.studio.typed import shown, typed
from optimizer.yaml_file import parse

SCENARIO = """\
# ours
name: Brand
budget: 4万     # all of it
horizon: 8
channels:
  search: {min: 1000, curve: {saturating: {ceiling: 300, half_spend: 4000}}}   # safe
  feed: {curve: {saturating: {ceiling: 500, half_spend: 9000}}}
rules:
  - {max_cac: 500}   # the board's
  - {min_share: 10%, of: search}
"""


@settings(max_examples=50)
@given(st.text(max_size=300))
def test_every_cleaned_name_stays_in_its_folder(raw: str) -> None:
    try:
        name = clean_name(raw)
    except UserError:
        return
    assert "/" not in name
    assert "\\" not in name
    assert name[0] != "."
    assert Path(name).name == name
    assert len(name.encode()) <= 180
    assert clean_name(name) == name


@pytest.mark.parametrize(
    "value", [None, 40000.0, 0.1, 12, "40万", "30%", True, ["a", "b"], {"W1": 5}]
)
def test_what_is_shown_is_typed_back(value: object) -> None:
    assert typed(shown(value)) == value


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    return Folder(tmp_path)


def sent(form: Form) -> dict[str, str]:
    """The form as a browser sends it."""
    out = {one.name: one.value for one in form.basics}
    for row in form.channels:
        out |= {f"{row.key}.name": row.name} | {one.name: one.value for one in row.fields}
    for rule in form.rules:
        out |= {f"{rule.key}.rule": rule.rule, f"{rule.key}.was": rule.was}
        out |= {one.name: one.value for one in rule.fields}
    return out


def edited(folder: Folder, **changes: str) -> str:
    text = folder.text() or ""
    source = parse(text, "scenario.yaml", folder.path)
    form = form_of(raw_of(source), ())
    return written(source, sent(form) | {k.replace("__", "."): v for k, v in changes.items()}, ())


def test_a_form_changes_what_was_changed_and_nothing_else(folder: Folder) -> None:
    assert edited(folder) == SCENARIO
    new = edited(folder, budget="¥50,000", c1__max="20000", r0__value="450", r1__gone="1")
    kept = [line for line in SCENARIO.splitlines() if line in new.splitlines()]
    assert "# ours" in kept
    assert "budget: 50000  # all of it" in new.splitlines()
    assert "max_cac: 450" in new
    assert "# the board's" in new
    assert "min_share" not in new
    versions.save(folder, new, folder.seen())
    loaded = load_scenario(folder.path)
    assert (loaded.budget, loaded.channels["search"].max, len(loaded.rules)) == (50000, 20000, 1)


@pytest.mark.parametrize("name", [name for name in RULES if not RULES[name].caps_total])
def test_every_rule_of_the_registry_has_its_fields(name: str, folder: Folder) -> None:
    """A rule that is registered can be added, its entry is read by the scenario's own reader."""
    text = folder.text() or ""
    source = parse(text, "scenario.yaml", folder.path)
    posted = sent(form_of(raw_of(source), ()))
    row = blank_rule(name, posted)
    tries = {"value": {"share": "20%", "count": "3"}.get(RULES[name].unit, "7"), "of": "feed"}
    tries |= {"to": "search", "stage": "interest", "resource": "videos", "period": "W1"}
    tries |= {"cac": "40", "commit": "500", "weights": "{feed: 1}"}
    for one in row.fields:
        key = one.name.rpartition(".")[2]
        value = "{W1: 0.5}" if key == "value" and "dict" in str(RULES[name].hints["value"]) else ""
        posted[one.name] = value or (one.options[-1][0] if one.options else tries.get(key, ""))
    posted |= {f"{row.key}.rule": name, f"{row.key}.was": ""}
    versions.save(folder, written(source, posted, ()), folder.seen())
    assert load_scenario(folder.path).rules[-1].name == name


def test_an_old_page_is_refused_and_nothing_is_lost(folder: Folder) -> None:
    seen = folder.seen()
    texts = [SCENARIO]
    for budget in ("50000", "60000", "70000"):
        texts.append(edited(folder, budget=budget))
        versions.save(folder, texts[-1], folder.seen())
    with pytest.raises(Stale):
        versions.save(folder, SCENARIO, seen)
    with pytest.raises(Problems):
        versions.save(folder, "budget: -1\n", folder.seen())
    assert folder.text() == texts[3]
    versions.step(folder, folder.seen(), back=True)
    versions.step(folder, folder.seen(), back=True)
    assert folder.text() == texts[1]
    versions.step(folder, folder.seen(), back=False)
    assert folder.text() == texts[2]
    versions.step(folder, folder.seen(), back=True)
    versions.save(folder, edited(folder, budget="80000"), folder.seen())
    kept = {f.read_text(encoding="utf-8") for f in (folder.versions / "before").iterdir()}
    assert kept >= {*texts}, "what was undone can still be gone back to"


def _slow(tell: Teller, seconds: float, mark: str) -> str:
    tell("at work")
    time.sleep(seconds)
    Path(mark).touch()
    return mark


def test_work_ends_with_its_page_and_goes_on_through_a_reload(tmp_path: Path) -> None:
    async def story() -> list[str]:
        jobs = Jobs(grace=0.3)
        gone = jobs.start("plan", 1, _slow, 600.0, str(tmp_path / "never"))
        assert jobs.start("plan", 1, _slow, 600.0, "x") is gone
        async for news in jobs.follow(gone):
            if news.step:
                break
        await asyncio.sleep(0.8)
        stays = jobs.start("read", 2, _slow, 0.2, str(tmp_path / "done"))
        async for __ in jobs.follow(stays):  # a page that is loaded anew follows again
            break
        async for __ in jobs.follow(stays):
            pass
        jobs.start("read", 3, _slow, 600.0, "x")
        jobs.end("read")
        return [gone.state, stays.state, str(stays.value), jobs.found["read"].state]

    assert asyncio.run(story()) == ["ended", "done", str(tmp_path / "done"), "ended"]
    assert not (tmp_path / "never").exists()


class Studio(Served):
    """The studio of a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(lambda port: app(folder, "tok", port))
        self.folder = folder

    def get(self, path: str) -> tuple[int, str]:
        status, raw, _ = self.ask("GET", f"/tok/en/{path}")
        return status, html.unescape(raw.decode())

    def form(self, path: str, **fields: str) -> tuple[int, str]:
        body = urlencode({k.replace("__", "."): v for k, v in fields.items()}).encode()
        kind = {"content-type": "application/x-www-form-urlencoded"}
        status, raw, headers = self.ask("POST", f"/tok/en/{path}", body, kind)
        if status == 303:
            return self.get(headers["location"].removeprefix("/tok/en/"))
        return status, html.unescape(raw.decode())

    def put(self, name: str, raw: bytes) -> int:
        kind = {"content-type": "application/octet-stream"}
        return self.ask("POST", f"/tok/en/upload?name={quote(name)}", raw, kind)[0]

    def wait(self, kind: str) -> str:
        """Follow a job to its end, as the page does."""
        status, raw, _ = self.ask("GET", f"/tok/en/progress/{kind}")
        assert status == 200
        return str(json.loads(raw.decode().strip().rpartition("data: ")[2])["end"])


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    made = Studio(tmp_path_factory.mktemp("studio") / "brand")
    yield made
    made.stop()


def test_files_become_what_the_command_line_makes_of_them(studio: Studio, tmp_path: Path) -> None:
    given_files = studio_worlds.write_exports(tmp_path / "given")
    for file in given_files:
        assert studio.put(f"../../{file.name}", file.read_bytes()) == 200
    studio.get("data")
    assert studio.wait("read") == "done"
    status, page = studio.get("data")
    assert status == 200
    assert "spend 9,120.00, 8 weeks, 1 channel" in page
    assert page.count('name="key" value="dates"') == 1, "one question, asked once"
    assert studio.form("data/make")[0] == 200
    assert studio.wait("make") == "failed", "a broken table is never made"
    assert "could be month/day or day/month" in studio.get("data")[1]
    assert not (studio.folder / "scenario.yaml").exists()
    assert studio.form("data/map", file="feed.csv", key="dates", value="ymd")[0] == 400
    studio.form("data/map", file="feed.csv", key="dates", value="mdy")
    studio.form("data/map", file="social.csv", key="columns", below="spend", value="Outlay")
    studio.form("data/make")
    assert studio.wait("make") == "done"
    (tmp_path / "given" / "mapping.yaml").write_text(studio_worlds.MAPPING, encoding="utf-8")
    scaffold(given_files, tmp_path / "brand", Reader("en"), lambda text: None)
    for name in ("scenario.yaml", "data/spend.csv", "data/paths.csv"):
        assert (studio.folder / name).read_bytes() == (tmp_path / "brand" / name).read_bytes()


@pytest.fixture
def made(studio: Studio) -> Studio:
    """The studio with a scenario of its own."""
    studio.folder.mkdir(exist_ok=True)
    (studio.folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    return studio


def test_two_tabs_and_a_budget_that_cannot_be(made: Studio) -> None:
    old = re.search(r'name="seen" value="(\w+)"', made.get("rules")[1])
    assert old is not None
    seen = old[1]
    assert made.form("rules/save", seen=seen, budget="500")[0] == 200
    status, page = made.form("rules/save", seen=seen, budget="90000")
    assert status == 409
    assert "<td>500</td><td>90000</td>" in page
    assert 'name="budget" value="90000"' in page
    assert load_scenario(made.folder).budget == 500
    made.form("plan/start")
    assert made.wait("plan") == "done"
    page = made.get("plan")[1]
    assert "No plan keeps all of this" in page
    number = re.search(r'name="remedy" value="(\d+)"><button class="go">[^<]*Budget', page)
    assert number is not None
    seen = Folder(made.folder).seen()
    assert made.form("plan/fix", seen=seen, remedy=number[1])[0] == 200
    assert made.wait("plan") == "done"
    assert "No plan keeps" not in made.get("plan")[1]
    assert load_scenario(made.folder).budget == 1000
    page = (made.folder / "report" / "report.html").read_text(encoding="utf-8")
    status, raw, headers = made.ask("GET", "/tok/en/file/report/report.html")
    assert (status, raw.decode()) == (200, page)
    assert "script-src 'sha256-" in headers["content-security-policy"]


def test_sliders_write_into_the_scenario(made: Studio) -> None:
    assert made.get("what-if/")[0] == 200
    if made.get("progress/sliders")[0] == 200:
        made.wait("sliders")
    status, page = made.get("what-if/")
    assert status == 200
    seen = re.search(r'data-seen="(\w+)"', page)
    assert seen is not None
    status, found = made.post("/tok/en/what-if/plan", {"budget": 20000})
    assert (status, found["status"]) == (200, "ok")
    assert made.post(f"/tok/en/what-if/keep?seen={seen[1]}", {"budget": 20000})[0] == 200
    assert load_scenario(made.folder).budget == 20000
    assert made.post(f"/tok/en/what-if/keep?seen={seen[1]}", {"budget": 30000})[0] == 400


def test_strangers_find_nothing_and_bad_bodies_are_400s(made: Studio) -> None:
    for method, path in (
        ("GET", "/tak/en/data"),
        ("GET", "/tok/fr/data"),
        ("GET", "/tok/en/file/report/..%2Fscenario.yaml"),
        ("GET", "/tok/en/file/data/spend.csv"),
        ("GET", "/tok/en/file/report/%2e%2e"),
        ("GET", "/tok/en/look/app.py"),
        ("GET", "/tok/en/progress/nothing"),
        ("POST", "/tak/en/upload?name=x.csv"),
        ("POST", "/tok/en/data/nothing"),
        ("DELETE", "/tok/en/data"),
    ):
        assert made.ask(method, path, b"" if method == "POST" else None)[0] == 404, path
    evil = {"host": "evil.example"}
    assert made.ask("GET", "/tok/en/data", headers=evil)[0] == 404
    kind = {"content-type": "application/x-www-form-urlencoded"}
    before = {f: f.read_bytes() for f in made.folder.rglob("*") if f.is_file()}
    for path in (
        "rules/save",
        "problems/save",
        "data/map",
        "data/remove",
        "plan/fix",
        "compare/use",
    ):
        for body in (b"\xff\xfe", b"a&b", b"seen=%ff", b"&".join([b"a=1"] * 6000), b"text=%5B%5B"):
            status, raw, _ = made.ask("POST", f"/tok/en/{path}", body, kind)
            assert status in (400, 409), (path, body[:9], status)
            assert str(made.folder) not in raw.decode()
        assert made.ask("POST", f"/tok/en/{path}", b"{}", {"content-type": "text/plain"})[0] == 400
        cross = {**kind, "sec-fetch-site": "cross-site"}
        assert made.ask("POST", f"/tok/en/{path}", b"seen=x", cross)[0] == 400
    assert made.ask("POST", "/tok/en/problems/save", b"a" * 1_100_000, kind)[0] == 413
    for name in ("..", "", "mapping.yaml", "\ud800".encode("utf-8", "surrogatepass").hex() + "/"):
        assert made.put(name, b"x") == 400, name
    assert {f: f.read_bytes() for f in made.folder.rglob("*") if f.is_file()} == before


def test_pins_and_the_folder_as_one_file(made: Studio) -> None:
    assert made.form("plan/pin", name="wide / best")[0] == 200
    assert (made.folder / "best.yaml").read_text(encoding="utf-8") == SCENARIO
    assert made.form("plan/pin", name="best")[0] == 400
    assert made.form("compare/start", **{"take.best__yaml": "1"})[0] == 400
    (made.folder / "data").mkdir(exist_ok=True)
    (made.folder / "data" / "spend.csv").touch()
    os.symlink("/etc/passwd", made.folder / "data" / "stolen.csv")
    raw = made.ask("GET", "/tok/en/take/scenario.zip")[1]
    names = zipfile.ZipFile(io.BytesIO(raw)).namelist()
    assert {"brand/scenario.yaml", "brand/best.yaml", "brand/data/spend.csv"} <= {*names}
    assert not [name for name in names if "stolen" in name or "versions" in name]
    assert made.form("compare/remove", name="best.yaml")[0] == 200
    assert not (made.folder / "best.yaml").exists()
    assert list((made.folder / "versions" / "pinned").iterdir())
    shutil.rmtree(made.folder / "exports", ignore_errors=True)
    assert made.get("data")[0] == 200
