"""Several plans in one report: what changes, why, and what it costs to be wrong about which of them to believe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimizer import units
from optimizer.files import write_text
from optimizer.messages import _
from optimizer.report import charts_more
from optimizer.report.differences import differences
from optimizer.report.facts import group_of, on_curve, part
from optimizer.report.sections.frontier import goal_of, objective_text, objective_words, proof
from optimizer.report.sections.verdict import horizon, no_plan, rule_name
from optimizer.report.view import Cell, Chart, Column, Page, Section, Table
from optimizer.report.words import Words

SAME_BUDGET = 0.01  # budgets this close count as equal


def compare(
    named: Sequence[tuple[str, Any]], folder: Path | str, lang: str = "en"
) -> tuple[Path, ...]:
    """Write compare.html and compare.md for named outcomes, in their order. Returns the files written."""
    from optimizer.report.markdown import markdown
    from optimizer.report.page import html

    say = Words(lang, str(part(part(named[0][1], "scenario"), "currency", "CNY")), page=True)
    shown = comparison(named, say)
    folder = Path(folder)
    files = {"compare.html": html(shown, say), "compare.md": markdown(shown)}
    for name, content in files.items():
        write_text(folder / name, content)
    return tuple(folder / name for name in files)


def comparison(named: Sequence[tuple[str, Any]], say: Words) -> Page:
    """The report before any format."""
    key, named = _common(unique(named))
    made = [_totals(named, say), _channels(named, say), _regret(named, say), _reasons(named, say)]
    first = part(named[0][1], "scenario")
    return Page(
        lang=say.lang,
        title=say(_("{names}: plans compared", names=say.join([name for name, _ in named]))),
        subtitle=say(_("{horizon}, over {key}", key=key, horizon=horizon(first, say)))
        if key
        else horizon(first, say),
        verdict=_verdict(named, say),
        more="",
        status="ok" if any(o.plan.feasible for __, o in named) else "none",
        cards=(),
        sections=tuple(section for section in made if section is not None),
        groups=tuple(sorted({group_of(line.channel) for __, o in named for line in o.plan.lines})),
        footer=(
            say(
                _(
                    "Every plan is proven on its own; this page works offline and sends nothing "
                    "anywhere."
                )
            ),
        ),
    )


def _common(named: list[tuple[str, Any]]) -> tuple[str, list[tuple[str, Any]]]:
    """ "budget=1", "budget=2" are "1" and "2" of "budget"; other names stay as they are."""
    keys = {name.partition("=")[0] for name, __ in named if "=" in name}
    if len(keys) != 1 or len(named) < 2 or not all("=" in name for name, __ in named):
        return "", named
    return keys.pop(), unique([(name.partition("=")[2], outcome) for name, outcome in named])


def unique(named: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Names made different: the second "plan" is "plan (2)"."""
    out: list[tuple[str, Any]] = []
    seen: dict[str, int] = {}
    for name, outcome in named:
        seen[name] = seen.get(name, 0) + 1
        out.append((name if seen[name] == 1 else f"{name} ({seen[name]})", outcome))
    return out


def _feasible(named: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(name, outcome) for name, outcome in named if outcome.plan.feasible]


def _verdict(named: Sequence[tuple[str, Any]], say: Words) -> str:
    found = _feasible(named)
    if not found:
        return say(_("None of these scenarios has a plan."))
    goals = {goal_of(o.plan) for __, o in found}
    if len(goals) > 1:
        return say(_("These plans pursue different goals; compare their totals with care."))
    goal = goals.pop()
    if not _one_world(found, goal):
        safest, loss = _safest(_losses(found, goal))
        promises = say.join(
            [
                say(
                    _(
                        "{name} promises {value}",
                        name=name,
                        value=objective_words(o.plan.objective, goal, say),
                    )
                )
                for name, o in found
            ]
        )
        return say(
            _(
                "These plans rest on different beliefs of what channels bring, so their "
                "promises do not compare: {promises}.",
                promises=promises,
            )
        ) + (
            say(_(" "))
            + say(
                _(
                    "{safest} is the safest: whichever is true, it loses at most {loss} of the "
                    "best result.",
                    safest=safest,
                    loss=say.percent(abs(loss), 0),
                )
            )
            if safest
            else ""
        )
    order = sorted(
        found,
        key=lambda item: (item[1].plan.objective or 0.0, item[0]),
        reverse=goal != "min_spend",
    )
    best, last = order[0], order[-1]
    if len(found) < 2 or abs(best[1].plan.objective - last[1].plan.objective) <= 1e-4 * abs(
        best[1].plan.objective
    ):
        return say(
            _("All plans reach {value}.", value=objective_words(best[1].plan.objective, goal, say))
        )
    return say(
        _(
            "{best} reaches the best result, {value}; {last} reaches {least}.",
            best=best[0],
            value=objective_words(best[1].plan.objective, goal, say),
            last=last[0],
            least=objective_words(last[1].plan.objective, goal, say),
        )
    )


