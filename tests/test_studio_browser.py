"""The whole job in a browser, from an empty folder: once, with the keyboard where it matters."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import browser
import pytest
import studio_worlds
from serve_worlds import Served

pytest.importorskip("starlette", reason="the extra `serve` is not installed")
openpyxl = pytest.importorskip("openpyxl")

from optimizer.scenario import load_scenario  # noqa: E402
from optimizer.studio.app import app  # noqa: E402

PICTURES = os.environ.get("OPTIMIZER_PICTURES")  # a folder for what every page looks like


def picture(page: Any, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def sound(page: Any, name: str, width: int) -> None:
    """Nothing is cut off, and axe finds nothing."""
    picture(page, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert browser.accessibility(page) == [], name


def give_files(page: Any, files: list[Path]) -> None:
    page.locator("#pick").set_input_files([str(file) for file in files])
    page.locator("#f5").wait_for()
    page.locator(".job").wait_for(state="detached")
    page.get_by_text("spend 9,120.00, 8 weeks, 1 channel").wait_for()


def mend(page: Any) -> None:
    """The two broken files: a question is answered, a header is named."""
    answer = page.locator("select[name=value]").first
    answer.focus()
    answer.select_option("mdy")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the button that follows the question
    page.get_by_text("spend 9,420.00, 6 weeks, 1 channel").wait_for()
    social = page.locator("article", has=page.get_by_role("heading", name="social.csv"))
    assert social.locator("select[name=key]").input_value() == "columns"
    social.locator("input[name=below]").fill("spend")
    social.locator("input[name=value]").last.fill("Outlay")
    social.get_by_role("button", name="Write it").click()
    page.get_by_text("spend 7,100.00, 8 weeks, 1 channel").wait_for()
    page.locator(".job").wait_for(state="detached")
    page.get_by_role("button", name="Use these files").click()
    page.get_by_role("heading", name="The scenario has these tables now").wait_for()


def add_rule(page: Any, name: str, **values: str) -> None:
    page.locator("select[name=add]").select_option(name)
    page.get_by_role("button", name="Add it").click()
    blank = page.locator("#blank")
    blank.wait_for()
    for key, value in values.items():
        blank.locator(f"input[name$='.{key}']").fill(value)


def save(page: Any) -> None:
    mark = page.locator("#unsaved", has_text="Not saved yet")
    for _ in range(3):  # a click that meets a page on its way to be made anew is lost
        page.get_by_role("button", name="Save").click()
        try:
            mark.wait_for(state="detached", timeout=20_000)
            break
        except Exception as error:  # the browser library is imported where it is there
            if "Timeout" not in type(error).__name__:
                raise
    mark.wait_for(state="detached", timeout=1_000)
    assert page.locator("#troubles").count() == 0
    assert page.evaluate("sessionStorage.length") == 0


def plan(page: Any) -> None:
    page.get_by_role("button", name="Plan").click()
    page.locator(".job").wait_for(state="detached")


@pytest.mark.browser
def test_the_whole_job(tmp_path: Path) -> None:
    browser.require()
    folder = tmp_path / "brand"
    files = studio_worlds.write_exports(tmp_path / "given")
    served = Served(lambda port: app(folder, "tok", port))
    home = f"http://127.0.0.1:{served.port}/tok/"
    try:
        with browser.chromium(tmp_path / "profile") as open_page:
            watched = open_page(home + "en/data", offline=False, width=1280)
            page = watched.ready()
            page.set_default_timeout(300_000)
            give_files(page, files)
            sound(page, "data", 1280)
            mend(page)
            page.goto(home + "en/problems")
            page.get_by_text("Nothing is wrong.").or_(
                page.get_by_text("notes.csv")
            ).first.wait_for()
            page.locator(".job").wait_for(state="detached")
            page.goto(home + "en/rules")
            add_rule(page, "max_cac", value="500")
            add_rule(page, "min_share", value="10%", of="search")
            page.locator("input[name=budget]").fill("¥5,000")
            page.reload()  # in the middle: what was typed is there again
            page.wait_for_selector("form[data-dirty]")
            assert page.locator("input[name=budget]").input_value() == "¥5,000"
            page.get_by_label("feed: at least").fill("6000")
            sound(page, "rules", 1280)
            save(page)
            loaded = load_scenario(folder)
            assert (loaded.budget, loaded.channels["feed"].min) == (5000, 6000)
            assert [(r.name, r.value) for r in loaded.rules] == [
                ("max_cac", 500),
                ("min_share", 0.1),
            ]

            page.goto(home + "en/plan")
            plan(page)
            page.get_by_role("heading", name="No plan keeps all of this").wait_for()
            sound(page, "no-plan", 1280)
            page.get_by_role("button", name="Take it, and plan: Budget").click()
            page.locator(".job").wait_for(state="detached")
            assert load_scenario(folder).budget >= 6000
            report = page.frame_locator("iframe.report")
            report.locator("html[data-ready]").wait_for(state="attached")
            picture(page, "plan")
            for name, budget in (("tight", None), ("middle", "12000"), ("wide", "16000")):
                if budget:
                    page.goto(home + "en/rules")
                    page.locator("input[name=budget]").fill(budget)
                    save(page)
                page.goto(home + "en/plan")
                page.locator("form.pin input").fill(name)
                page.get_by_role("button", name="Pin this scenario").click()
                page.wait_for_url("**/compare")
            page.get_by_label("scenario.yaml").uncheck()
            page.get_by_role("button", name="Compare those").click()
            page.locator(".job").wait_for(state="detached")
            page.frame_locator("iframe.report").get_by_text("wide").first.wait_for()
            picture(page, "compare")

            page.goto(home + "en/download")
            sound(page, "download", 1280)
            with page.expect_download() as taken:
                page.get_by_role("link", name="workbook").click()
            book = openpyxl.load_workbook(io.BytesIO(Path(taken.value.path()).read_bytes()))
            assert "Plan" in book.sheetnames
            with page.expect_download() as taken:
                page.get_by_role("link", name="(zip)").click()
            names = zipfile.ZipFile(io.BytesIO(Path(taken.value.path()).read_bytes())).namelist()
            assert {"brand/scenario.yaml", "brand/wide.yaml", "brand/data/spend.csv"} <= {*names}
            page.goto(home + "en/file/report/report.html")
            page.wait_for_selector("html[data-ready]", state="attached")
            assert page.pdf()[:5] == b"%PDF-"
            assert watched.errors == []
            assert [url for url in watched.requests if not url.startswith(home)] == []

            phone = open_page(home + "zh/data", offline=False, width=390, height=800, dark=True)
            page = phone.ready()
            for name in ("data", "problems", "rules", "plan", "compare", "download"):
                page.goto(home + "zh/" + name)
                page.locator(".job").wait_for(state="detached")
                sound(page, f"phone-{name}", 390)
            assert phone.errors == []
    finally:
        served.stop()
