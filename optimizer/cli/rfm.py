"""`optimizer rfm`: customers in groups, how they moved, what they are worth, what an offer to them brings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimizer.cli.show import format_option, lang_option, language, note, table, to_csv, to_json
from optimizer.errors import UserError
from optimizer.messages import _

_HEADS = {
    "en": {
        "group": "group",
        "customers": "customers",
        "share": "share",
        "orders": "orders",
        "value": "value",
        "value_share": "of value",
        "recency_days": "days since",
        "frequency": "orders each",
        "monetary": "value each",
        "aov": "order value",
    },
    "zh": {
        "group": "分组",
        "customers": "人数",
        "share": "占比",
        "orders": "订单数",
        "value": "金额",
        "value_share": "金额占比",
        "recency_days": "距上次（天）",
        "frequency": "人均订单",
        "monetary": "人均金额",
        "aov": "客单价",
    },
}
_NONE = {"en": "no customer yet", "zh": "尚未成为客户"}


@click.command(
    epilog="Example: optimizer rfm orders.csv --since 2026-05-31 --ltv 365 --margin 0.4 --offer at_risk=2.5,0.04"
)
@click.argument("orders")
@click.option("--at", help="The date to look from. [default: the day after the last order]")
@click.option("--since", help="An earlier date: also show how customers moved between groups.")
@click.option(
    "--levels", default=5, show_default=True, help="Scores by quantile: 5 levels are quintiles."
)
@click.option(
    "--cuts",
    multiple=True,
    metavar="AXIS=A,B,C",
    help="Stated borders instead: recency=30,90 (days), frequency=2,5, monetary=200,1000.",
)
@click.option(
    "--ltv",
    "horizon",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Also the value of a new customer within DAYS.",
)
@click.option(
    "--margin", default=1.0, show_default=True, help="Gross margin, a share of value, for --ltv."
)
@click.option(
    "--discount", default=0.0, show_default=True, help="Discount per year for --ltv; 0.1 is 10 %."
)
@click.option(
    "--offer",
    "offers",
    multiple=True,
    metavar="GROUP=COST,RESPONSE[,VALUE]",
    help="An offer to a group: its line in the plan.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="OURS=HEADER",
    help="Which header holds user_id, timestamp, value, order_id.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write every customer with scores and group here (csv).",
)
@format_option
@lang_option
def rfm(orders: str, form: str, lang: str | None, **said: Any) -> None:
    """Group customers by recency, frequency and money.

    ORDERS is a table of orders, any export that becomes orders (`optimizer list importers`), or an events table.
    A negative amount is a cancellation: it lowers what the customer spent and is no order.
    """
    from optimizer.cli.importing import _pair
    from optimizer.customers.ltv import ltv
    from optimizer.customers.orders import read_orders
    from optimizer.customers.retention import retention_lines
    from optimizer.customers.rfm import movement
    from optimizer.customers.rfm import rfm as group

    words = language(lang)
    read = read_orders(
        orders, dict(_pair(c, "--column", "user_id=HEADER") for c in said["columns"]) or None
    )
    cuts = dict(_cuts(c) for c in said["cuts"]) or None
    found = group(read, said["at"], said["levels"], cuts)
    moved = movement(read, said["since"], found.at, said["levels"], cuts) if said["since"] else None
    worth = (
        ltv(read, said["horizon"], said["margin"], said["discount"]) if said["horizon"] else None
    )
    lines = retention_lines(found, [_offer(o) for o in said["offers"]]) if said["offers"] else ()
    for text in dict.fromkeys((*found.notes, *(worth.notes if worth else ()))):
        note(_("note: {text}", text=text))
    if said["out"] is not None:
        from optimizer.files import write_text

        everyone = found.customers.sort_index().reset_index()
        write_text(said["out"], to_csv(_records(everyone), [str(c) for c in everyone.columns]))
        note(_("wrote {file}: {customers} customers", file=said["out"], customers=len(everyone)))
    rows = _records(found.groups)
    if form == "csv":
        columns = [c for c in found.groups.columns if c != "who"]
        click.echo(to_csv(rows, columns), nl=False)
    elif form == "json":
        click.echo(
            to_json(
                {
                    "at": str(found.at.date()),
                    "customers": len(found.customers),
                    "levels": dict(found.levels),
                    "groups": rows,
                    "movement": None
                    if moved is None
                    else [
                        {"from": then, "to": now, "customers": int(moved.loc[then, now])}
                        for then in moved.index
                        for now in moved.columns
                    ],
                    "ltv": None
                    if worth is None
                    else {
                        "horizon_days": worth.horizon_days,
                        "value": worth.value,
                        "low": worth.low,
                        "high": worth.high,
                        "margin": worth.margin,
                        "discount": worth.discount,
                        "curve": worth.curve.to_dict("records"),
                    },
                    "retention": [
                        {
                            "name": x.name,
                            "group": x.group,
                            "size": x.size,
                            "cost": x.cost,
                            "most_spend": x.most,
                            "most_orders": x.most_orders,
                            "value_per_order": x.value_per_order,
                            "channel": x.channel(),
                        }
                        for x in lines
                    ],
                }
            ),
            nl=False,
        )
    else:
        _print(found, moved, worth, lines, words)


def _records(frame: Any) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _cuts(text: str) -> tuple[str, list[float]]:
    axis, __, numbers = text.partition("=")
    try:
        return axis.strip(), [float(n) for n in numbers.split(",")]
    except ValueError:
        raise UserError(
            _("'{text}' are no cuts", text=text), "--cuts", _("write --cuts recency=30,90,180")
        ) from None


def _offer(text: str) -> dict[str, Any]:
    group, __, numbers = text.partition("=")
    try:
        parts = [float(n) for n in numbers.split(",")]
    except ValueError:
        parts = []
    if len(parts) not in (2, 3):
        raise UserError(
            _("'{text}' is no offer", text=text),
            "--offer",
            _(
                "write --offer at_risk=2.5,0.04 (cost per contact, share who buy because of "
                "it, and if known the value of an order)"
            ),
        )
    return {"group": group.strip(), "cost": parts[0], "response": parts[1]} | (
        {"value": parts[2]} if len(parts) == 3 else {}
    )


def _print(found: Any, moved: Any, worth: Any, lines: Any, lang: str) -> None:
    from optimizer.units import Locale

    local = Locale(lang)
    heads = _HEADS[lang]
    rows = []
    for row in found.groups.to_dict("records"):
        rows.append(
            {
                heads["group"]: row[lang],
                heads["customers"]: local.number(row["customers"]),
                heads["share"]: local.percent(row["share"], 1),
                heads["orders"]: local.number(row["orders"]),
                heads["value"]: local.number(row["value"]),
                heads["value_share"]: local.percent(row["value_share"], 1),
                heads["recency_days"]: local.number(_known(row["recency_days"])),
                heads["frequency"]: local.number(_known(row["frequency"]), 1),
                heads["monetary"]: local.number(_known(row["monetary"]), 1),
                heads["aov"]: local.number(_known(row["aov"]), 1),
            }
        )
    _rows(_("RFM {date}", date=found.at.date()), rows)
    if moved is not None:
        names = {r["group"]: r[lang] for r in found.groups.to_dict("records")} | {
            "none": _NONE[lang]
        }
        _rows(
            "从（行）到（列）" if lang == "zh" else _("then (rows) to now (columns)"),
            [
                {"": names[then]}
                | {names[now]: local.number(int(moved.loc[then, now])) for now in moved.columns}
                for then in moved.index
            ],
        )
    if worth is not None:
        shown = f"{local.number(worth.value, 1)} ({local.number(worth.low, 1)} - {local.number(worth.high, 1)})"
        click.echo(
            f"新客 {worth.horizon_days} 天价值：{shown}"
            if lang == "zh"
            else _(
                "a new customer is worth {shown} within {horizon_days} days",
                shown=shown,
                horizon_days=worth.horizon_days,
            )
        )
    for line in lines:
        text = (
            f"{line.name}：最多花费 {local.number(line.most)}，带来 {local.number(line.most_orders, 1)} 单，每单 {local.number(line.value_per_order, 1)}"
            if lang == "zh"
            else _(
                "{name}: spend up to {most} for {most_orders} extra orders of {value_per_order}",
                name=line.name,
                most=local.number(line.most),
                most_orders=local.number(line.most_orders, 1),
                value_per_order=local.number(line.value_per_order, 1),
            )
        )
        click.echo(text)


def _rows(title: str, rows: list[dict[str, str]]) -> None:
    columns = list(rows[0])
    table(title, columns, [[row[c] for c in columns] for row in rows], right=range(1, len(columns)))


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else value
