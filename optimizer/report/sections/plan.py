"""The plan table, and the way from now to it."""

from __future__ import annotations

from typing import Any

from optimizer.messages import _, ngettext
from optimizer.report import charts
from optimizer.report.facts import ChannelLine, channel_lines, part
from optimizer.report.sections.verdict import named_rule
from optimizer.report.view import Cell, Chart, Column, Section, Table
from optimizer.report.words import Words, digits_for

MOVES = 4  # moves named in the sentence


def plan(outcome: Any, say: Words) -> Section | None:
    """Channel, now, plan, change, allowed range, customers, average and next CAC, what holds it."""
    lines = channel_lines(outcome)
    if not lines or outcome.plan.totals is None:
        return None
    chart = Chart(
        "plan",
        charts.plan_shift(lines, say),
        say(_("Spend now and in the plan for each channel, on its allowed range")),
        say(_("Now, plan, and the allowed range (dotted)")),
    )
    return Section(
        "plan",
        say(_("The plan")),
        _finding(lines, say),
        charts=(chart,),
        tables=(table(outcome, lines, say),),
    )


def _finding(lines: tuple[ChannelLine, ...], say: Words) -> str:
    moved = sorted(
        (x for x in lines if x.change is not None), key=lambda x: (-abs(x.change or 0.0), x.channel)
    )
    if not moved:
        return say(
            ngettext(
                "{n} channel gets money.",
                "{n} channels get money.",
                sum(1 for x in lines if x.spend > 0),
            )
        )
    largest = [
        x for x in moved if abs(x.change or 0.0) > 0.005 * max(1e-300, sum(y.spend for y in lines))
    ][:MOVES]
    if not largest:
        return say(_("The plan keeps today's split."))
    moves = [
        say(_("{channel} {amount}", channel=x.channel, amount=say.signed_money(x.change)))
        for x in largest
    ]
    return say(_("The largest moves: {moves}.", moves=say.join(moves)))


def held(line: ChannelLine, say: Words) -> str:
    """What keeps the channel from getting more, in words; a rule by its own name."""
    words = []
    if line.spend <= 0 and line.held_by == ("marginal",):
        return say(_("better uses elsewhere"))
    for name in line.held_by:
        words.append(say.named("held", name) if f"held.{name}" in say else named_rule(name, say))
    return say.join(words)


def table(outcome: Any, lines: tuple[ChannelLine, ...], say: Words) -> Table:
    """The plan by channel with its totals."""
    posts = any(x.posts is not None for x in lines)
    now = any(x.current is not None for x in lines)
    average_digits, next_digits = (
        digits_for([x.average_cac for x in lines]),
        digits_for([x.marginal_cac for x in lines]),
    )
    money_digits = digits_for([x.spend for x in lines])
    columns = [Column(say(_("Channel")), number=False)]
    if now:
        columns.append(Column(say(_("Now"))))
    columns.append(Column(say(_("Plan"))))
    if now:
        columns.append(Column(say(_("Change"))))
    if posts:
        columns.append(Column(say(_("Posts"))))
    columns += [
        Column(say(_("Allowed"))),
        Column(say(_("New customers"))),
        Column(say(_("Average CAC"))),
        Column(
            say(_("Next customer")),
            help=say(
                _(
                    "What the next new customer on this channel would cost, in the period where "
                    "that is cheapest."
                )
            ),
        ),
        Column(
            say(_("Held by")),
            number=False,
            help=say(_("What keeps this channel from getting more.")),
        ),
    ]
    rows = []
    for x in lines:
        row = [Cell(x.channel)]
        if now:
            row.append(Cell(say.money(x.current, money_digits), value=x.current))
        row.append(Cell(say.money(x.spend, money_digits), "strong", value=x.spend))
        if now:
            row.append(_moved(x.change, money_digits, say))
        if posts:
            row.append(Cell(say.count(x.posts), value=x.posts))
        row += [
            Cell(charts.allowed(x, say), "dim"),
            Cell(
                say.count(x.customers, 0 if x.customers >= 1 or not x.customers else 1),
                value=x.customers,
            ),
            Cell(say.money(x.average_cac, average_digits), value=x.average_cac),
            Cell(say.money(x.marginal_cac, next_digits), value=x.marginal_cac),
            Cell(held(x, say), "dim", say(_("above what was ever spent here")) if x.beyond else ""),
        ]
        rows.append(tuple(row))
    t, current = outcome.plan.totals, outcome.plan.current
    foot = [Cell(say(_("Total")))]
    if now:
        foot.append(Cell(say.money(current.spend if current else None, money_digits)))
    foot.append(Cell(say.money(t.spend, money_digits)))
    if now:
        foot.append(_moved(t.spend - current.spend if current else None, money_digits, say))
    if posts:
        foot.append(Cell(say.count(sum(x.posts or 0 for x in lines))))
    foot += [
        Cell(""),
        Cell(say.count(t.customers)),
        Cell(say.money(t.cac, average_digits)),
        Cell(""),
        Cell(""),
    ]
    return Table(
        say(_("Spend per channel over the plan, largest first")),
        tuple(columns),
        tuple(rows),
        tuple(x.group for x in lines),
        tuple(foot),
    )


