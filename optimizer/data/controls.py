"""What else moved demand, in a table of totals: its further columns of numbers, and of names of
days.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from optimizer.data.raw import Raw
from optimizer.data.reading.columns import Layout, column, header_key
from optimizer.data.reading.values import Found, is_number, is_text

if TYPE_CHECKING:
    import pandas as pd

Array: TypeAlias = NDArray[np.float64]
# text columns that name what happened in a period
NAMED = tuple(
    header_key(name)
    for name in (
        *("holiday", "holidays", "event", "events", "campaign", "sale", "节日", "节假日"),
        *("活动", "大促", "促销活动"),
    )
)
NOT_CONTROLS = tuple(
    header_key(name)
    for name in ("year", "quarter", "week number", "week no", "id", "年", "季度", "#", "no")
)
# What came of demand is no cause of it: ratios of outcomes, and amounts spent.
OUTCOME = re.compile(
    r"rate\b|ratio|率|客单价|\baov\b|\broas?\b|\broi\b|\bcac\b|\bcpa\b|average order|basket"
    r"|returning|repeat|老客|老买家|回头客|returns?\b|discounts?\b|cost|spend|花费|消耗|营销费用"
    r"|\bcart|加购|浏览|page ?views|\bitems?\b|units|件数|conversions"
    r"|session|engage|event count|key events|\busers?\b|clicks|impressions|点击|曝光|展现",
    re.IGNORECASE,
)


def controls_of(
    raw: Raw, layout: Layout, found: Mapping[str, Found]
) -> tuple[dict[str, Found], dict[str, str]]:
    """Columns of numbers that are none of ours, and columns of names of days; and what each is
    called.
    """
    taken = {entry.name for entry in found.values()}
    out, names = {}, {}
    for place, (name, (sql, kind)) in enumerate(raw.columns.items()):
        key = header_key(name)
        if name in taken or not key or layout.understands(name) or OUTCOME.search(name):
            continue
        if key in NAMED and is_text(kind) and not _is_numeric(raw, sql, kind):
            meant = column(f"named_{place}", name)
        elif key not in (*NOT_CONTROLS,) and _is_numeric(raw, sql, kind):
            meant = column(f"control_{place}", name, kind="number")
        else:
            continue
        out[meant.to] = Found(sql, kind, name, meant)
        names[meant.to] = name.strip()
    return out, names


def _is_numeric(raw: Raw, sql: str, kind: str) -> bool:
    """Whether a column holds numbers, and nothing else."""
    if not is_text(kind):
        return is_number(kind) or kind == "BOOLEAN"
    entry = Found(sql, kind, "", column("control", kind="number"))
    careful = entry.carefully() if raw.local else None
    value = careful[0] if careful is not None else entry.number
    other, numbers = raw.attempt(
        f"SELECT count(*) FILTER (WHERE {value} IS NULL AND {entry.text} IS NOT NULL),"
        f" count(*) FILTER (WHERE {value} IS NOT NULL) FROM {raw.view}"
    )[0]
    return bool(numbers) and not other


def control_values(frame: pd.DataFrame, names: Mapping[str, str], periods: int) -> dict[str, Array]:
    """Control -> its value per period (the last known one where none is); those that never vary
    are left out.
    """
    out: dict[str, Array] = {}
    for name, called in names.items():
        if name.startswith("named_"):
            for event in sorted({str(cell) for cell in frame[name].dropna()}):
                there = frame.loc[frame[name] == event, "place"]
                out[event] = np.isin(np.arange(periods), there).astype(float)
        else:
            mean = frame.groupby("place")[name].mean().reindex(range(periods))
            out[called] = mean.ffill().bfill().to_numpy(dtype=float)
    return {name: values for name, values in out.items() if np.ptp(values) > 0}
