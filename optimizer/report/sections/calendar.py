"""When the money goes out: spend by channel and period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.messages import _
from optimizer.pipeline.outcome import Outcome
from optimizer.report.channels import lines_of, platform_of
from optimizer.report.charts.heat import calendar as calendar_spec
from optimizer.report.sections import report_section
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words

Spend = Mapping[tuple[str, str], float]  # (channel, period) -> currency


@report_section("calendar", title=_("Calendar"), rank=60)
def calendar(outcome: Outcome, say: Words) -> Section | None:
    """Spend by channel and period, where the plan has several periods.

    Returns
    -------
    Section or None
        None where there is no plan, a single period, or nothing is spent. Periods at the end in
        which nothing is spent are left out.
    """
    plan = outcome.plan
    names = list(plan.periods)
    if plan.totals is None or len(names) < 2:
        return None
    spend: dict[tuple[str, str], float] = {}
    for line in plan.lines:
        key = (line.channel, line.period)
        spend[key] = spend.get(key, 0.0) + line.spend
    channels = [line.channel for line in lines_of(outcome) if line.spend > 0]
    if not channels:
        return None
    # the tail after the plan, where money still works but none is spent
    while len(names) > 1 and not any(spend.get((c, names[-1]), 0.0) for c in channels):
        names = names[:-1]
    cells = [(c, p, spend.get((c, p), 0.0)) for c in channels for p in names]
    sums = {p: sum(spend.get((c, p), 0.0) for c in channels) for p in names}
    chart = Chart(
        "calendar",
        calendar_spec(cells, say),
        say(_("Spend by channel and period; darker is more")),
        table=_numbers(channels, sums, spend, say),
    )
    return Section(finding=_finding(sums, say), charts=(chart,))


def _finding(sums: Mapping[str, float], say: Words) -> str:
    """In which period the most is spent, in which the least. sums: currency by period."""
    high, low = max(sums, key=lambda p: sums[p]), min(sums, key=lambda p: sums[p])
    most = say.money(sums[high])
    if sums[high] - sums[low] < 0.01 * sums[high]:
        return say(_("The same is spent in every period ({money}).", money=most))
    return say(
        _(
            "The most is spent in {period} ({money}), the least in {low} ({low_money}).",
            period=high,
            money=most,
            low=low,
            low_money=say.money(sums[low]),
        )
    )


def _numbers(channels: Sequence[str], sums: Mapping[str, float], spend: Spend, say: Words) -> Table:
    def row(name: str, values: Sequence[float]) -> tuple[Cell, ...]:
        """A name with its amounts and their sum."""
        return (
            Cell(name),
            *(Cell(say.money(value, 0)) for value in values),
            Cell(say.money(sum(values), 0)),
        )

    return Table(
        say(_("Spend by channel and period")),
        (
            Column(say(_("Channel")), number=False),
            *(Column(p) for p in sums),
            Column(say(_("Total"))),
        ),
        tuple(row(c, [spend.get((c, p), 0.0) for p in sums]) for c in channels),
        tuple(platform_of(c) for c in channels),
        row(say(_("Total")), list(sums.values())),
    )
