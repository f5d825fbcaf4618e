"""A section of the report: what moves most."""

from __future__ import annotations

from optimizer.locale import add_translations
from optimizer.messages import _
from optimizer.pipeline.outcome import Outcome
from optimizer.report.sections import report_section
from optimizer.report.view import Section
from optimizer.report.words import Words


@report_section("movers", title=_("What moves most"), rank=25)
def movers(outcome: Outcome, say: Words) -> Section | None:
    """The channel that gets most of the money."""
    if outcome.plan is None or not outcome.plan.lines:
        return None
    most = max(outcome.plan.lines, key=lambda line: line.spend)
    finding = _("{channel} gets most: {money}.", channel=most.channel, money=say.money(most.spend))
    return Section(finding=say(finding))


add_translations(
    "zh",
    {
        "What moves most": "钱最多的地方",
        "The channel that gets most of the money.": "得到最多钱的渠道。",
        "{channel} gets most: {money}.": "{channel} 得到最多：{money}。",
    },
)
