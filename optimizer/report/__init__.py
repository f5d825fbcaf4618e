"""Report: words and pictures for founders.

`write` prints an outcome as files; `page` (view) is the same report before any format, for other
printers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from optimizer.files import plain
from optimizer.pipeline.outcome import Outcome
from optimizer.pipeline.segments import COLUMNS, by_segment, table
from optimizer.report import tables
from optimizer.report.export import draw_charts
from optimizer.report.markdown import markdown
from optimizer.report.page import html, page
from optimizer.report.words import Words
from optimizer.results import disk
from optimizer.results.commit import commit
from optimizer.results.manifest import seal

RECORD = "run.json"
FILES = (
    *("report.html", "report.md", "plan.json", "plan.csv", "attribution.csv", "segments.csv"),
    *("model.lp", RECORD),
)


def write(
    outcome: Outcome, folder: Path | str, lang: str = "en", charts: str | None = None
) -> tuple[Path, ...]:
    """Write the report and the files beside it, in one commit.

    report.html, report.md, plan.csv, plan.json and run.json always; attribution.csv, segments.csv
    and model.lp where there is something to stand in them. Files of an earlier report that the new
    one does not have go. The same outcome gives the same bytes (but for the times in run.json).

    Parameters
    ----------
    outcome
        A run.
    folder
        Where the files go; it is made where it is missing.
    lang
        "en" or "zh".
    charts
        A folder below it that gets every chart as a picture ("." for itself).

    Returns
    -------
    tuple of Path
        The files written, the charts last.
    """
    with commit(folder, FILES, RECORD) as part:
        made = fill(outcome, part, lang, charts)
    return tuple(Path(folder) / name for name in made)


def fill(
    outcome: Outcome, part: Path, lang: str = "en", charts: str | None = None
) -> tuple[str, ...]:
    """Write the report's files into an empty folder that is made ready for a commit.

    Parameters
    ----------
    outcome, lang, charts
        As for `write`.
    part
        The folder.

    Returns
    -------
    tuple of str
        Names below it.
    """
    say = Words(lang, outcome.scenario.currency, page=True)
    shown = page(outcome, say)
    files = {
        "plan.json": _json(plan_data(outcome)),
        "plan.csv": tables.plan_csv(outcome.plan),
        "report.md": markdown(shown),
        "report.html": html(shown, say),
    }
    if outcome.attribution is not None:
        files["attribution.csv"] = tables.attribution_csv(outcome.attribution)
    if outcome.personas is not None and outcome.personas.credit:
        files["segments.csv"] = tables.to_csv(table(outcome.personas), COLUMNS)
    if outcome.plan.lp:
        files["model.lp"] = outcome.plan.lp
    for name, content in files.items():
        disk.write(part / name, content.encode("utf-8"))
    pictures = draw_charts(outcome, part / charts, say) if charts is not None else ()
    seal(part, RECORD, outcome.plan.status, **outcome.record)
    drawn = (file.relative_to(part).as_posix() for file in pictures)
    return (*files, RECORD, *drawn)


def _json(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def plan_data(outcome: Outcome) -> dict[str, Any]:
    """plan.json: the plan, and what is believed of it, and by segment where it is split.

    Returns
    -------
    dict
        Plain data; `belief` and `segments` stand in it only where the run has them.
    """
    out, people = outcome.plan.as_dict(), outcome.personas
    if outcome.belief is not None:
        out["belief"] = outcome.belief.as_dict()
    if people is not None and people.parts:
        out["segments"] = by_segment(people, outcome.plan)
    return out
