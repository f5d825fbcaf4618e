"""Charts as PNG and SVG files, drawn without a browser."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimizer.pipeline.outcome import Outcome
from optimizer.progress import counted
from optimizer.report.charts.look import PALETTE, config
from optimizer.report.page import page
from optimizer.report.view import Chart
from optimizer.report.words import Words
from optimizer.results import disk
from optimizer.results.commit import commit
from optimizer.results.manifest import seal
from optimizer.shown import CONTROLS

WIDE, SMALL = 820, 400  # pixels of a whole chart and of one of several small ones
SCALE = 2.0  # PNG pixels per pixel
VEGA_LITE = "6.4"
RECORD = "charts.run.json"
Picture = tuple[str, str]  # name, SVG markup of `drawing.flow`
FAMILY = "Noto Sans, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"


def write_charts(
    outcome: Outcome, folder: Path | str, lang: str = "en", currency: str | None = None
) -> tuple[Path, ...]:
    """Every chart of the report, as NAME.png and NAME.svg, in one commit; charts of an earlier
    report go.

    Parameters
    ----------
    outcome
        A run.
    folder
        Where the files go.
    lang
        "en" or "zh".
    currency
        Of amounts (None: the scenario's).

    Returns
    -------
    tuple of Path
        The files written.
    """
    say = Words(lang, currency or outcome.scenario.currency, page=True)
    with commit(folder, (), RECORD) as part:
        made = draw_charts(outcome, part, say)
        seal(part, RECORD, outcome.plan.status)
    return (*(Path(folder) / file.name for file in made), Path(folder) / RECORD)


def write_pictures(
    drawn: Sequence[Chart], drawings: Sequence[Picture], folder: Path | str
) -> tuple[Path, ...]:
    """Charts and drawings in `folder`, in one commit; charts of an earlier one go. Arguments and
    result as for `draw_pictures`.
    """
    with commit(folder, (), RECORD) as part:
        made = draw_pictures(drawn, drawings, part)
        seal(part, RECORD, "drawn")
    return (*(Path(folder) / file.name for file in made), Path(folder) / RECORD)


def draw_charts(outcome: Outcome, folder: Path, say: Words) -> tuple[Path, ...]:
    """Every chart of the report in a folder that is made ready for a commit; see `draw_pictures`.

    Parameters
    ----------
    outcome
        A run.
    folder
        Made where it is missing.
    say
        The reader's words; the currency is taken for amounts.
    """
    sections = page(outcome, say).sections
    drawings = [(section.id, drawing.wide) for section in sections for drawing in section.drawings]
    return draw_pictures(
        [chart for section in sections for chart in section.charts], drawings, folder
    )


def draw_pictures(
    drawn: Sequence[Chart], drawings: Sequence[Picture], folder: Path
) -> tuple[Path, ...]:
    """Charts and drawings in `folder`, each as NAME.svg and NAME.png.

    Parameters
    ----------
    drawn
        Charts; a small one is drawn narrower.
    drawings
        (name, SVG markup) of flow pictures.
    folder
        Made ready for a commit; names that are equal are numbered.

    Returns
    -------
    tuple of Path
        The SVG and the PNG of each, charts first.
    """
    pictures = [
        *(svg(chart) for chart in counted(drawn)),
        *(plain_colours(drawing) for _, drawing in drawings),
    ]
    disk.make(folder)
    written = []
    for stem, picture in zip(
        file_names([*(chart.name for chart in drawn), *(name for name, _ in drawings)]),
        pictures,
        strict=True,
    ):
        disk.write(folder / f"{stem}.svg", picture.encode("utf-8"))
        disk.write(folder / f"{stem}.png", png(picture))
        written += [folder / f"{stem}.svg", folder / f"{stem}.png"]
    return tuple(written)


def plain_colours(drawing: str) -> str:
    """A drawing with the palette's own colours instead of the page's variables, on paper."""
    picture = re.sub(r"var\(--(\w+)\)", lambda m: PALETTE[m[1]], drawing)
    head = f'<svg style="background:{PALETTE["paper"]}" font-family="{FAMILY}" '
    return picture.replace("<svg ", head, 1)


def file_names(names: list[str]) -> list[str]:
    """Names a file system takes.

    Letters and digits of any script, dashes for the rest, numbered where equal.

    >>> file_names(["curve a/b", "curve a b"])
    ['curve-a-b', 'curve-a-b-2']
    """
    out: list[str] = []
    taken: set[str] = set()
    for name in names:
        stem = re.sub(r"[^\w]+", "-", name).strip("-_")[:60].lower() or "chart"
        unique, n = stem, 2
        while unique in taken:
            unique, n = f"{stem}-{n}", n + 1
        taken.add(unique)
        out.append(unique)
    return out


def complete(spec: dict[str, Any], width: int, title: str = "") -> dict[str, Any]:
    """The spec with its look and a fixed width, ready to stand alone: in a file or a notebook.

    Parameters
    ----------
    spec
        As the report holds it; it stays as it is.
    width
        Pixels, room around it included.
    title
        What stands above it ("": nothing).
    """
    out = copy.deepcopy(spec)
    look = config()
    look["background"] = PALETTE["paper"]
    look["title"] = {"anchor": "start", "fontSize": 14, "color": PALETTE["ink"], "offset": 10}
    out.update(
        config=look, width=width, autosize={"type": "fit-x", "contains": "padding"}, padding=14
    )
    if title:
        out["title"] = {"text": title, "limit": width}
    return out


def draws(one: str, other: str) -> bool:
    """Whether this machine's fonts hold both signs: without one, each is drawn as the same box.

    Parameters
    ----------
    one, other
        Two signs of one script that look different.
    """

    def drawn(sign: str) -> bytes:
        """The sign as a picture."""
        text = f'<text x="5" y="45" font-size="40" font-family="{FAMILY}">{sign}</text>'
        space = "http://www.w3.org/2000/svg"
        return png(f'<svg xmlns="{space}" width="60" height="60">{text}</svg>')

    return drawn(one) != drawn(other)


def svg(chart: Chart) -> str:
    """The chart as SVG text."""
    import vl_convert

    spec = complete(chart.spec, SMALL if chart.small else WIDE, chart.title)
    picture = str(vl_convert.vegalite_to_svg(_drawable(spec), vl_version=VEGA_LITE))
    # clip paths are numbered through the life of the process: numbered anew, the same chart is the
    # same bytes
    ids = {
        name: f"clip{i}"
        for i, name in enumerate(dict.fromkeys(re.findall(r'clipPath id="(clip\d+)"', picture)))
    }
    return re.sub(
        r'(?<=clipPath id=")clip\d+(?=")|(?<=url\(#)clip\d+(?=\))',
        lambda m: ids.get(m[0], m[0]),
        picture,
    )


def _drawable(part: Any) -> Any:
    """A specification without control characters: the native code ends the process on one."""
    if isinstance(part, dict):
        return {_drawable(key): _drawable(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_drawable(item) for item in part]
    return CONTROLS.sub(" ", part) if isinstance(part, str) else part


def png(picture: str) -> bytes:
    """SVG text as a PNG file's bytes."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(picture, scale=SCALE))
