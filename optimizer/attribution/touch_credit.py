"""Credit touch by touch: by journey, by period. Rows add up to the model's channel totals.

A share-of-journey model gives each touch its share. Any other model's channel totals are laid onto the touches: each
converting journey is divided among its touches in proportion to the channels' removal effects (or credit), and each
channel is then scaled to its total. A channel that a model credits although it is on no converting journey is spread
evenly over its touches; so is every channel of a model that reads the events itself (by period, the lifecycle model
says itself when its touches worked).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.credit import Credit
from optimizer.attribution.family import MODELS, Model, Options
from optimizer.attribution.relation import Relation, relation
from optimizer.data.engine import literal
from optimizer.data.tables import Paths
from optimizer.errors import UserError
from optimizer.files import beside
from optimizer.messages import _

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
POSITIONS = 10  # later touches are told together
PERIODS = ("day", "week", "month")


def credited_touches(opened: Any, credit: Credit, options: Options) -> tuple[Relation, str]:
    """The touches with the columns credit_conversions and credit_value, as a query; and what it is over."""
    model = MODELS[credit.model]
    if model.share is not None and not model.effect:
        touches = relation(opened, options, {credit.model: model.share(options)})
        if "calibrate" not in credit.options:
            columns = "share_0 * conversions AS credit_conversions, share_0 * value AS credit_value"
            return touches, f"SELECT *, {columns} FROM ({touches.sql}) AS t"
    else:
        effects = (
            credit.removal_effect
            if credit.removal_effect is not None
            else np.maximum(credit.conversions, 0.0)
        )
        touches = relation(
            opened, options, {credit.model: _aligned(credit, effects, opened, options)}
        )
    even = model.from_events is not None and not model.paths
    found = touches.engine.columns(
        f"SELECT channel, {touches.total('share_0 * conversions')} AS conversions, {touches.total('share_0 * value', True)} AS value,"
        f" {touches.total('conversions + nulls')} AS touches FROM ({touches.sql}) AS t GROUP BY channel"
    )
    place = np.asarray(found["channel"], dtype=np.int64)
    laid_on = []
    for name, given in (("conversions", credit.conversions), ("value", credit.value)):
        total = dict(zip(credit.channels, given.tolist(), strict=True))
        wanted = np.array([total.get(channel, 0.0) for channel in touches.names])
        laid, seen = np.zeros(len(touches.names)), np.zeros(len(touches.names))
        laid[place], seen[place] = (
            np.asarray(found[name], float),
            np.asarray(found["touches"], float),
        )
        if even:
            laid[:] = 0.0
        scale = np.divide(wanted, laid, out=np.zeros_like(wanted), where=laid > 0)
        spread = np.divide(wanted, seen, out=np.zeros_like(wanted), where=(laid <= 0) & (seen > 0))
        laid_on.append(
            f"share_0 * {name} * {touches.lookup(scale)} + (conversions + nulls) * {touches.lookup(spread)} AS credit_{name}"
        )
    return touches, f"SELECT *, {', '.join(laid_on)} FROM ({touches.sql}) AS t"


def _aligned(credit: Credit, numbers: Array, opened: Any, options: Options) -> Array:
    """Numbers by the source's channel names (which are the credit's, sorted)."""
    given = dict(zip(credit.channels, numbers.tolist(), strict=True))
    names = relation(opened, options, {}).names
    return np.array([given.get(name, 0.0) for name in names])


def credit_by_position(
    opened: Any, model: Model, options: Options
) -> tuple[tuple[str, ...], Array]:
    """A share-of-journey model's credit by the position of the touch: labels P ("1", ..., "10+") and C x P conversions."""
    if model.share is None:
        raise ValueError(f"{model.name} has no shares")
    touches = relation(opened, options, {model.name: model.share(options)})
    found = touches.engine.columns(
        f"SELECT channel, least(pos, {POSITIONS}) AS place, {touches.total('share_0 * conversions')} AS conversions"
        f" FROM ({touches.sql}) AS t GROUP BY 1, 2"
    )
    place = np.asarray(found["place"], dtype=np.int64) - 1
    size = int(place.max(initial=0)) + 1
    out = np.zeros((len(touches.names), size))
    out[np.asarray(found["channel"], dtype=np.int64), place] = np.asarray(
        found["conversions"], float
    )
    return tuple(f"{i}+" if i == POSITIONS else str(i) for i in range(1, size + 1)), out


