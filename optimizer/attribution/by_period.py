"""Credit by the period in which the touch happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.attribution.attribute import attribute
from optimizer.attribution.counting import opened_source
from optimizer.attribution.credit import Credit
from optimizer.attribution.options import Options
from optimizer.attribution.touch_credit import credited_touches
from optimizer.data.engine import literal
from optimizer.data.open import Source
from optimizer.data.tables import Paths
from optimizer.errors import UserError
from optimizer.journeys.event_touches import shown
from optimizer.messages import _

if TYPE_CHECKING:
    import pandas as pd

PERIODS = ("day", "week", "month")


def credit_by_period(
    source: Source,
    model: str,
    period: str = "week",
    columns: Mapping[str, str] | None = None,
    order: int = 1,
    lookback_days: float | None = None,
    calibrate: object = None,
    difference: str | Sequence[str] = "untested",
    **options: Any,
) -> pd.DataFrame:
    """A model's credit by period of touch. Over the periods each channel adds up to its total.

    A model that knows when its touches worked (lifecycle) says so itself; of others see
    `touch_credit`.

    Parameters
    ----------
    source
        Events, or anything that opens as events.
    model
        A name from `MODELS`.
    period
        day, week (from Monday) or month.
    columns, order, lookback_days, calibrate, difference, options
        As for `attribute`.

    Returns
    -------
    pandas.DataFrame
        period (its start), channel, conversions, value (currency).

    Raises
    ------
    UserError
        For an unknown period, and for path tables, which have no times.
    """
    if period not in PERIODS:
        raise UserError(
            _("unknown period '{period}'", period=period),
            fix=_("one of {names}", names=", ".join(PERIODS)),
        )
    opened = opened_source(source, columns, options.get("segment"))
    if isinstance(opened, Paths):
        raise UserError(
            _("a path table has no times, so credit cannot be told by period"),
            opened.facts["label"],
            _("give an events table"),
        )
    credit = attribute(
        opened,
        [model],
        order,
        lookback_days,
        calibrate=calibrate,
        difference=difference,
        read_ledger=False,
        **options,
    ).credits[0]
    if credit.by_day is not None:
        return _days(credit, credit.by_day, period)
    touches, sql = credited_touches(
        opened, credit, Options.of(order=credit.order or 1, lookback_days=lookback_days, **options)
    )
    start = f"CAST(date_trunc({literal(period)}, {shown(opened)}) AS TIMESTAMP)"
    return touches.engine.frame(
        f"SELECT {start} AS period, {touches.named()} AS channel,"
        f" {touches.total('credit_conversions')} AS conversions,"
        f" {touches.total('credit_value', True)} AS value"
        f" FROM ({sql}) AS t GROUP BY 1, 2 ORDER BY 1, 2"
    )


def _days(
    credit: Credit, by_day: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]], period: str
) -> pd.DataFrame:
    """The model's own credit by day, each channel scaled to its total, by period."""
    import pandas as pd

    days = pd.date_range(str(credit.first_day), periods=len(by_day[0]), freq="D")
    columns = {}
    for name, daily, wanted in (
        ("conversions", by_day[0], credit.conversions),
        ("value", by_day[1], credit.value),
    ):
        found = daily.sum(axis=0)
        scaled = np.where(
            found > 0,
            daily * np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0),
            wanted / len(days),
        )
        columns[name] = scaled.ravel()
    start = (
        days if period == "day" else days.to_period("W-SUN" if period == "week" else "M").start_time
    )
    frame = pd.DataFrame(
        {
            "period": np.repeat(start.to_numpy(), len(credit.channels)),
            "channel": np.tile(np.array(credit.channels, dtype=object), len(days)),
            **columns,
        }
    )
    added = frame.groupby(["period", "channel"], as_index=False)[["conversions", "value"]].sum()
    return added[(added["conversions"] != 0) | (added["value"] != 0)].reset_index(drop=True)
