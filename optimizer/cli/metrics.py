"""`optimizer metrics`: the figures of the trade, the funnel, carts left behind, cohorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.cli.attribution_tables import stage_name
from optimizer.cli.combinations import refuse_idle
from optimizer.cli.metrics_credit import with_credit
from optimizer.cli.show import Row, emit, format_option, lang_option, note, reader, records, table
from optimizer.customers.cohorts import cohorts
from optimizer.customers.funnel import carts, funnel
from optimizer.customers.metrics import RATIOS, SUMS, Metrics
from optimizer.customers.metrics import metrics as figures
from optimizer.customers.orders import read_orders
from optimizer.customers.segments import of_users, segments
from optimizer.data.importers.exports import read_exports
from optimizer.data.open import open_source
from optimizer.data.reading.choices import Choices
from optimizer.data.sources import open_raw
from optimizer.data.tables import Events
from optimizer.errors import Problems, UserError
from optimizer.journeys.stages import DEFAULT
from optimizer.messages import Message, Name, Text, _, listed, pgettext
from optimizer.number_format import Locale
from optimizer.pipeline.tables import with_segment
from optimizer.scenario import Scenario, load_scenario
from optimizer.units import change

if TYPE_CHECKING:
    import pandas as pd

HEADS: dict[str, Text] = {
    "key": "",
    "spend": pgettext("metrics", "spend"),
    "exposures": pgettext("metrics", "exposures"),
    "clicks": pgettext("metrics", "clicks"),
    "ctr": pgettext("metrics", "CTR"),
    "touches": pgettext("metrics", "touches"),
    "visitors": pgettext("metrics", "UV"),
    "orders": pgettext("metrics", "orders"),
    "cvr": pgettext("metrics", "CVR"),
    "gmv": pgettext("metrics", "GMV"),
    "aov": pgettext("metrics", "AOV"),
    "new_customers": pgettext("metrics", "new customers"),
    "repurchase_rate": pgettext("metrics", "repurchase"),
    "cac": pgettext("metrics", "CAC"),
    "roi": pgettext("metrics", "ROI"),
    "stage": pgettext("metrics", "stage"),
    "people": pgettext("metrics", "people"),
    "rate": pgettext("metrics", "of stage before"),
    "loss": pgettext("metrics", "lost"),
    "of_first": pgettext("metrics", "of first"),
    "benchmark": pgettext("metrics", "benchmark"),
    "below": pgettext("metrics", "below it"),
    "channel": pgettext("metrics", "channel"),
    "carts": pgettext("metrics", "carts"),
    "left": pgettext("metrics", "left behind"),
    "value": pgettext("metrics", "their value"),
    "cohort": pgettext("metrics", "cohort"),
    "customers": pgettext("metrics", "customers"),
    "age": pgettext("metrics", "age"),
    "active": pgettext("metrics", "bought"),
    "repeated": pgettext("metrics", "repeat customers"),
}
OF_COHORTS = {"rate": pgettext("cohorts", "share"), "value": pgettext("cohorts", "GMV")}
KEYS = {"": pgettext("metrics", "(no touch)"), "total": pgettext("metrics", "total")}
PERCENT = ("ctr", "cvr", "repurchase_rate", "rate", "loss", "of_first", "benchmark", "below")
ONE_DIGIT = ("aov", "cac", "roi")
VERSUS = "_vs_benchmark"
ORDER = (
    "key",
    "spend",
    "exposures",
    "clicks",
    "ctr",
    "touches",
    "visitors",
    "orders",
    "cvr",
    "gmv",
    "aov",
    "new_customers",
    "repurchase_rate",
    "cac",
    "roi",
)

Stages = Sequence[tuple[str, Sequence[str], int]]  # name, milestones, how many of them


@click.command(
    epilog="Example: optimizer metrics events.csv --spend spend.csv --by tier --benchmark ctr=0.02"
)
@click.argument("source")
@click.option(
    "--by",
    type=click.Choice(["channel", "platform", "tier", "stage", "period", "segment"]),
    default="channel",
    show_default=True,
    help="What a row is.",
)
@click.option(
    "--spend",
    "spend_file",
    type=click.Path(path_type=Path),
    help="The spend table. [default: the scenario's]",
)
@click.option(
    "--period",
    type=click.Choice(["day", "week", "month"]),
    default="week",
    show_default=True,
    help="For --by period and --cohorts (week or month).",
)
@click.option(
    "--lookback", default=30.0, show_default=True, help="Days in which a touch can claim an order."
)
@click.option(
    "--model",
    metavar="M",
    help="The attribution model that says whose an order is, with --by channel or platform. "
    "[default: last touch]",
)
@click.option(
    "--benchmark",
    "benchmarks",
    multiple=True,
    metavar="NAME=VALUE",
    help="Hold a figure (ctr=0.02) or a funnel stage (decision=0.3) against this.",
)
@click.option(
    "--funnel", "show", flag_value="funnel", help="People by stage and the loss at each, instead."
)
@click.option(
    "--carts",
    "show",
    flag_value="carts",
    help="Where carts are left and what a reminder is worth, instead.",
)
@click.option(
    "--cohorts",
    "show",
    flag_value="cohorts",
    help="Who comes back, by period of the first order, instead.",
)
@click.option(
    "--window",
    default=7.0,
    show_default=True,
    help="Days after which a cart without an order is left behind.",
)
@click.option(
    "--won-back",
    default=0.1,
    show_default=True,
    help="Share of left carts that a reminder wins back.",
)
@format_option
@lang_option
def metrics(
    source: str, by: str, show: str | None, form: str, lang: str | None, **said: Any
) -> None:
    """Exposures, CTR, UV, CVR, AOV, GMV, repurchase, CAC and ROI of SOURCE.

    SOURCE is an events table, a spend table (figures as the platforms report them), or a scenario.
    """
    refuse_idle(click.get_current_context(), _idle(by, show))
    events, spend, stages = _open(source, said["spend_file"])
    if events is None:
        refuse_idle(click.get_current_context(), ("lookback",))
    marks = _benchmarks(said["benchmarks"])
    if show is None:
        found = figures(
            events, spend, by, said["period"], said["lookback"], stages, benchmarks=marks
        )
        if said["model"] is not None:
            if events is None:
                raise UserError(_("--model needs events"), source, _("name an events table"))
            found = with_credit(found, events, said["model"], said["lookback"])
        for text in found.notes:
            note(_("note: {text}", text=text))
        if by == "segment" and events is not None:
            _weak_segments(events)
        _figures(found, by, form)
        return
    if events is None:
        raise UserError(_("--{show} needs events", show=show), source, _("name an events table"))
    if show == "funnel":
        rows = records(funnel(events, stages, marks).stages)
        _print(rows, list(rows[0]), form, {"stages": rows})
    elif show == "carts":
        _carts(events, said["window"], said["won_back"], form)
    else:
        _cohorts(events, said["period"], form)


def _idle(by: str, show: str | None) -> set[str]:
    """The options that what is shown does not use."""
    figures = {"by", "spend_file", "lookback", "model", "benchmarks"}
    used = {
        None: figures | ({"period"} if by == "period" else set()),
        "funnel": {"benchmarks"},
        "carts": {"window", "won_back"},
        "cohorts": {"period"},
    }
    return set().union(*used.values(), {"period"}) - used[show]


def _carts(events: Events, window_days: float, won_back: float, form: str) -> None:
    left = carts(events, window_days, won_back)
    rows = records(left.rows)
    whole = {
        "channels": rows,
        "total": left.total,
        "window_days": left.window_days,
        "won_back": left.won_back,
        "worth": left.worth,
    }
    _print([*rows, left.total], list(left.rows.columns), form, whole)
    if left.worth is not None:
        note(
            _(
                "winning back {won_back} of them is worth {worth}",
                won_back=f"{left.won_back:.0%}",
                worth=f"{left.worth:,.0f}",
            )
        )


def _cohorts(events: Events, period: str, form: str) -> None:
    if period == "day":
        raise UserError(_("cohorts by day"), "--period", _("week or month"))
    found = cohorts(read_orders(events), period)
    rows = records(found)
    columns = [c for c in found.columns if form != "table" or c not in ("complete", "new")]
    _print(rows, columns, form, {"cohorts": rows}, OF_COHORTS)
    early = [str(cohort) for cohort in found.loc[~found["new"], "cohort"].unique()]
    if early:
        note(
            _(
                "note: in the cohorts {names} many were customers before these orders begin",
                names=listed(early),
            )
        )


def _weak_segments(events: Events) -> None:
    weak = segments(of_users(events)[0]).pooled
    if weak:
        note(
            _(
                "note: too few orders to stand alone (under 100): {names}; read them together",
                names=listed(name or _("(no segment)") for name in weak),
            )
        )


def _figures(found: Metrics, by: str, form: str) -> None:
    rows = records(found.rows)
    everything = [*rows, found.total]
    for row in everything:
        for name, mark in found.benchmarks.items():
            row[name + VERSUS] = None if row[name] is None else change(row[name], mark)
    versus = [name + VERSUS for name in found.benchmarks]
    whole = {
        "by": by,
        "rows": rows,
        "total": found.total,
        "bases": dict(found.bases),
        "benchmarks": dict(found.benchmarks),
    }
    if emit(form, whole, rows, ["key", *SUMS, *RATIOS, *versus]):
        return
    known = [
        c for c in (*ORDER, *versus) if c == "key" or any(row[c] is not None for row in everything)
    ]
    heads = {
        name + VERSUS: _("{name} vs {mark}", name=HEADS[name], mark=f"{mark:g}")
        for name, mark in found.benchmarks.items()
    }
    _print(everything, known, form, {}, heads)
    for name in ("orders", "cvr", "repurchase_rate"):
        if name in known:
            head = HEADS[name]
            assert isinstance(head, Message)
            note(_("{where}: {what}", where=Name(name, head), what=found.bases[name]))


def _open(
    source: str, spend_file: Path | None
) -> tuple[Events | None, pd.DataFrame | None, Stages]:
    """Events, spend (period, channel, spend, ...), and the stages of the funnel."""
    default: Sequence[dict[str, Any]] = DEFAULT
    stages: Stages = [
        (stage["name"], tuple(stage.get("milestones", ())), stage.get("count", 1))
        for stage in default
    ]
    path = Path(source)
    if path.suffix.lower() in (".yaml", ".yml") or (path / "scenario.yaml").is_file():
        scenario = load_scenario(path)
        if scenario.stages:
            stages = [(s.name, tuple(s.milestones), s.count) for s in scenario.stages]
        return *_of_scenario(scenario, spend_file), stages
    if _is_spend(path):
        return None, _spend_frame(path), stages
    events = open_source(source)
    if not isinstance(events, Events):
        raise UserError(
            _("a path table has no users and no times: most figures cannot be told"),
            source,
            _("name an events table, a spend table or a scenario"),
        )
    return events, _spend_frame(spend_file) if spend_file else None, stages


def _of_scenario(
    scenario: Scenario, spend_file: Path | None
) -> tuple[Events | None, pd.DataFrame | None]:
    data = scenario.data
    if data.events is None and data.spend is None:
        raise UserError(
            _("this scenario names no events and no spend"),
            scenario.where("data"),
            _("add data: {{events: FILE, spend: FILE}}"),
        )
    events = None
    if data.events:
        columns = with_segment(scenario, "events", scenario.columns.get("events"))
        opened = open_source(scenario.place(data.events), columns)
        assert isinstance(opened, Events)
        events = opened
    spend = spend_file or (Path(scenario.place(data.spend)) if data.spend else None)
    if spend is None:
        return events, None
    columns = None if spend_file else scenario.columns.get("spend")
    there = open_raw(str(spend)).columns if scenario.segments else None
    return events, _spend_frame(spend, with_segment(scenario, "spend", columns, there))


def _spend_frame(path: Path, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    choices = Choices(columns=tuple((columns or {}).items()))
    with read_exports("plain_spend", [path], choices) as found:
        if found.problems:
            raise Problems(found.problems)
        return found.frame()


def _is_spend(path: Path) -> bool:
    """Whether a file reads as a spend table and not as events."""
    if not path.is_file():
        return False
    with read_exports("auto", [path]) as found:
        return found.table == "spend" and not found.problems


def _benchmarks(texts: tuple[str, ...]) -> dict[str, float]:
    out = {}
    for text in texts:
        name, __, value = text.partition("=")
        try:
            out[name.strip()] = float(value[:-1]) / 100 if value.endswith("%") else float(value)
        except ValueError:
            raise UserError(
                _("'{text}' is no benchmark", text=text),
                "--benchmark",
                _("write --benchmark ctr=0.02"),
            ) from None
    return out


def _print(
    rows: Sequence[Row],
    columns: Sequence[str],
    form: str,
    whole: dict[str, Any],
    heads: Mapping[str, Text] | None = None,
) -> None:
    if emit(form, whole, rows, columns):
        return
    names = HEADS | dict(heads or {})
    locale = reader().locale
    table(
        None,
        [names.get(c, c) for c in columns],
        [[_cell(c, row.get(c), locale) for c in columns] for row in rows],
        right=range(1, len(columns)),
    )


def _cell(name: str, value: Any, locale: Locale) -> Text:
    if name == "stage":
        return stage_name(str(value))
    if name in ("key", "channel", "cohort"):
        return KEYS.get(str(value), str(value))
    if value is None or value != value:
        return "-"
    if name in PERCENT:
        return locale.percent(value, 1)
    if name.endswith(VERSUS):
        return locale.signed(value * 100, 0) + "%"
    return locale.number(value, 2 if name == "roi" else 1 if name in ONE_DIGIT else 0)