def credit_by_period(
    source: Any,
    model: str,
    period: str = "week",
    columns: Mapping[str, str] | None = None,
    order: int = 1,
    lookback_days: float | None = None,
    calibrate: Any = None,
    difference: str | Sequence[str] = "untested",
    **options: Any,
) -> pd.DataFrame:
    """A model's credit by the period in which the touch happened: period (its start), channel, conversions, value.

    Over the periods each channel adds up to its total. Periods are days, weeks (from Monday) or months. A model that knows
    when its touches worked (lifecycle) says so itself; of others see the head of this file.
    """
    from optimizer.attribution.models import attribute, opened_source

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
        opened, [model], order, lookback_days, calibrate=calibrate, difference=difference, **options
    ).credits[0]
    if credit.by_day is not None:
        return _days(credit, period)
    touches, sql = credited_touches(
        opened, credit, Options.of(order=credit.order or 1, lookback_days=lookback_days, **options)
    )
    frame: pd.DataFrame = touches.engine.frame(
        f"SELECT CAST(date_trunc({literal(period)}, timestamp) AS TIMESTAMP) AS period, {touches.named()} AS channel,"
        f" {touches.total('credit_conversions')} AS conversions, {touches.total('credit_value', True)} AS value"
        f" FROM ({sql}) AS t GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return frame


def _days(credit: Credit, period: str) -> pd.DataFrame:
    """The model's own credit by day, each channel scaled to its total, by period."""
    import pandas as pd

    assert credit.by_day is not None
    days = pd.date_range(str(credit.first_day), periods=len(credit.by_day[0]), freq="D")
    columns = {}
    for name, by_day, wanted in (
        ("conversions", credit.by_day[0], credit.conversions),
        ("value", credit.by_day[1], credit.value),
    ):
        found = by_day.sum(axis=0)
        scaled = np.where(
            found > 0,
            by_day * np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0),
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


def write_journeys(
    source: Any,
    credit: Credit,
    file: Path | str,
    options: Options,
    columns: Mapping[str, str] | None = None,
) -> int:
    """Write credit journey by journey as csv or parquet (by the file's ending); returns the number of rows.

    Columns: user_id and journey (its number within the user) or path; channel, touches, conversions, value. Only rows
    with credit are written; they add up to the model's channel totals.
    """
    from optimizer.attribution.models import opened_source

    kind = Path(file).suffix.lower().lstrip(".")
    if kind not in ("csv", "parquet"):
        raise UserError(
            _("the file's ending says neither csv nor parquet"),
            str(file),
            _("write FILE.parquet or FILE.csv"),
        )
    opened = opened_source(source, columns, options.segment)
    touches, sql = credited_touches(opened, credit, options)
    touches.local("a file of journeys")
    name = touches.named("channel")
    if (
        kind == "csv"
    ):  # a cell that a spreadsheet would run as a formula is written with a leading apostrophe
        name = f"CASE WHEN substr({name}, 1, 1) IN ('=', '+', '-', '@') THEN '''' || {name} ELSE {name} END"
    if isinstance(opened, Paths):
        key = f"string_agg({touches.named('channel')}, ' > ' ORDER BY pos) OVER (PARTITION BY trip, part ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
        sql = f"SELECT *, {key} AS path FROM ({sql}) AS t"
        keys = "path"
    else:
        sql = f"SELECT *, trip AS user_id, part AS journey FROM ({sql}) AS t"
        keys = "user_id, journey"
    query = (
        f"SELECT {keys}, {name} AS channel, count(*) AS touches, {touches.total('credit_conversions')} AS conversions,"
        f" {touches.total('credit_value', True)} AS value FROM ({sql}) AS t GROUP BY {keys}, channel"
        f" HAVING sum(abs(credit_conversions) + abs(credit_value)) > 0 ORDER BY {keys}, 3"
    )
    shape = "FORMAT parquet" if kind == "parquet" else "FORMAT csv, HEADER"
    with beside(file) as part:
        touches.engine.run(f"COPY ({query}) TO {literal(str(part))} ({shape})")
        reader = "read_parquet" if kind == "parquet" else "read_csv"
        rows = touches.engine.rows(f"SELECT count(*) FROM {reader}({literal(str(part))})")[0][0]
    return int(rows)
