"""Several plans in one report: what changes, why, and which of them to believe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from optimizer.messages import _
from optimizer.pipeline.outcome import Outcome
from optimizer.report.answer import colliding, horizon, no_plan
from optimizer.report.channels import channels_of, platform_of, total
from optimizer.report.charts.spending import side_by_side
from optimizer.report.differences import MOVED, differences
from optimizer.report.goals import minimises, value_text, value_words
from optimizer.report.markdown import markdown
from optimizer.report.names import display_names, named_page
from optimizer.report.page import html
from optimizer.report.regret import SUMS, Named, losses, one_world, regret, safest
from optimizer.report.sections.health import proof
from optimizer.report.sections.why import PRICE_HELP
from optimizer.report.titles import rule_bound
from optimizer.report.view import Cell, Chart, Column, Page, Section, Table
from optimizer.report.words import Words
from optimizer.results import disk
from optimizer.results.commit import commit
from optimizer.results.manifest import seal

RECORD = "compare.run.json"
SAME = 1e-4  # of the better result: what differs by less, or by no more than is proven, is the same
T = TypeVar("T")


def compare(named: Named, folder: Path | str, lang: str = "en") -> tuple[Path, ...]:
    """Write compare.html, compare.md and compare.run.json, in one commit.

    Parameters
    ----------
    named
        (name, outcome) of each plan, in the order they are shown.
    folder
        Where the files go.
    lang
        "en" or "zh".

    Returns
    -------
    tuple of Path
        The files written.
    """
    say = Words(lang, named[0][1].scenario.currency, page=True)
    shown = comparison(named, say)
    folder = Path(folder)
    files = {"compare.html": html(shown, say), "compare.md": markdown(shown)}
    with commit(folder, (*files, RECORD), RECORD) as part:
        for name, content in files.items():
            disk.write(part / name, content.encode("utf-8"))
        plans = [{"name": name, "status": outcome.plan.status} for name, outcome in named]
        seal(part, RECORD, shown.status, plans=plans)
    return (*(folder / name for name in files), folder / RECORD)


def comparison(named: Named, say: Words) -> Page:
    """The report before any format.

    Parameters
    ----------
    named
        (name, outcome) of each plan, one at least, in the order they are shown. Equal names are
        numbered; of names that all set one key ("budget=1") only the values are shown.
    say
        The reader's words; the currency is taken for the amounts of all plans.

    Returns
    -------
    Page
        Its status is "none" where no plan meets its rules. What it costs to be wrong is told
        at most where all plans pursue one goal that adds up over channels.
    """
    key, named = _common(unique(named))
    say.names = {
        channel: called
        for __, outcome in named
        for channel, called in display_names(
            outcome.scenario, channels_of(outcome), say.lang
        ).items()
    }
    found = [(name, outcome) for name, outcome in named if outcome.plan.feasible]
    goals = {o.plan.goal for __, o in found}
    made = [
        _totals(named, say),
        _channels(found, say) if found else None,
        regret(found, next(iter(goals)), say) if len(goals) == 1 and goals <= {*SUMS} else None,
        _reasons(named, say),
    ]
    length = horizon(named[0][1].scenario, say)
    alone = _(
        "Every plan is proven on its own; this page works offline and sends nothing anywhere."
    )
    page = Page(
        lang=say.lang,
        title=say(_("{names}: plans compared", names=say.join([name for name, __ in named]))),
        subtitle=say(_("{horizon}, over {key}", key=key, horizon=length)) if key else length,
        verdict=_verdict(found, say),
        status="ok" if found else "none",
        sections=tuple(section for section in made if section is not None),
        groups=tuple(sorted({platform_of(x.channel) for __, o in named for x in o.plan.lines})),
        footer=(say(alone),),
    )
    return named_page(page, say.names)


def _common(named: list[tuple[str, Outcome]]) -> tuple[str, list[tuple[str, Outcome]]]:
    """The key whose values the names are: "budget=1", "budget=2" are "1" and "2" of "budget"."""
    keys = {name.partition("=")[0] for name, __ in named if "=" in name}
    if len(keys) != 1 or len(named) < 2 or not all("=" in name for name, __ in named):
        return "", named
    return keys.pop(), unique([(name.partition("=")[2], outcome) for name, outcome in named])


def unique(named: Sequence[tuple[str, T]]) -> list[tuple[str, T]]:
    """Names made different: the second "plan" is "plan (2)".

    >>> unique([("plan", 1), ("plan", 2)])
    [('plan', 1), ('plan (2)', 2)]
    """
    out: list[tuple[str, T]] = []
    seen: dict[str, int] = {}
    for name, outcome in named:
        seen[name] = seen.get(name, 0) + 1
        out.append((name if seen[name] == 1 else f"{name} ({seen[name]})", outcome))
    return out


def _verdict(found: Named, say: Words) -> str:
    """Which plan is best; where they rest on different beliefs, which is safest."""
    if not found:
        return say(_("None of these scenarios has a plan."))
    goals = {o.plan.goal for __, o in found}
    if len(goals) > 1:
        return say(_("These plans pursue different goals; compare their totals with care."))
    goal = goals.pop()
    if not one_world(found, goal):
        return _beliefs(found, goal, say)
    reached = sorted(
        ((o.plan.objective or 0.0, name) for name, o in found), reverse=not minimises(goal)
    )
    (best, first), (least, last) = reached[0], reached[-1]
    open_gaps = [o.plan.certificate.gap for __, o in found if o.plan.certificate is not None]
    same = max([SAME, *(gap for gap in open_gaps if gap < 1)]) * max(abs(best), abs(least))
    if len(found) < 2 or abs(best - least) <= same:
        return say(_("All plans reach {value}.", value=value_words(best, goal, say)))
    return say(
        _(
            "{best} reaches the best result, {value}; {last} reaches {least}.",
            best=first,
            value=value_words(best, goal, say),
            last=last,
            least=value_words(least, goal, say),
        )
    )


def _beliefs(found: Named, goal: str, say: Words) -> str:
    """What each plan promises, and which one is safest."""
    promises = [
        say(_("{name} promises {value}", name=name, value=value_words(o.plan.objective, goal, say)))
        for name, o in found
    ]
    sentences = [
        say(
            _(
                "These plans rest on different beliefs of what channels bring, so their "
                "promises do not compare: {promises}.",
                promises=say.join(promises),
            )
        )
    ]
    name, loss = safest(losses(found, goal))
    if name:
        sentences.append(
            say(
                _(
                    "{safest} is the safest: whichever is true, it loses at most {loss} of the "
                    "best result.",
                    safest=name,
                    loss=say.percent(abs(loss), 0),
                )
            )
        )
    return say.paragraph(sentences)


def _money(value: float, say: Words) -> str:
    """Currency, whole from 100 up."""
    return say.money(value, 0 if value >= 100 else None)


def _totals(named: Named, say: Words) -> Section:
    def row(name: str, outcome: Outcome) -> tuple[Cell, ...]:
        """A plan's totals."""
        t, certificate = outcome.plan.totals, outcome.plan.certificate
        if t is None:
            unknown = [Cell("-", "dim")] * (5 + profit)
            return (Cell(name), *unknown, Cell(no_plan(outcome.plan, say), "bad"))
        return (
            Cell(name),
            *([Cell(say.money(t.profit), "strong")] if profit else []),
            Cell(_money(t.spend, say)),
            Cell(say.count(t.customers)),
            Cell(_money(t.revenue, say)),
            Cell(say.money(t.cac)),
            Cell(say.ratio(t.roi)),
            Cell(proof(certificate, say) if certificate else "-", "dim"),
        )

    profit = any(outcome.plan.goal == "profit" for __, outcome in named)
    columns = (
        Column(say(_("Plan of")), number=False),
        *([Column(say(_("Profit")))] if profit else []),
        Column(say(_("Spend"))),
        Column(say(_("New customers"))),
        Column(say(_("Revenue"))),
        Column(say(_("CAC"))),
        Column(say(_("ROI"))),
        Column(say(_("Proof of the plan")), number=False),
    )
    rows = tuple(row(name, outcome) for name, outcome in named)
    return Section(
        id="totals",
        title=say(_("What each plan comes to")),
        paragraphs=tuple(differences([(name, o.plan) for name, o in named], say)),
        tables=(Table(say(_("Totals by plan")), columns, rows),),
    )


