"""Report: words and pictures for founders.

`write` prints an outcome as files; `page` (view) is the same report before any format, for other
printers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from optimizer.files import plain, write_text
from optimizer.pipeline.outcome import Outcome
from optimizer.pipeline.segments import COLUMNS, by_segment, table
from optimizer.report import tables
from optimizer.report.markdown import markdown
from optimizer.report.page import html, page
from optimizer.report.words import Words


def write(outcome: Outcome, folder: Path | str, lang: str = "en") -> tuple[Path, ...]:
    """Write the report and the files beside it.

    report.html, report.md, plan.csv and plan.json always; attribution.csv, segments.csv, model.lp
    and run.json where there is something to stand in them. The same outcome gives the same bytes
    (but for the times in run.json).

    Parameters
    ----------
    outcome
        A run.
    folder
        Where the files go; it is made where it is missing.
    lang
        "en" or "zh".

    Returns
    -------
    tuple of Path
        The files written.
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
    if outcome.record:
        files["run.json"] = _json(outcome.record)
    if outcome.plan.lp:
        files["model.lp"] = outcome.plan.lp
    folder = Path(folder)
    for name, content in files.items():
        write_text(folder / name, content)
    return tuple(folder / name for name in files)


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
