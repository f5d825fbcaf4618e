"""A finished report's own charts, read back from its page: no tables, no solver, the same numbers.

The page is read as a foreign file: only what this program itself writes into one is taken, so that
nothing in it can ask for a file or an address while it is drawn.
"""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.report.charts.look import PALETTE
from optimizer.report.export import Picture, write_pictures
from optimizer.report.page import DATA_KEYS
from optimizer.report.view import Chart

PAGES = ("report.html", "compare.html")
DRAWN = re.compile(
    r'<section id="([\w-]+)"'
    r'|<figure class="drawing"[^>]*><div role="img" aria-label="[^"]*">(<svg .*?</svg>)</div>',
    re.DOTALL,
)
TAGS = {"svg", "g", "path", "rect", "text", "tspan", "title"}  # of `drawing.flow`


def page_of(folder: Path) -> Path | None:
    """The page of a folder that holds a finished report and no scenario."""
    if not folder.is_dir() or (folder / "scenario.yaml").exists():
        return None
    return next((folder / name for name in PAGES if (folder / name).is_file()), None)


def write_finished(page: Path, folder: Path | str) -> tuple[Path, ...]:
    """Every chart of a finished page as PNG and SVG in `folder`.

    Parameters
    ----------
    page
        report.html or compare.html of a finished report.
    folder
        Where the files go.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    UserError
        Where the page is not one of ours, or holds no chart.
    """
    text = page.read_text(encoding="utf-8")
    read = _Page(text)
    try:
        block = json.loads(read.block) if read.block else {"charts": []}
        drawn = [
            Chart(
                place["data-name"] or f"chart {place['data-chart']}",
                unthemed(block["charts"][int(place["data-chart"])]),
                place["aria-label"],
                place["title"],
                small=place["small"],
            )
            for place in read.places
        ]
    except (ValueError, KeyError, IndexError, TypeError):
        raise _foreign(page) from None
    if not all(isinstance(chart.spec, dict) and _own(chart.spec) for chart in drawn):
        raise _foreign(page)
    pictures = _drawings(text, page)
    if not drawn and not pictures:
        raise UserError(
            _("this report has no charts"),
            str(page),
            _("where no plan meets the rules there is nothing to draw"),
        )
    return write_pictures(drawn, pictures, folder)


def command_of(page: Path) -> str:
    """The command that made the page, as its appendix tells it; empty where it tells none."""
    found = re.search(
        r"<code>(optimizer (?:plan|compare|demo) [^<]*)</code>", page.read_text(encoding="utf-8")
    )
    return html.unescape(found[1]).strip() if found else ""


def unthemed(spec: Any) -> Any:
    """The spec with the palette's own colours for the page's variables; the data as they are."""
    if isinstance(spec, dict):
        return {key: value if key in DATA_KEYS else unthemed(value) for key, value in spec.items()}
    if isinstance(spec, list):
        return [unthemed(value) for value in spec]
    found = re.fullmatch(r"var\(--(\w+)\)", spec) if isinstance(spec, str) else None
    return PALETTE[found[1]] if found else spec


def _own(spec: Any) -> bool:
    """Whether a spec is of the kind this program writes: data inside, nothing to be fetched."""
    if isinstance(spec, list):
        return all(map(_own, spec))
    if not isinstance(spec, dict):
        return True
    if (
        "url" in spec
        or "href" in spec
        or spec.get("type") == "image"
        or (isinstance(spec.get("data"), dict) and set(spec["data"]) != {"values"})
    ):
        return False
    return all(
        _own(value) for key, value in spec.items() if key not in ("values", "domain", "sort")
    )


def _drawings(text: str, page: Path) -> list[Picture]:
    out, section = [], ""
    for found in DRAWN.finditer(text):
        if found[1]:
            section = found[1]
            continue
        if set(re.findall(r"<(\w+)", found[2])) - TAGS or "url(" in found[2]:
            raise _foreign(page)
        out.append((section, found[2]))
    return out


def _foreign(page: Path) -> UserError:
    return UserError(
        _("the charts of this page cannot be read"),
        str(page),
        _("it was made by another version, or changed; plan its scenario again"),
    )


class _Page(HTMLParser):
    """The block of specs, and each place a chart stands in, with its title."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.block = ""
        self.places: list[dict[str, Any]] = []
        self._in_block = self._in_title = self._small = False
        self._title = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Where a chart, a title or the block of specs begins."""
        given = {key: value or "" for key, value in attrs}
        classes = given.get("class", "").split()
        if tag == "script":
            self._in_block = given.get("id") == "charts"
        elif tag == "figure":
            self._title = ""
        elif tag == "figcaption":
            self._in_title = True
        elif "smalls" in classes:
            self._small = True
        elif tag == "section":
            self._small = False
        elif "chart" in classes and "data-chart" in given:
            self.places.append(
                {
                    "data-chart": given["data-chart"],
                    "data-name": given.get("data-name", ""),
                    "aria-label": given.get("aria-label", ""),
                    "title": self._title.strip(),
                    "small": self._small,
                }
            )

    def handle_endtag(self, tag: str) -> None:
        """Where a title or the block ends."""
        if tag == "figcaption":
            self._in_title = False
        elif tag == "script":
            self._in_block = False

    def handle_data(self, data: str) -> None:
        """Text of the title or the block."""
        if self._in_block:
            self.block += data
        elif self._in_title:
            self._title += data