def _channels(found: Named, say: Words) -> Section:
    """Where the money goes in each plan."""
    spend = {name: outcome.plan.spend_by_channel() for name, outcome in found}
    amounts = {c: [by.get(c, 0.0) for by in spend.values()] for by in spend.values() for c in by}
    order = sorted(amounts, key=lambda c: (-max(amounts[c]), c))
    least = MOVED * max(max((sum(by.values()) for by in spend.values()), default=0.0), 1e-300)
    spread = {c: max(amounts[c]) - min(amounts[c]) for c in order}
    spread = {c: apart if apart > least else 0.0 for c, apart in spread.items()}
    most = max(order, key=lambda c: (spread[c], c))
    finding = say(_("All plans spend the same on every channel."))
    if spread[most] > 0:
        by = say.money(spread[most])
        finding = say(
            _("The plans differ most on {channel}: by {spread}.", channel=most, spread=by)
        )
    columns = (
        Column(say(_("Channel")), number=False),
        *(Column(name) for name in spend),
        Column(say(_("Difference"))),
    )
    rows = tuple(
        (
            Cell(c),
            *(Cell(_money(value, say)) for value in amounts[c]),
            Cell(say.money(spread[c], 0) if spread[c] else "-", "dim"),
        )
        for c in order
    )
    caption = say(_("Spend by channel in each plan"))
    spec = side_by_side(
        [(name, c, value) for c in order for name, value in zip(spend, amounts[c], strict=True)],
        {c: _range(found, c) for c in order},
        say,
    )
    table = Table(caption, columns, rows, tuple(platform_of(c) for c in order))
    chart = Chart("plans", spec, caption, table=table)
    title = say(_("Where the money goes"))
    return Section(id="channels", title=title, finding=finding, charts=(chart,))