def _totals(named: Sequence[tuple[str, Any]], say: Words) -> Section:
    rows = []
    for name, outcome in named:
        t = outcome.plan.totals
        if t is None:
            rows.append(
                (
                    Cell(name),
                    *(Cell("-", "dim") for __ in range(5)),
                    Cell(no_plan(outcome.plan, say), "bad"),
                )
            )
            continue
        gap = outcome.plan.certificate
        rows.append(
            (
                Cell(name),
                Cell(say.money(t.spend, 0 if t.spend >= 100 else None)),
                Cell(say.count(t.customers)),
                Cell(say.money(t.revenue, 0 if t.revenue >= 100 else None)),
                Cell(say.money(t.cac)),
                Cell(say.ratio(t.roi)),
                Cell(proof(gap, say) if gap else "-", "dim"),
            )
        )
    columns = (
        Column(say(_("Plan of")), number=False),
        Column(say(_("Spend"))),
        Column(say(_("New customers"))),
        Column(say(_("Revenue"))),
        Column(say(_("CAC"))),
        Column(say(_("ROI"))),
        Column(say(_("Proof of the plan")), number=False),
    )
    sentences = differences([name for name, __ in named], [o for __, o in named], say)
    return Section(
        "totals",
        say(_("What each plan comes to")),
        paragraphs=tuple(sentences),
        tables=(Table(say(_("Totals by plan")), columns, tuple(rows)),),
    )


def _channels(named: Sequence[tuple[str, Any]], say: Words) -> Section | None:
    found = _feasible(named)
    if not found:
        return None
    spend = {name: outcome.plan.spend_by_channel() for name, outcome in found}
    order = sorted(
        {c for by in spend.values() for c in by},
        key=lambda c: (-max(by.get(c, 0.0) for by in spend.values()), c),
    )
    spread = {
        c: max(by.get(c, 0.0) for by in spend.values())
        - min(by.get(c, 0.0) for by in spend.values())
        for c in order
    }
    most = max(order, key=lambda c: (spread[c], c))
    rows = tuple(
        (
            Cell(c),
            *(
                Cell(say.money(by.get(c, 0.0), 0 if by.get(c, 0.0) >= 100 else None))
                for by in spend.values()
            ),
            Cell(say.money(spread[c], 0), "dim"),
        )
        for c in order
    )
    columns = (
        Column(say(_("Channel")), number=False),
        *(Column(name) for name in spend),
        Column(say(_("Difference"))),
    )
    table = Table(
        say(_("Spend by channel in each plan")), columns, rows, tuple(group_of(c) for c in order)
    )
    ranges = {c: _range(found, c) for c in order}
    spec = charts_more.side_by_side(
        [(name, c, spend[name].get(c, 0.0)) for c in order for name in spend], ranges, say
    )
    finding = (
        say(
            _(
                "The plans differ most on {channel}: by {spread}.",
                channel=most,
                spread=say.money(spread[most]),
            )
        )
        if spread[most] > 0
        else say(_("All plans spend the same on every channel."))
    )
    chart = Chart("plans", spec, say(_("Spend by channel in each plan")), table=table)
    return Section("channels", say(_("Where the money goes")), finding, charts=(chart,))


def _range(found: Sequence[tuple[str, Any]], channel: str) -> tuple[float, float | None]:
    """The widest range any of the plans allows the channel."""
    lows, highs = [], []
    for __, outcome in found:
        own = [line for line in outcome.plan.lines if line.channel == channel]
        if own:
            lows.append(sum(line.minimum for line in own))
            highs.append(
                None
                if any(line.maximum is None for line in own)
                else sum(line.maximum or 0.0 for line in own)
            )
    known = [high for high in highs if high is not None]
    return min(lows, default=0.0), max(known) if known and len(known) == len(highs) else None


def value_on(spend: dict[str, float], outcome: Any, goal: str) -> float | None:
    """What a spend would reach by another outcome's curves; None where a channel has none or the goal is no sum of curves."""
    total = 0.0
    for channel, money in spend.items():
        if money <= 0:
            continue
        response = outcome.responses.get(channel)
        customers = on_curve(response, money)
        value = 1.0 if goal == "customers" else part(response, "value_per_customer")
        if customers is None or value is None:
            return None
        total += customers * value
    return total


def _one_world(found: Sequence[tuple[str, Any]], goal: str) -> bool:
    """Whether the plans rest on the same beliefs: each one's spend comes to nearly the same by every other's curves.

    Curves taken near each plan (where stages work together) differ a little; a tenth counts as the same world.
    """
    if goal not in ("customers", "revenue"):
        return True
    for __, one in found:
        values = [value_on(one.plan.spend_by_channel(), other, goal) for __, other in found]
        known = [value for value in values if value is not None]
        if known and max(known) - min(known) > 0.1 * max(known):
            return False
    return True


