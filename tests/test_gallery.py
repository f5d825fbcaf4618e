"""The gallery: its code runs as it stands, and its pictures are what that code draws."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "how-to" / "draw-and-share-results.md"
BLOCKS = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every block of the page run in order, beside a copy of the scenarios. `REDRAW=1` renews the committed pictures."""
    place = tmp_path_factory.mktemp("gallery")
    shutil.copytree(ROOT / "scenarios", place / "scenarios")
    (place / "docs" / "pictures").mkdir(parents=True)
    here = Path.cwd()
    os.chdir(place)
    try:
        names: dict[str, Any] = {}
        for block in BLOCKS.findall(PAGE.read_text(encoding="utf-8")):
            exec(block, names)
    finally:
        os.chdir(here)
    if os.environ.get("REDRAW"):
        shutil.copytree(place / "docs" / "pictures", ROOT / "docs" / "pictures", dirs_exist_ok=True)
    return place / "docs" / "pictures"


def test_the_page_shows_every_picture_it_draws(drawn: Path) -> None:
    shown = set(re.findall(r"\]\(\.\./pictures/([^)]+)\)", PAGE.read_text(encoding="utf-8")))
    assert shown == {file.name for file in drawn.iterdir()}


def test_committed_pictures_are_current(drawn: Path) -> None:
    """The same words and as many marks; places may differ by a machine's fonts. Renew with REDRAW=1."""

    def seen(file: Path) -> tuple[list[str], int]:
        text = file.read_text(encoding="utf-8")
        return sorted(re.findall(r"<text[^>]*>([^<]*)</text>", text)), len(
            re.findall(r"<path [^>]*aria-roledescription=\"(?:point|circle|rule)", text)
        )

    for file in drawn.iterdir():
        assert seen(file) == seen(ROOT / "docs" / "pictures" / file.name), file.name