def _moved(change: float | None, digits: int, say: Words) -> Cell:
    if change is None:
        return Cell("-", "dim")
    if round(change, digits) == 0:
        return Cell("0", "dim", value=0.0)
    return Cell(say.signed_money(change, digits), "up" if change > 0 else "down", value=change)


def waterfall(outcome: Any, say: Words) -> Section | None:
    """How each channel's change adds up: in new customers where every curve is known, else in spend."""
    lines = channel_lines(outcome)
    plan = part(outcome, "plan")
    if (
        not lines
        or plan.totals is None
        or plan.current is None
        or any(x.current is None for x in lines)
    ):
        return None
    if all(x.customers_now is not None for x in lines):
        changes = [(x.channel, x.group, x.customers - (x.customers_now or 0.0)) for x in lines]
        start, end, unit = plan.current.customers, plan.totals.customers, "count"
        finding = say(
            _(
                "Moving the money changes new customers from {now} to {plan}.",
                now=say.count(start),
                plan=say.count(end),
            )
        )
    else:
        changes = [(x.channel, x.group, x.change or 0.0) for x in lines]
        start, end, unit = plan.current.spend, plan.totals.spend, "money"
        finding = say(
            _("Spend moves from {now} to {plan}.", now=say.money(start), plan=say.money(end))
        )
    changes = [c for c in changes if abs(c[2]) > 0.0005 * max(abs(start), abs(end))]
    changes.sort(key=lambda c: (-c[2], c[0]))
    rest = end - start - sum(amount for __, __, amount in changes)
    if abs(rest) > 0.001 * max(abs(start), abs(end)):
        changes.append((say(_("Seasons and interplay")), "", rest))
    if not changes:
        return None
    show, plain = (
        (say.signed_money, say.money) if unit == "money" else (say.signed_count, say.count)
    )
    title = say(_("Spend")) if unit == "money" else say(_("New customers"))
    numbers = Table(
        say(_("Change by channel")),
        (Column(say(_("Channel")), number=False), Column(title)),
        (
            (Cell(say(_("Now"))), Cell(plain(start))),
            *(
                (Cell(name), Cell(show(amount), "up" if amount > 0 else "down"))
                for name, __, amount in changes
            ),
            (Cell(say(_("Plan"))), Cell(plain(end))),
        ),
    )
    chart = Chart(
        "waterfall",
        charts.waterfall(start, changes, end, unit, say),
        say(_("How each channel's change adds up from now to the plan")),
        title,
        table=numbers,
    )
    return Section("waterfall", say(_("From now to plan")), finding, charts=(chart,))
