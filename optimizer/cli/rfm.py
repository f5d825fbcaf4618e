"""`optimizer rfm`: customers in groups, how they moved, what they are worth, what an offer to them
brings.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.cli.combinations import refuse_idle
from optimizer.cli.show import (
    Row,
    emit,
    format_option,
    lang_option,
    note,
    pair,
    reader,
    records,
    table,
    tell,
    to_csv,
)
from optimizer.customers.customer_values import customer_values
from optimizer.customers.ltv import Ltv, ltv
from optimizer.customers.orders import Orders, read_orders
from optimizer.customers.retention import RetentionLine, retention_lines
from optimizer.customers.rfm import Rfm, movement
from optimizer.customers.rfm import rfm as group
from optimizer.errors import UserError
from optimizer.files import write_text
from optimizer.messages import Text, _, pgettext

if TYPE_CHECKING:
    import pandas as pd

HEADS = (
    pgettext("rfm", "group"),
    pgettext("rfm", "customers"),
    pgettext("rfm", "share"),
    pgettext("rfm", "orders"),
    pgettext("rfm", "value"),
    pgettext("rfm", "of value"),
    pgettext("rfm", "days since"),
    pgettext("rfm", "orders each"),
    pgettext("rfm", "value each"),
    pgettext("rfm", "order value"),
)


@click.command(
    epilog="Example: optimizer rfm orders.csv --since 2026-05-31 --ltv 365 --margin 0.4 --offer "
    "at_risk=2.5,0.04"
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
    help="Also the value of a new customer within DAYS; with --out also what each customer is "
    "expected to bring within DAYS from now.",
)
@click.option(
    "--margin", default=1.0, show_default=True, help="Gross margin, a share of value, for --ltv."
)
@click.option(
    "--discount", default=0.0, show_default=True, help="Discount per year for --ltv; 0.1 is 10 %."
)
@click.option(
    "--burn-in",
    "burn_in",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="For --ltv: customers first seen in the first DAYS may be from before the data and are "
    "left out. [default: chosen from the data]",
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

    ORDERS is a table of orders, any export that becomes orders (`optimizer list importers`), or an
    events table. A negative amount is a cancellation: it lowers what the customer spent and is no
    order.
    """
    columns = dict(pair(c, "--column", "user_id=HEADER") for c in said["columns"]) or None
    cuts = dict(_cuts(c) for c in said["cuts"]) or None
    context = click.get_current_context()
    if not said["horizon"]:
        refuse_idle(context, ("margin", "discount", "burn_in"))
    if cuts is not None and {*cuts} >= {"recency", "frequency", "monetary"}:
        refuse_idle(context, ("levels",))
    read = read_orders(orders, columns)
    found = group(read, said["at"], said["levels"], cuts)
    moved = movement(read, said["since"], found.at, said["levels"], cuts) if said["since"] else None
    worth = _value(read, said) if said["horizon"] else None
    lines = retention_lines(found, [_offer(o) for o in said["offers"]]) if said["offers"] else ()
    for text in dict.fromkeys((*found.notes, *(worth.notes if worth else ()))):
        note(_("note: {text}", text=text))
    if said["out"] is not None:
        everyone = found.customers.sort_index()
        if said["horizon"]:
            everyone = _with_values(everyone, read, said)
        everyone = everyone.reset_index()
        write_text(said["out"], to_csv(records(everyone), [str(c) for c in everyone.columns]))
        note(_("wrote {file}: {customers} customers", file=said["out"], customers=len(everyone)))
    groups = records(found.groups)
    whole = {
        "at": str(found.at.date()),
        "customers": len(found.customers),
        "levels": dict(found.levels),
        "groups": groups,
        "movement": None if moved is None else _moves(moved),
        "ltv": None if worth is None else _worth(worth),
        "retention": [_line(line) for line in lines],
    }
    if not emit(form, whole, groups, [c for c in found.groups.columns if c != "who"]):
        _print(found, moved, worth, lines)


def _value(read: Orders, said: dict[str, Any]) -> Ltv:
    return ltv(
        read, said["horizon"], said["margin"], said["discount"], burn_in_days=said["burn_in"]
    )


def _with_values(everyone: pd.DataFrame, read: Orders, said: dict[str, Any]) -> pd.DataFrame:
    """The customers with what each is expected to bring, where the orders can tell."""
    try:
        values = customer_values(read, said["horizon"], said["margin"], said["discount"])
    except UserError as error:
        note(_("note: {text}", text=error.problems[0].what))
        return everyone
    return everyone.join(values)


def _moves(moved: pd.DataFrame) -> list[Row]:
    return [
        {"from": then, "to": now, "customers": int(moved.loc[then, now])}
        for then in moved.index
        for now in moved.columns
    ]


def _worth(worth: Ltv) -> Row:
    return {
        "horizon_days": worth.horizon_days,
        "value": worth.value,
        "low": worth.low,
        "high": worth.high,
        "customers": worth.customers,
        "burn_in_days": worth.burn_in_days,
        "observed_days": worth.observed_days,
        "margin": worth.margin,
        "discount": worth.discount,
        "curve": worth.curve.to_dict("records"),
    }


def _line(line: RetentionLine) -> Row:
    return {
        "name": line.name,
        "group": line.group,
        "size": line.size,
        "cost": line.cost,
        "most_spend": line.most,
        "most_orders": line.most_orders,
        "value_per_order": line.value_per_order,
        "channel": line.channel(),
    }


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


def _print(
    found: Rfm, moved: pd.DataFrame | None, worth: Ltv | None, lines: Sequence[RetentionLine]
) -> None:
    locale, lang = reader().locale, reader().lang
    groups = records(found.groups)
    rows: list[list[Text]] = [
        [
            row[lang],
            locale.number(row["customers"]),
            locale.percent(row["share"], 1),
            locale.number(row["orders"]),
            locale.number(row["value"]),
            locale.percent(row["value_share"], 1),
            locale.number(_known(row["recency_days"])),
            locale.number(_known(row["frequency"]), 1),
            locale.number(_known(row["monetary"]), 1),
            locale.number(_known(row["aov"]), 1),
        ]
        for row in groups
    ]
    table(_("RFM {date}", date=found.at.date()), HEADS, rows, right=range(1, len(HEADS)))
    if moved is not None:
        names: dict[str, Text] = {row["group"]: row[lang] for row in groups}
        names["none"] = _("no customer yet")
        rows = [
            [names[then], *(locale.number(int(moved.loc[then, now])) for now in moved.columns)]
            for then in moved.index
        ]
        heads = ["", *(names[now] for now in moved.columns)]
        title = _("then (rows) to now (columns)")
        table(title, heads, rows, right=range(1, len(heads)))
    if worth is not None:
        tell(
            _(
                "a new customer is worth {shown} within {horizon_days} days",
                shown=f"{locale.number(worth.value, 1)} "
                f"({locale.number(worth.low, 1)} - {locale.number(worth.high, 1)})",
                horizon_days=worth.horizon_days,
            )
        )
    for line in lines:
        tell(
            _(
                "{name}: spend up to {most} for {most_orders} extra orders of {value_per_order}",
                name=line.name,
                most=locale.number(line.most),
                most_orders=locale.number(line.most_orders, 1),
                value_per_order=locale.number(line.value_per_order, 1),
            )
        )


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else value