def _range(found: Named, channel: str) -> tuple[float, float | None]:
    """The widest range any of the plans allows the channel."""
    lows, highs = [], []
    for __, outcome in found:
        own = [line for line in outcome.plan.lines if line.channel == channel]
        if own:
            lows.append(sum(line.minimum for line in own))
            highs.append(total([line.maximum for line in own]))
    known = [high for high in highs if high is not None]
    return min(lows, default=0.0), max(known) if known and len(known) == len(highs) else None


def _reasons(named: Named, say: Words) -> Section | None:
    """What binds in each plan, and at what price."""
    rows: list[tuple[Cell, ...]] = []
    for name, outcome in named:
        plan = outcome.plan
        if not plan.feasible:
            together = _("Together they cannot hold: {rules}.", rules=colliding(plan, say))
            why = say(together) if plan.conflict else no_plan(plan, say)
            rows.append((Cell(name), Cell(why, "bad"), Cell("-", "dim")))
            continue
        small = 1e-4 * abs(plan.objective or 0.0)
        priced = [(r.price, r) for r in plan.rules if r.price and r.price > small]
        for price, rule in sorted(priced, key=lambda pair: -pair[0])[:3]:
            text = rule_bound(rule.rule, rule.of, rule.bound, rule.unit, say)
            rows.append((Cell(name), Cell(text), Cell(value_text(price, plan.goal, say))))
    if not rows:
        return None
    columns = (
        Column(say(_("Plan of")), number=False),
        Column(say(_("Rule")), number=False),
        Column(say(_("Price")), help=say(PRICE_HELP)),
    )
    return Section(
        id="why",
        title=say(_("What holds each plan")),
        finding=say(_("The rules that cost most, and what the goal would gain without each.")),
        tables=(Table(say(_("Dearest rules by plan")), columns, tuple(rows)),),
    )
