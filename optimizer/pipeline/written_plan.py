"""A plan that was written before, read back from its plan.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.errors import UserError
from optimizer.evidence.belief import Interval
from optimizer.inputs import content
from optimizer.messages import _

PLAN = "plan.json"
MAX_BYTES = 64 << 20  # of a plan.json


@dataclass(frozen=True)
class Written:
    """A plan as its plan.json tells it.

    Parameters
    ----------
    spend, customers
        Channel -> currency that is billed (a commission is paid beside it), and customers it brings,
        for each period of the plan; a plan that names no periods is divided evenly.
    extra
        Customers over the whole plan, with the 90 % interval (of no width: nothing is believed).
    organic
        Customers that come without it, over the whole plan.
    """

    spend: Mapping[str, tuple[float, ...]]
    customers: Mapping[str, tuple[float, ...]]
    extra: Interval
    organic: float


def read_plan(folder: Path, horizon: int) -> Written:
    """The plan of a report's folder.

    Raises
    ------
    UserError
        Where there is none, it is not ours, or it found nothing to spend on.
    """
    path = folder / PLAN
    if not path.is_file():
        raise UserError(
            _("there is no plan here"), str(path), _("write one first: optimizer plan SCENARIO")
        )
    try:
        told = json.loads(content(path, MAX_BYTES))
        rows = told["spend"]
        belief = told.get("belief") or {}
        extra = belief.get("extra_customers")
        brought = float(told["totals"]["customers"])
        written = Interval(**extra) if extra else Interval(brought, brought, brought)
        spend = _by_period(rows, _billed, horizon)
        customers = _by_period(rows, lambda row: float(row["customers"]), horizon)
        return Written(spend, customers, written, float(belief.get("organic_customers") or 0.0))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(
            _("this is no plan that `optimizer plan` wrote, or it found none"),
            str(path),
            _("plan the scenario again"),
        ) from None


def _billed(row: Mapping[str, Any]) -> float:
    """What an export of spend will show: without the commission."""
    return float(row["spend"]) - float(row.get("commission") or 0.0)


def _by_period(
    rows: Sequence[Mapping[str, Any]], amount: Callable[[Mapping[str, Any]], float], horizon: int
) -> dict[str, tuple[float, ...]]:
    """{channel: an amount for each period}."""
    periods = list(dict.fromkeys(str(row["period"]) for row in rows))
    out: dict[str, np.ndarray[Any, Any]] = {}
    for row in rows:
        amounts = out.setdefault(str(row["channel"]), np.zeros(horizon))
        if len(periods) == horizon:
            amounts[periods.index(str(row["period"]))] += amount(row)
        else:
            amounts += amount(row) / horizon
    return {name: tuple(amounts.tolist()) for name, amounts in out.items()}
