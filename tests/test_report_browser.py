"""The report in a real browser with the network cut: every chart drawn, nothing asked for, nothing said in the console."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import browser
import pytest
from report_worlds import CHANNELS, NASTY, impossible, world

from optimizer import report

pytestmark = pytest.mark.browser

SHOWN = [  # report, width, dark
    ("full-en", 1280, False),
    ("full-zh", 390, True),
    ("nasty-en", 390, False),
    ("nasty-zh", 1280, True),
    ("none-en", 390, False),
    ("bare-zh", 1280, False),
]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    browser.require()
    with browser.chromium(tmp_path_factory.mktemp("profile")) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    made = {
        "full": world(CHANNELS, periods=4),
        "nasty": world(NASTY),
        "none": impossible(),
        "bare": world(CHANNELS[:2], bare=True),
    }
    plain = world(CHANNELS[:2])
    assert plain.attribution is not None
    credits = tuple(
        dataclasses.replace(c, low=None, high=None, by_stage=None)
        for c in plain.attribution.credits
    )
    made["bare"] = dataclasses.replace(
        made["bare"], attribution=dataclasses.replace(plain.attribution, credits=credits)
    )
    for name in dict.fromkeys(name for name, *__ in SHOWN):
        outcome, lang = name.split("-")
        report.write(made[outcome], folder / name, lang)
    return {path.name: path / "report.html" for path in folder.iterdir()}


@pytest.fixture(scope="module")
def shown(chromium: Any, reports: dict[str, Path]) -> Callable[..., Any]:
    """Each report is opened once; whoever changes its page puts it back."""

    @cache
    def opened(name: str) -> Any:
        __, width, dark = next(one for one in SHOWN if one[0] == name)
        watched = chromium(reports[name].as_uri(), width=width, dark=dark)
        watched.ready()
        return watched

    return opened


@pytest.mark.parametrize(("name", "width", "dark"), SHOWN)
def test_draws_everything_and_asks_for_nothing(
    shown: Callable[..., Any], name: str, width: int, dark: bool
) -> None:
    watched = shown(name)
    page = watched.page
    places = page.locator(".chart").count()
    assert page.locator(".chart svg").count() == places
    assert places > 0 or name.startswith("none")
    assert watched.errors == []
    assert watched.requests == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width, (
        "the page scrolls sideways"
    )
    assert page.locator("img, iframe, object").count() == 0


def test_charts_have_marks_and_people_can_read_their_numbers(shown: Callable[..., Any]) -> None:
    page = shown("full-en").page
    for place in page.locator(".chart").all():
        assert place.locator("svg path").count() > 3
    seen = page.locator("body").inner_text() + "\n".join(
        page.locator("svg text").all_text_contents()
    )
    raw = re.findall(r"\d+\.\d{4,}|\d+e[+-]?\d+|NaN|undefined|\[object", seen)
    assert raw == []


def test_axes_say_what_they_mean(shown: Callable[..., Any]) -> None:
    """The axis of 23,005 customers does not say 2.3k."""
    page = shown("full-en").page
    labels = page.locator("#baselines svg .role-axis-label text").all_text_contents()
    assert "20k" in labels
    chinese = shown("full-zh").page
    assert "2万" in chinese.locator("#baselines svg .role-axis-label text").all_text_contents()


def test_no_chart_label_is_cut(shown: Callable[..., Any]) -> None:
    for name in ("full-en", "full-zh"):  # wide and narrow
        page = shown(name).page
        cut = page.evaluate(
            """() => [...document.querySelectorAll('.chart')].flatMap(place => {
                const box = place.getBoundingClientRect();
                return [...place.querySelectorAll('svg text')].filter(t => {
                    const r = t.getBoundingClientRect();
                    return r.width > 0 && (r.left < box.left - 3 || r.right > box.right + 3);
                }).map(t => t.textContent);
            })"""
        )
        assert cut == [], f"{name}: {cut}"


def test_filter_by_platform(shown: Callable[..., Any]) -> None:
    page = shown("full-en").page
    page.locator("input[name=platform][value=douyin]").check(force=True)
    page.wait_for_function(
        "document.querySelectorAll('#plan .chart svg .role-axis-label text').length < 12"
    )
    rows = page.locator("#plan tbody tr:visible th").all_text_contents()
    assert rows
    assert all(name.strip().startswith("douyin/") for name in rows)
    assert page.locator("#curves figure:visible").count() == len(rows)
    page.locator("input[name=platform][value='']").check(force=True)
    page.wait_for_function(
        "document.querySelectorAll('#plan .chart svg .role-axis-label text').length > 12"
    )
    assert page.locator("#plan tbody tr:visible").count() == len(CHANNELS)


def test_hover_shows_numbers_written_for_people(shown: Callable[..., Any]) -> None:
    page = shown("nasty-zh").page
    page.locator("#plan .chart svg .mark-symbol path").first.hover(force=True)
    tip = page.locator("#vg-tooltip-element.visible")
    tip.wait_for(timeout=5000)
    assert "¥" in tip.inner_text()
    assert tip.locator("img").count() == 0
    page.mouse.move(0, 0)
    tip.wait_for(state="hidden", timeout=5000)


def test_dark_and_light_differ_and_print_is_light(shown: Callable[..., Any]) -> None:
    def colour(page: Any) -> str:
        return str(
            page.evaluate(
                "getComputedStyle(document.querySelector('#baselines svg path[aria-label], #baselines svg .mark-rect path')).fill"
            )
        )

    light, dark = shown("full-en").page, shown("full-zh").page
    assert colour(light) != colour(dark)
    dark.emulate_media(media="print")
    assert colour(dark) == colour(light)
    dark.emulate_media(media="screen")


def test_summary_prints_on_two_pages(shown: Callable[..., Any]) -> None:
    """The verdict, the cards and the plan stand on the first two pages."""
    page = shown("full-en").page
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 690, "height": 1000})  # A4 less its margins, at 96 dpi
    height = page.evaluate(
        "document.querySelector('#waterfall').getBoundingClientRect().top + scrollY"
    )
    assert height < 2 * 1010
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("name", ["full-en", "nasty-zh", "none-en"])
def test_accessible(shown: Callable[..., Any], name: str) -> None:
    page = shown(name).page
    for details in page.locator("details").all():
        details.evaluate("d => { d.open = true }")
    assert browser.accessibility(page) == []


def test_works_from_the_keyboard(chromium: Any, reports: dict[str, Path]) -> None:
    """The first stop leads to the plan; the filter, the details and the wide tables can be reached and used."""
    page = chromium(reports["full-en"].as_uri(), width=390).ready()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#plan"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "platform"
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelectorAll('#plan tbody tr.out').length > 10")
    stops = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        stops.add(
            page.evaluate("document.activeElement.tagName + '.' + document.activeElement.className")
        )
    assert "SUMMARY." in stops
    assert "DIV.scroll" in stops
