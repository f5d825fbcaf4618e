"""`optimizer metrics`: the figures of the trade, the funnel, carts left behind, cohorts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimizer.cli.show import (
    format_option,
    lang_option,
    language,
    note,
    stage_name,
    table,
    to_csv,
    to_json,
)
from optimizer.errors import UserError
from optimizer.messages import _

_WORDS = {
    "en": {
        "key": "",
        "total": "total",
        "none": "(no touch)",
        "spend": "spend",
        "exposures": "exposures",
        "clicks": "clicks",
        "ctr": "CTR",
        "touches": "touches",
        "visitors": "UV",
        "orders": "orders",
        "cvr": "CVR",
        "gmv": "GMV",
        "aov": "AOV",
        "new_customers": "new customers",
        "repurchase_rate": "repurchase",
        "cac": "CAC",
        "roi": "ROI",
        "stage": "stage",
        "people": "people",
        "rate": "of stage before",
        "loss": "lost",
        "of_first": "of first",
        "benchmark": "benchmark",
        "below": "below it",
        "channel": "channel",
        "carts": "carts",
        "left": "left behind",
        "value": "their value",
        "cohort": "cohort",
        "customers": "customers",
        "age": "age",
        "active": "bought",
        "repeated": "repeat customers",
    },
    "zh": {
        "key": "",
        "total": "合计",
        "none": "（无触点）",
        "spend": "花费",
        "exposures": "曝光",
        "clicks": "点击",
        "ctr": "点击率",
        "touches": "触点",
        "visitors": "访客数",
        "orders": "订单",
        "cvr": "转化率",
        "gmv": "成交总额",
        "aov": "客单价",
        "new_customers": "新客",
        "repurchase_rate": "复购率",
        "cac": "获客成本",
        "roi": "投产比",
        "stage": "阶段",
        "people": "人数",
        "rate": "较上一阶段",
        "loss": "流失",
        "of_first": "占首阶段",
        "benchmark": "基准",
        "below": "低于基准",
        "channel": "渠道",
        "carts": "加购人数",
        "left": "未付款",
        "value": "金额",
        "cohort": "首购期",
        "customers": "人数",
        "age": "期",
        "active": "当期购买",
        "repeated": "复购人数",
    },
}
_PERCENT = ("ctr", "cvr", "repurchase_rate", "rate", "loss", "of_first", "benchmark", "below")
_ONE_DIGIT = ("aov", "cac", "roi")


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
    words = language(lang)
    events, spend, stages = _open(source, said["spend_file"])
    marks = _benchmarks(said["benchmarks"])
    if show is None:
        _figures(events, spend, stages, by, marks, said, form, words)
        return
    if events is None:
        raise UserError(_("--{show} needs events", show=show), source, _("name an events table"))
    if show == "funnel":
        from optimizer.customers.funnel import funnel

        found = funnel(events, stages, marks)
        _print(
            found.stages.to_dict("records"),
            list(found.stages.columns),
            form,
            words,
            {"stages": found.stages.to_dict("records")},
        )
    elif show == "carts":
        from optimizer.customers.funnel import carts

        left = carts(events, said["window"], said["won_back"])
        rows = left.rows.to_dict("records")
        _print(
            [*rows, left.total],
            list(left.rows.columns),
            form,
            words,
            {
                "channels": rows,
                "total": left.total,
                "window_days": left.window_days,
                "won_back": left.won_back,
                "worth": left.worth,
            },
        )
        if left.worth is not None:
            note(
                _(
                    "winning back {won_back} of them is worth {worth}",
                    won_back=f"{left.won_back:.0%}",
                    worth=f"{left.worth:,.0f}",
                )
                if words == "en"
                else f"唤回其中 {left.won_back:.0%} 的价值：{left.worth:,.0f}"
            )
    else:
        from optimizer.customers.cohorts import cohorts
        from optimizer.customers.orders import read_orders

        if said["period"] == "day":
            raise UserError(_("cohorts by day"), "--period", _("week or month"))
        who = cohorts(read_orders(events), said["period"])
        _print(
            who.to_dict("records"),
            [c for c in who.columns if c != "complete"] if form == "table" else list(who.columns),
            form,
            words,
            {"cohorts": who.to_dict("records")},
            {
                "rate": {"en": "share", "zh": "占比"}[words],
                "value": {"en": "GMV", "zh": "成交额"}[words],
            },
        )


def _figures(
    events: Any,
    spend: Any,
    stages: Any,
    by: str,
    marks: dict[str, float],
    said: dict[str, Any],
    form: str,
    lang: str,
) -> None:
    from optimizer.customers.metrics import RATIOS, SUMS
    from optimizer.customers.metrics import metrics as figures
    from optimizer.units import change

    found = figures(events, spend, by, said["period"], said["lookback"], stages, benchmarks=marks)
    rows = _records(found.rows)
    for row in (*rows, found.total):
        for name, mark in found.benchmarks.items():
            row[f"{name}_vs_benchmark"] = None if row[name] is None else change(row[name], mark)
    for text in found.notes:
        note(_("note: {text}", text=text))
    if by == "segment" and events is not None:
        from optimizer.customers.segments import of_users, segments

        weak = segments(of_users(events)[0]).pooled
        if weak:
            note(
                _(
                    "note: too few orders to stand alone (under 100): {names}; read them together",
                    names=", ".join(s or "(no segment)" for s in weak),
                )
            )
    columns = ["key", *SUMS, *RATIOS, *(f"{name}_vs_benchmark" for name in found.benchmarks)]
    if form == "table":
        _vs(lang, found.benchmarks)
        order = [
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
            *columns[len(SUMS) + len(RATIOS) + 1 :],
        ]
        known = [
            c
            for c in order
            if c == "key" or any(row[c] is not None for row in (*rows, found.total))
        ]
        _print([*rows, found.total], known, form, lang, {})
        for name in ("orders", "cvr", "repurchase_rate"):
            if name in known:
                note(f"{_WORDS[lang][name] if lang == 'zh' else name}: {found.bases[name]}")
    else:
        _print(
            rows,
            columns,
            form,
            lang,
            {
                "by": by,
                "rows": rows,
                "total": found.total,
                "bases": dict(found.bases),
                "benchmarks": dict(found.benchmarks),
            },
        )


def _records(frame: Any) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _vs(lang: str, marks: Any) -> None:
    for name in marks:
        _WORDS[lang][f"{name}_vs_benchmark"] = f"{_WORDS[lang][name]} vs {marks[name]:g}"


def _open(source: str, spend_file: Path | None) -> tuple[Any, Any, Any]:
    """(events or None, spend frame or None, stages)"""
    from optimizer.data.importers import Choices, read_exports
    from optimizer.data.tables import Events, open_source
    from optimizer.errors import Problems

    def spend_frame(path: Path, columns: Any = None) -> Any:
        with read_exports(
            "plain_spend", [path], Choices(columns=tuple((columns or {}).items()))
        ) as found:
            if found.problems:
                raise Problems(found.problems)
            return found.frame()

    from optimizer.journeys.stages import DEFAULT

    default: Any = DEFAULT
    stages: list[tuple[str, tuple[str, ...], int]] = [
        (s["name"], tuple(s.get("milestones", ())), s.get("count", 1)) for s in default
    ]
    path = Path(source)
    if path.suffix.lower() in (".yaml", ".yml") or (path / "scenario.yaml").is_file():
        from optimizer.scenario import load_scenario

        scenario = load_scenario(path)
        if scenario.stages:
            stages = [(s.name, tuple(s.milestones), s.count) for s in scenario.stages]
        data = scenario.data
        if data.events is None and data.spend is None:
            raise UserError(
                _("this scenario names no events and no spend"),
                scenario.where("data"),
                _("add data: {{events: FILE, spend: FILE}}"),
            )
        from optimizer.data.sources import open_raw
        from optimizer.pipeline.tables import with_segment

        events = (
            open_source(
                data.events if "://" in data.events else str(scenario.folder / data.events),
                with_segment(scenario, "events", scenario.columns.get("events")),
            )
            if data.events
            else None
        )
        spend = None
        if spend_file or data.spend:
            file = spend_file or scenario.folder / data.spend
            spend = spend_frame(
                file,
                with_segment(
                    scenario,
                    "spend",
                    None if spend_file else scenario.columns.get("spend"),
                    open_raw(str(file)).columns if scenario.segments else None,
                ),
            )
        return events, spend, stages
    if _is_spend(path):
        return None, spend_frame(path), stages
    events = open_source(source)
    if not isinstance(events, Events):
        raise UserError(
            _("a path table has no users and no times: most figures cannot be told"),
            source,
            _("name an events table, a spend table or a scenario"),
        )
    return events, spend_frame(spend_file) if spend_file else None, stages


def _is_spend(path: Path) -> bool:
    """Whether a file reads as a spend table and not as events."""
    if not path.is_file():
        return False
    from optimizer.data.importers import read_exports

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
    rows: list[Any],
    columns: list[str],
    form: str,
    lang: str,
    whole: dict[str, Any],
    other: dict[str, str] | None = None,
) -> None:
    if form == "json":
        click.echo(to_json(whole), nl=False)
    elif form == "csv":
        click.echo(to_csv(rows, columns), nl=False)
    else:
        words = _WORDS[lang] | (other or {})
        table(
            None,
            [words.get(c, c) for c in columns],
            [[_cell(c, row.get(c), lang) for c in columns] for row in rows],
            right=range(1, len(columns)),
        )


def _cell(name: str, value: Any, lang: str) -> str:
    from optimizer.units import Locale

    local = Locale(lang)
    if name == "stage":
        return stage_name(str(value))
    if name in ("key", "channel", "cohort"):
        return {"": _WORDS[lang]["none"], "total": _WORDS[lang]["total"]}.get(
            str(value), str(value)
        )
    if value is None or value != value:
        return "-"
    if name in _PERCENT:
        return local.percent(value, 1)
    if name.endswith("_vs_benchmark"):
        return local.signed(value * 100, 0) + "%"
    return local.number(value, 2 if name == "roi" else 1 if name in _ONE_DIGIT else 0)
