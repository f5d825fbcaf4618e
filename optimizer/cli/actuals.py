"""`optimizer actuals`: a plan against what came, and the next one."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer.cli.show import (
    emit,
    format_option,
    lang_option,
    language,
    note,
    progress,
    table,
    tell,
)
from optimizer.errors import UserError
from optimizer.messages import Quantity, Text, _
from optimizer.pipeline.actuals import Actuals
from optimizer.pipeline.actuals import actuals as hold
from optimizer.pipeline.next_plan import carry_on
from optimizer.pipeline.record import folder_name
from optimizer.pipeline.scaffold import tables_from
from optimizer.results.rooms import room
from optimizer.scenario import load_scenario

if TYPE_CHECKING:
    from optimizer.scenario import Scenario


@click.command(
    epilog="Example: optimizer actuals my-brand --from ads-since.csv --from sold-since.csv "
    "--start 2026-09-07 --into my-next-brand"
)
@click.argument("scenario", type=click.Path())
@click.option(
    "--from",
    "files",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What came since: spend, and totals, orders or events, as exported. Several.",
)
@click.option(
    "--plan",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the plan's report.  [default: reports/SCENARIO]",
)
@click.option(
    "--start",
    metavar="DATE",
    help="First day of the plan.  [default: the day after the scenario's last spend]",
)
@click.option(
    "--target",
    type=click.FloatRange(min=0),
    help="All customers of the whole plan.  [default: min_customers and those who come anyway]",
)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Also write the next scenario here: the same questions, its data with what came.",
)
@format_option
@lang_option
def actuals(
    scenario: str,
    files: tuple[Path, ...],
    folder: Path | None,
    start: str | None,
    target: float | None,
    into: Path | None,
    form: str,
    lang: str | None,
) -> None:
    """Hold the plan of SCENARIO against what came since.

    Spend kept, customers against the interval, period by period; what the whole plan is now
    believed to bring, and the chance of reaching its target.
    """
    language(lang)
    loaded = load_scenario(scenario)
    plan = folder or Path("reports") / folder_name(loaded, scenario)
    began = None if start is None else _day(start)
    with progress(), room() as private:
        room_for = private / "since"
        (room_for / "data").mkdir(parents=True)
        tables = tables_from(files, room_for / "data", note).tables
        since = {kind: room_for / file for kind, file in tables.items()}
        found = hold(loaded, plan, since, began, target)
        if into is not None:
            carry_on(loaded, since, into)
    rows = [{**asdict(period), "start": str(period.start)} for period in found.periods]
    whole = {**asdict(found), "periods": rows, "notes": [str(text) for text in found.notes]}
    if not emit(form, whole, rows, ["start", "planned", "spent", "due", "came"]):
        _show(found, loaded)
    for text in found.notes:
        note(text)
    if into is not None:
        note(_("next: optimizer plan {folder}", folder=shlex.quote(str(into))))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(
            _("'{text}' is no day", text=text), "--start", _("write it as 2026-09-07")
        ) from None


def _show(found: Actuals, scenario: Scenario) -> None:
    """The verdict, then channels and periods."""

    def money(amount: float) -> Quantity:
        return Quantity(amount, "money", scenario.currency)

    for text in verdict(found):
        tell(text)
    table(
        _("Spend so far"),
        [_("channel"), _("planned"), _("spent"), _("difference")],
        [
            [one.channel, money(one.planned), money(one.spent), money(one.spent - one.planned)]
            for one in found.channels
        ],
        right=(1, 2, 3),
    )
    table(
        _("New customers"),
        [_("from"), _("planned spend"), _("spent"), _("customers due"), _("came")],
        [
            [
                str(one.start),
                money(one.planned),
                money(one.spent),
                _count(one.due),
                _count(one.came),
            ]
            for one in found.periods
        ],
        right=(1, 2, 3, 4),
    )


def _count(customers: float) -> Quantity:
    return Quantity(customers, "count")


def verdict(found: Actuals) -> list[Text]:
    """What came, in sentences."""
    seen = found.foreseen
    due = seen.due
    numbers = {
        "came": _count(found.came),
        "due": _count(due.mean),
        "low": _count(due.low),
        "high": _count(due.high),
        "done": len(found.periods),
        "horizon": found.horizon,
    }
    if found.came < due.low:
        said = _(
            "After {done} of {horizon} periods {came} new customers came, fewer than the plan "
            "said: {due} were due for what was spent (90 % interval {low} to {high}).",
            **numbers,
        )
    elif found.came > due.high:
        said = _(
            "After {done} of {horizon} periods {came} new customers came, more than the plan "
            "said: {due} were due for what was spent (90 % interval {low} to {high}).",
            **numbers,
        )
    else:
        said = _(
            "After {done} of {horizon} periods {came} new customers came, as the plan said: {due} "
            "were due for what was spent (90 % interval {low} to {high}).",
            **numbers,
        )
    whole = seen.whole
    out: list[Text] = [
        said,
        _(
            "What spend brings is now believed to be {factor} times what the plan said (90 % "
            "interval {low} to {high}); the whole plan then comes to {customers} new customers "
            "({least} to {most}).",
            factor=f"{seen.factor.mean:.2f}",
            low=f"{seen.factor.low:.2f}",
            high=f"{seen.factor.high:.2f}",
            customers=_count(whole.mean),
            least=_count(whole.low),
            most=_count(whole.high),
        ),
    ]
    if found.target is not None and seen.chance is not None:
        out.append(
            _(
                "The chance of reaching {target} customers is {chance}.",
                target=_count(found.target),
                chance=Quantity(seen.chance, "share"),
            )
        )
    return out
