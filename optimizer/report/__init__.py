"""Report: words and pictures for founders.

`write` prints an outcome as files; `page` (view) is the same report before any format, for other printers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from optimizer.files import plain, write_text


def _plan(outcome: Any) -> dict[str, Any]:
    """plan.json: the plan, and by segment where it is split."""
    found: dict[str, Any] = outcome.plan.as_dict()
    people = getattr(outcome, "personas", None)
    if people is None or not people.parts:
        return found
    from optimizer.pipeline.segments import by_segment

    return {**found, "segments": by_segment(people, outcome.plan)}


def write(outcome: Any, folder: Path | str, lang: str = "en") -> tuple[Path, ...]:
    """Write report.html, report.md, plan.csv, plan.json, and where there is data attribution.csv, model.lp, run.json.

    Returns the files written. The same outcome gives the same bytes (but for the times in
    run.json). `lang`: en or zh.
    """
    from optimizer.report import tables
    from optimizer.report.facts import part
    from optimizer.report.markdown import markdown
    from optimizer.report.page import html, page
    from optimizer.report.words import Words

    say = Words(lang, str(part(part(outcome, "scenario"), "currency", "CNY")), page=True)
    shown = page(outcome, say)
    files = {
        "plan.json": json.dumps(
            plain(_plan(outcome)), ensure_ascii=False, indent=2, allow_nan=False
        )
        + "\n",
        "plan.csv": tables.plan_csv(outcome.plan),
        "report.md": markdown(shown),
        "report.html": html(shown, say),
    }
    if part(outcome, "attribution") is not None:
        files["attribution.csv"] = tables.attribution_csv(outcome.attribution)
    if part(outcome, "personas") is not None and outcome.personas.credit:
        from optimizer.pipeline.segments import COLUMNS, table

        files["segments.csv"] = tables.to_csv(table(outcome.personas), COLUMNS)
    if part(outcome, "record"):
        files["run.json"] = (
            json.dumps(plain(outcome.record), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
        )
    if outcome.plan.lp:
        files["model.lp"] = outcome.plan.lp
    folder = Path(folder)
    for name, content in files.items():
        write_text(folder / name, content)
    return tuple(folder / name for name in files)
