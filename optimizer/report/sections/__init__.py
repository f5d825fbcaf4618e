"""The report's parts, in order. Each is one function: outcome and words in, a Section (or None: no data for it) out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from optimizer.report.sections.appendix import appendix
from optimizer.report.sections.calendar import calendar
from optimizer.report.sections.curves import curves
from optimizer.report.sections.frontier import frontier
from optimizer.report.sections.health import health
from optimizer.report.sections.journey import journey
from optimizer.report.sections.models import models
from optimizer.report.sections.plan import plan, waterfall
from optimizer.report.sections.segments import segments
from optimizer.report.sections.truth import truth
from optimizer.report.sections.why import baselines, why
from optimizer.report.view import Section
from optimizer.report.words import Words

SECTIONS: tuple[Callable[[Any, Words], Section | None], ...] = (
    plan,
    waterfall,
    truth,
    curves,
    frontier,
    calendar,
    segments,
    why,
    baselines,
    journey,
    models,
    health,
    appendix,
)


def sections(outcome: Any, say: Words) -> tuple[Section, ...]:
    """Every part the outcome has data for."""
    made = (section(outcome, say) for section in SECTIONS)
    return tuple(section for section in made if section is not None)
