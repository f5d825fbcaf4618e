"""Orders as everything about customers wants them: one row per purchase or cancellation, who, when,
how much.

The rule for money that went back, stated once: a negative amount is a cancellation. It lowers what
the customer spent, and it is neither an order nor a sign of life. Orders marked cancelled or unpaid
do not count; a `refund` is taken off its order's value, and an order refunded in full is no order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from optimizer.data.engine import quoted
from optimizer.data.importers import Choices, read_exports
from optimizer.data.importers.declare import declared
from optimizer.data.sources import open_raw
from optimizer.data.tables import Events
from optimizer.errors import Problems, UserError
from optimizer.messages import Text, _

if TYPE_CHECKING:
    import pandas as pd

OrderSource: TypeAlias = "Orders | Events | pd.DataFrame | Path | str"


@dataclass(frozen=True)
class Orders:
    """Orders and cancellations, checked.

    Parameters
    ----------
    frame
        user_id (text), timestamp, value (currency, refunds taken off; below 0: a cancellation),
        order_id (text or missing), segment (text or missing), sorted by user, time, order, value.
    notes
        What was left out.
    guests
        The orders of no known customer, in the same columns: they count as orders and revenue, and
        for no customer's numbers. None: there are none.
    currency
        Of the values, as their file says; None: nothing says it.
    """

    frame: pd.DataFrame
    notes: tuple[Text, ...] = ()
    guests: pd.DataFrame | None = None
    currency: str | None = None


def read_orders(source: OrderSource, columns: Mapping[str, str] | None = None) -> Orders:
    """Orders, from wherever they stand.

    Parameters
    ----------
    source
        A file (any export that becomes orders, an orders table, or an events table's purchases),
        the address of a table in a database (`shop.duckdb::orders`), a pandas frame with user_id,
        timestamp, value, opened `Events`, or `Orders`.
    columns
        Our name -> the source's, where it has another.

    Raises
    ------
    UserError
        Where it is no table of orders.
    """
    if isinstance(source, Orders):
        return source
    if isinstance(source, Events):
        frame = source.query(
            "SELECT CAST(user_id AS VARCHAR) AS user_id, timestamp, value, segment "
            f"FROM {source.table} WHERE event = 'purchase'"
        )
        return tidy(frame, source.notes)
    if not isinstance(source, str | Path):
        return tidy(source.rename(columns={v: k for k, v in (columns or {}).items()}))
    if "::" in str(source) and not Path(source).exists():
        return _read_database(str(source), columns)
    return _read_file(Path(source), columns)


def _read_database(address: str, columns: Mapping[str, str] | None) -> Orders:
    """Orders from a table or query of a database: `shop.duckdb::orders`,
    `postgres://user@host/db::schema.orders`.
    """
    layout = declared("plain_orders")
    raw = open_raw(address)
    chosen = {theirs: ours for ours, theirs in (columns or {}).items()}
    picked: dict[str, str] = {}
    for name, (sql, __) in raw.columns.items():
        found = layout.understands(name)
        ours = chosen.get(name) or (
            found.column.to if found and found.column.to not in (columns or {}) else None
        )
        if ours is None:
            continue
        if ours in picked:
            raise UserError(
                _("two columns could be {ours}", ours=ours),
                raw.label,
                _("say which: --column {ours}=NAME", ours=ours),
            )
        picked[ours] = sql
    if not picked:
        raise UserError(
            _("no column was understood"),
            raw.label,
            _("say --column user_id=NAME --column timestamp=NAME --column value=NAME"),
        )
    chosen_columns = ", ".join(f"{sql} AS {quoted(ours)}" for ours, sql in picked.items())
    frame = raw.engine.frame(f"SELECT {chosen_columns} FROM {raw.view}")
    return tidy(frame)


def _read_file(path: Path, columns: Mapping[str, str] | None) -> Orders:
    with read_exports(
        "plain_orders" if columns else "auto",
        [path],
        Choices(columns=tuple((columns or {}).items())),
    ) as found:
        if found.problems:
            raise Problems(found.problems)
        if found.table not in ("orders", "events"):
            raise UserError(
                _("this is a table of {table}", table=found.table),
                str(path),
                _("name a table of orders, or an events table"),
            )
        frame = found.frame()
        notes = (*found.notes, *found.warnings)
        currency = next((one.currency for one in found.sums if one.currency), None)
        if found.table == "events":
            frame = frame[frame["event"] == "purchase"]
            if frame.empty:
                raise UserError(
                    _("this events table holds no purchases"),
                    str(path),
                    _("name a table of orders"),
                )
    return replace(tidy(frame, notes), currency=currency)


def tidy(frame: pd.DataFrame, notes: tuple[Text, ...] = ()) -> Orders:
    """Check a frame's columns and apply the rule for money that went back.

    Parameters
    ----------
    frame
        user_id, timestamp, value[, order_id, segment, state, refund].
    notes
        What was said of it before.

    Raises
    ------
    UserError
        Where columns are missing, cells are no times or numbers, or no order is left.
    """
    import pandas as pd

    lacking = [c for c in ("user_id", "timestamp", "value") if c not in frame]
    if lacking:
        raise UserError(
            _("orders lack the column {names}", names=", ".join(lacking)),
            fix=_("name it: --column user_id=HEADER"),
        )
    told: list[Text] = list(notes)
    out = pd.DataFrame(
        {
            "user_id": frame["user_id"].astype("string"),
            "timestamp": _converted(frame["timestamp"], pd.to_datetime, _("time")),
            "value": _converted(frame["value"], pd.to_numeric, _("number")).astype(float),
        }
    )
    if out["timestamp"].dt.tz is not None:
        out["timestamp"] = out["timestamp"].dt.tz_convert("UTC").dt.tz_localize(None)
    for name in ("order_id", "segment"):
        out[name] = (
            frame[name].astype("string")
            if name in frame
            else pd.Series(pd.NA, index=frame.index, dtype="string")
        )
    keep = _counting(frame, out, told)
    for name in ("timestamp", "value", "user_id"):
        lost = keep & out[name].isna()
        if lost.any():
            told.append(_without(name, int(lost.sum())))
        if name == "user_id":
            guests = out[lost].sort_values(["timestamp", "order_id", "value"], kind="stable")
        keep &= ~out[name].isna()
    out = (
        out[keep]
        .sort_values(["user_id", "timestamp", "order_id", "value"], kind="stable")
        .reset_index(drop=True)
    )
    if out.empty or not (out["value"] > 0).any():
        raise UserError(
            _("there are no orders with a value above 0"), fix=_("look at the value column")
        )
    return Orders(out, tuple(told), guests.reset_index(drop=True) if len(guests) else None)


def _counting(frame: pd.DataFrame, out: pd.DataFrame, told: list[Text]) -> pd.Series:
    """Which rows count; refunds are taken off `out`'s values, and what was done is told."""
    import pandas as pd

    keep = pd.Series(True, index=frame.index)
    state = frame.get("state")
    refund = (
        pd.to_numeric(frame["refund"]).fillna(0.0).astype(float)
        if "refund" in frame
        else pd.Series(0.0, index=frame.index)
    )
    if state is not None:
        gone = state.isin(["cancelled", "unpaid"])
        if gone.any():
            told.append(
                _("{number} orders were cancelled or never paid: left out", number=int(gone.sum()))
            )
        keep &= ~gone
        refund = refund.where(~((state == "refunded") & (refund == 0)), out["value"])
    back = (refund > 0) & (out["value"] > 0) & keep
    if back.any():
        out["value"] = out["value"] - refund
        whole = back & (out["value"] <= 0)
        told.append(
            _(
                "{number} orders were refunded, {full} of them in full: those are no orders",
                number=int(back.sum()),
                full=int(whole.sum()),
            )
        )
        keep &= ~whole
    return keep


def _without(column: str, number: int) -> Text:
    """What is said of orders that lack a cell."""
    if column == "user_id":
        return _(
            "{number} rows of orders have no customer: they count as orders and revenue, and for "
            "no customer's numbers",
            number=number,
        )
    if column == "timestamp":
        return _("{number} orders have no time: left out", number=number)
    return _("{number} orders have no value: left out", number=number)


def _converted(column: pd.Series, convert: Callable[[Any], Any], kind: Text) -> pd.Series:
    """The column converted; the first cell that is no such thing is named."""
    try:
        out: pd.Series = convert(column)
    except (ValueError, TypeError):
        for row, cell in enumerate(column, 1):
            try:
                convert(cell)
            except (ValueError, TypeError):
                raise UserError(
                    _("{cell} is no {kind}", cell=repr(str(cell)[:40]), kind=kind),
                    _("row {row}, column {name}", row=row, name=column.name),
                    _("mend it, or read the file with `optimizer import` first"),
                ) from None
        raise UserError(
            _(
                "the column {name} mixes forms that are no {kind} together",
                name=column.name,
                kind=kind,
            ),
            fix=_("write all of them in one form"),
        ) from None
    return out


def purchases(orders: Orders) -> pd.DataFrame:
    """The orders proper: value above 0, rows of one order_id added up; columns user_id, timestamp,
    value, segment.

    Parameters
    ----------
    orders
        As read: rows of several items of one order, gifts and cancellations among them.

    Returns
    -------
    pd.DataFrame
        One row per order, sorted by user and time (of an order's first row); value is currency,
        segment may be missing.
    """
    frame = orders.frame[orders.frame["value"] > 0]
    if frame["order_id"].isna().all():
        return frame[["user_id", "timestamp", "value", "segment"]].reset_index(drop=True)
    key = frame["order_id"].fillna("row " + frame.index.to_series().astype(str))
    return (
        frame.assign(key=key)
        .groupby(["user_id", "key"], sort=True)
        .agg(timestamp=("timestamp", "min"), value=("value", "sum"), segment=("segment", "first"))
        .reset_index()
        .drop(columns="key")
        .sort_values(["user_id", "timestamp", "value"], kind="stable")
        .reset_index(drop=True)
    )
