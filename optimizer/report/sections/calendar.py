"""When the money goes out: spend by channel and period."""

from __future__ import annotations

from typing import Any

from optimizer.messages import _
from optimizer.report import charts_more
from optimizer.report.facts import channel_lines, group_of, part, periods
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words


def calendar(outcome: Any, say: Words) -> Section | None:
    plan = part(outcome, "plan")
    if plan is None or plan.totals is None:
        return None
    names = periods(plan)
    if len(names) < 2:
        return None
    spend: dict[tuple[str, str], float] = {}
    for line in plan.lines:
        key = (line.channel, line.period)
        spend[key] = spend.get(key, 0.0) + line.spend
    channels = [line.channel for line in channel_lines(outcome) if line.spend > 0]
    if not channels:
        return None
    while len(names) > 1 and not any(spend.get((c, names[-1]), 0.0) for c in channels):
        names = names[:-1]  # the tail after the plan, where money still works but none is spent
    cells = [(c, p, spend.get((c, p), 0.0)) for c in channels for p in names]
    sums = {p: sum(spend.get((c, p), 0.0) for c in channels) for p in names}
    high, low = max(names, key=lambda p: sums[p]), min(names, key=lambda p: sums[p])
    if sums[high] - sums[low] < 0.01 * sums[high]:
        finding = say(
            _("The same is spent in every period ({money}).", money=say.money(sums[high]))
        )
    else:
        finding = say(
            _(
                "The most is spent in {period} ({money}), the least in {low} ({low_money}).",
                period=high,
                money=say.money(sums[high]),
                low=low,
                low_money=say.money(sums[low]),
            )
        )
    numbers = Table(
        say(_("Spend by channel and period")),
        (
            Column(say(_("Channel")), number=False),
            *(Column(p) for p in names),
            Column(say(_("Total"))),
        ),
        tuple(
            (
                Cell(c),
                *(Cell(say.money(spend.get((c, p), 0.0), 0)) for p in names),
                Cell(say.money(sum(spend.get((c, p), 0.0) for p in names), 0)),
            )
            for c in channels
        ),
        tuple(group_of(c) for c in channels),
        (
            Cell(say(_("Total"))),
            *(Cell(say.money(sums[p], 0)) for p in names),
            Cell(say.money(sum(sums.values()), 0)),
        ),
    )
    chart = Chart(
        "calendar",
        charts_more.calendar(cells, say),
        say(_("Spend by channel and period; darker is more")),
        table=numbers,
    )
    return Section("calendar", say(_("Calendar")), finding, charts=(chart,))