def _losses(found: Sequence[tuple[str, Any]], goal: str) -> dict[str, float]:
    """The largest relative loss of each plan, over whose curves turn out to be true; empty where it cannot be told."""
    out: dict[str, float] = {}
    if (
        goal not in ("customers", "revenue")
        or _spread([o.plan.totals.spend for __, o in found]) > SAME_BUDGET
    ):
        return out
    for name, outcome in found:
        worst = 0.0
        for __, truth in found:
            reached, best = (
                value_on(outcome.plan.spend_by_channel(), truth, goal),
                value_on(truth.plan.spend_by_channel(), truth, goal),
            )
            if reached is None or not best:
                return {}
            worst = min(worst, units.change(reached, best) or 0.0)
        out[name] = worst
    return out


def _safest(losses: dict[str, float]) -> tuple[str, float]:
    name = max(losses, key=lambda n: (losses[n], n), default="")
    return name, losses.get(name, 0.0)


def _spread(values: Sequence[float]) -> float:
    """Difference between the largest and the smallest, as a share of the largest."""
    return (max(values) - min(values)) / max(values) if max(values) > 0 else 0.0


def _regret(named: Sequence[tuple[str, Any]], say: Words) -> Section | None:
    """Each plan under each belief: what is lost when the plan is made by one set of curves and another is true."""
    found = _feasible(named)
    goals = {goal_of(o.plan) for __, o in found}
    if len(found) < 2 or goals - {"customers", "revenue"} or len(goals) != 1:
        return None
    goal = goals.pop()
    losses = _losses(found, goal)
    if not losses or all(abs(loss) < 1e-6 for loss in losses.values()):
        return None
    rows = []
    for name, outcome in found:
        row = [Cell(name)]
        for truth, believed in found:
            reached = value_on(outcome.plan.spend_by_channel(), believed, goal) or 0.0
            best = value_on(believed.plan.spend_by_channel(), believed, goal) or 0.0
            own = name == truth
            row.append(
                Cell(
                    objective_text(reached, goal, say),
                    "dim" if own else "",
                    "" if own else say.change(units.change(reached, best)),
                    reached,
                )
            )
        rows.append(
            (
                *row,
                Cell(
                    say.change(losses[name]),
                    "bad" if losses[name] < -0.02 else "dim",
                    value=losses[name],
                ),
            )
        )
    safest, loss = _safest(losses)
    columns = (
        Column(say(_("Carried out")), number=False),
        *(Column(say(_("If {name} is true", name=name))) for name, __ in found),
        Column(say(_("Worst case"))),
    )
    return Section(
        "wrong",
        say(_("What it costs to be wrong")),
        say(
            _(
                "{safest} is the safest choice: whichever of these is true, it loses at most "
                "{loss} of the best result.",
                safest=safest,
                loss=say.percent(abs(loss), 1),
            )
        ),
        (
            say(
                _(
                    "Rows: the plan that is carried out. Columns: the curves that turn out to be "
                    "true. Rules are not checked again."
                )
            ),
        ),
        tables=(
            Table(
                say(_("Each plan, if the curves of each scenario were the true ones")),
                columns,
                tuple(rows),
            ),
        ),
    )


def _reasons(named: Sequence[tuple[str, Any]], say: Words) -> Section | None:
    """What binds in each plan, and at what price."""
    rows = []
    for name, outcome in named:
        plan, goal = outcome.plan, goal_of(outcome.plan)
        if not plan.feasible:
            words = say.join(
                [
                    rule_name(r.rule, r.of, say) + " " + say.by_unit(r.bound, r.unit)
                    for r in plan.conflict
                ]
            )
            rows.append(
                (
                    Cell(name),
                    Cell(
                        say(_("Together they cannot hold: {rules}.", rules=words))
                        if words
                        else no_plan(outcome.plan, say),
                        "bad",
                    ),
                    Cell("-", "dim"),
                )
            )
            continue
        priced = sorted(
            (r for r in plan.rules if r.price and r.price > 1e-4 * abs(plan.objective)),
            key=lambda r: -r.price,
        )
        for rule in priced[:3]:
            text = rule_name(rule.rule, rule.of, say) + " " + say.by_unit(rule.bound, rule.unit)
            rows.append((Cell(name), Cell(text), Cell(objective_text(rule.price, goal, say))))
    if not rows:
        return None
    columns = (
        Column(say(_("Plan of")), number=False),
        Column(say(_("Rule")), number=False),
        Column(
            say(_("Price")),
            help=say(
                _(
                    "What the goal would gain if this rule were dropped, found by solving again. "
                    "Without a budget there is no best plan: of it, what a little more would bring."
                )
            ),
        ),
    )
    return Section(
        "why",
        say(_("What holds each plan")),
        say(_("The rules that cost most, and what the goal would gain without each.")),
        tables=(Table(say(_("Dearest rules by plan")), columns, tuple(rows)),),
    )
