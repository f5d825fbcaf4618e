"""Geo hold-outs: what a campaign brought in the regions that got it, by difference in differences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.plotting import Plots


@dataclass(frozen=True)
class GeoReading(Plots):
    """A geo hold-out read by difference in differences.

    effect:   per treated region and period, in the outcome's unit, with low, high, standard_error, p_value
    total:    effect x treated regions x test periods, with total_error: what the campaign brought in all
    relative: effect / what the treated regions would have had (their own level plus the control's change)
    placebo:  exact permutation p-value over which regions were treated; None where there are too many ways
    """

    effect: float
    low: float
    high: float
    standard_error: float
    p_value: float
    total: float
    total_error: float
    relative: float | None
    placebo: float | None
    treated: int
    control: int
    periods: int
    level: float
    notes: tuple[str, ...] = ()


def difference_in_differences(
    frame: Any, start: Any, end: Any = None, level: float = 0.05
) -> GeoReading:
    """Read a geo hold-out.

    frame: columns region, period, value, treated (bool; the region got the campaign). Before `start` all regions are
    alike; from `start` to `end` (or the last period) the treated ones got the campaign. Each region's change of its mean
    is one observation, so periods of a region are not taken for independent (Bertrand, Duflo & Mullainathan 2004).
    Raises UserError when a region lacks periods, changes sides, or a side is empty.
    """
    from math import comb

    import numpy as np
    from scipy.stats import t

    wide, groups = _geo_table(frame)
    before = wide.columns < start
    during = (
        (wide.columns >= start) & (wide.columns <= end)
        if end is not None
        else wide.columns >= start
    )
    if not before.any() or not during.any():
        raise UserError(
            _(
                "no periods {when} {start}",
                when="before" if not before.any() else "from",
                start=start,
            ),
            fix=_("the file needs periods before and from the start of the test"),
        )
    change_of = wide.loc[:, during].mean(axis=1) - wide.loc[:, before].mean(axis=1)
    treated, control = change_of[groups].to_numpy(), change_of[~groups].to_numpy()
    n, m = len(treated), len(control)
    if n == 0 or m < 2:
        raise UserError(
            _("{n} treated and {m} control regions", n=n, m=m),
            fix=_("at least 1 treated region and 2 control regions"),
        )
    effect = float(treated.mean() - control.mean())
    notes: list[str] = []
    if n == 1:
        se, degrees = float(np.std(control, ddof=1) * math.sqrt(1 + 1 / m)), float(m - 1)
        notes.append(
            _(
                "one treated region: its own chance swings are taken to be those of the "
                "control regions"
            )
        )
    else:
        va, vb = float(np.var(treated, ddof=1) / n), float(np.var(control, ddof=1) / m)
        se = math.sqrt(va + vb)
        degrees = (
            (va + vb) ** 2 / (va**2 / (n - 1) + vb**2 / (m - 1)) if se > 0 else float(n + m - 2)
        )
    half = float(t.ppf(1 - level / 2, degrees)) * se
    p_value = (
        float(2 * t.sf(abs(effect) / se, degrees)) if se > 0 else (1.0 if effect == 0 else 0.0)
    )
    placebo = (
        _permutation_p(np.concatenate([treated, control]), n) if comb(n + m, n) <= 50_000 else None
    )
    periods = int(during.sum())
    base = float((wide.loc[groups, before].mean(axis=1)).mean() + control.mean())
    if abs(
        float(
            wide.loc[groups, before].to_numpy().mean() - wide.loc[~groups, before].to_numpy().mean()
        )
    ) > 0.5 * abs(float(wide.loc[:, before].to_numpy().mean())):
        notes.append(
            _(
                "treated and control regions differ by more than half their level before the "
                "test: equal changes in numbers are a strong assumption, think of rates per "
                "inhabitant"
            )
        )
    return GeoReading(
        effect,
        effect - half,
        effect + half,
        se,
        p_value,
        effect * n * periods,
        se * n * periods,
        effect / base if base > 0 else None,
        placebo,
        n,
        m,
        periods,
        level,
        tuple(notes),
    )


def _geo_table(frame: Any) -> tuple[Any, Any]:
    """(regions x periods, which regions are treated)"""
    sides = frame.groupby("region")["treated"].nunique()
    if (sides > 1).any():
        raise UserError(
            _("region '{index}' is both treated and control", index=sides[sides > 1].index[0]),
            fix=_("a region is on one side throughout; the start of the test says from when"),
        )
    if frame.duplicated(["region", "period"]).any():
        row = frame[frame.duplicated(["region", "period"])].iloc[0]
        raise UserError(
            _(
                "region '{region}' has period {period} twice",
                region=row["region"],
                period=row["period"],
            ),
            fix=_("add the rows up first"),
        )
    wide = frame.pivot(index="region", columns="period", values="value").sort_index()
    if wide.isna().to_numpy().any():
        region = wide.index[wide.isna().any(axis=1)][0]
        raise UserError(
            _(
                "region '{region}' lacks period {period}",
                region=region,
                period=wide.columns[wide.loc[region].isna()][0],
            ),
            fix=_("write 0 where nothing was sold, or leave the region out"),
        )
    return wide, frame.groupby("region")["treated"].first().astype(bool).reindex(wide.index)


def _permutation_p(changes: Any, n: int) -> float:
    """Share of all ways to choose n regions whose difference is at least as large as the one seen (the first n)."""
    from itertools import combinations

    import numpy as np

    total = changes.sum()
    seen = abs(changes[:n].mean() - changes[n:].mean())
    picks = np.array(list(combinations(range(len(changes)), n)))
    inside = changes[picks].sum(axis=1)
    differences = np.abs(inside / n - (total - inside) / (len(changes) - n))
    return float((differences >= seen - 1e-12 * max(1.0, seen)).mean())
