"""Geo hold-outs: what a campaign brought in the regions that got it, by difference in
differences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer.errors import UserError
from optimizer.messages import Message, _
from optimizer.plotting import Plots

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_PLACEBOS = 50_000  # ways to choose the treated regions, all of which are tried


@dataclass(frozen=True)
class GeoTestResult(Plots):
    """A geo hold-out, by difference in differences.

    Parameters
    ----------
    effect, low, high, standard_error, p_value
        Per treated region and period, in the outcome's unit.
    total, total_error
        effect x treated regions x test periods: what the campaign brought in all, and its standard
        error.
    relative
        effect / what the treated regions would have had (their own level plus the control's
        change).
    placebo
        Exact permutation p-value over which regions were treated; None where there are too many
        ways.
    treated, control, periods
        How many regions on each side, and periods of the test.
    level
        Of false alarms.
    notes
        What a reader should know.
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
    notes: tuple[Message, ...] = ()


def difference_in_differences(
    frame: pd.DataFrame, start: Any, end: Any = None, level: float = 0.05
) -> GeoTestResult:
    """What a campaign brought in the regions that got it.

    Each region's change of its mean is one observation, so periods of a region are not taken for
    independent (Bertrand, Duflo & Mullainathan 2004); the two sides are compared by Welch's test.

    Parameters
    ----------
    frame
        Columns region, period, value, treated (bool; the region got the campaign).
    start, end
        Periods. Before `start` all regions are alike; from `start` to `end` (None: the last period)
        the treated ones got the campaign.
    level
        Of false alarms.

    Raises
    ------
    UserError
        When a region lacks periods, changes sides, or a side is empty.
    """
    import numpy as np

    wide, groups = _geo_table(frame)
    before, during = _when(wide, start, end)
    level_before = wide.loc[:, before].mean(axis=1)
    changes = wide.loc[:, during].mean(axis=1) - level_before
    treated, control = changes[groups].to_numpy(), changes[~groups].to_numpy()
    n, m = len(treated), len(control)
    if n == 0 or m < 2:
        raise UserError(
            _("{n} treated and {m} control regions", n=n, m=m),
            fix=_("at least 1 treated region and 2 control regions"),
        )
    effect, se, half, p_value = _difference(treated, control, level)
    ways = math.comb(n + m, n)
    placebo = (
        _permutation_p(np.concatenate([treated, control]), n) if ways <= MOST_PLACEBOS else None
    )
    periods = int(during.sum())
    base = float(level_before[groups].mean() + control.mean())
    return GeoTestResult(
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
        _notes(wide.loc[:, before], groups),
    )


def _when(wide: pd.DataFrame, start: Any, end: Any) -> tuple[Any, Any]:
    """Which periods lie before the test, and which in it."""
    before = wide.columns < start
    during = wide.columns >= start
    if end is not None:
        during &= wide.columns <= end
    fix = _("the file needs periods before and from the start of the test")
    if not before.any():
        raise UserError(_("no periods {when} {start}", when=_("before"), start=start), fix=fix)
    if not during.any():
        raise UserError(_("no periods {when} {start}", when=_("from"), start=start), fix=fix)
    return before, during


def _difference(treated: Array, control: Array, level: float) -> tuple[float, float, float, float]:
    """(difference of the means, its standard error, half its interval, p-value of "none")."""
    import numpy as np
    from scipy.stats import t, ttest_ind

    n, m = len(treated), len(control)
    effect = float(treated.mean() - control.mean())
    if n == 1:  # its own chance swings are taken to be those of the control regions
        se = float(np.std(control, ddof=1) * math.sqrt(1 + 1 / m))
    else:
        se = math.sqrt(float(np.var(treated, ddof=1) / n) + float(np.var(control, ddof=1) / m))
    if se == 0:
        return effect, 0.0, 0.0, 1.0 if effect == 0 else 0.0
    if n == 1:
        half = float(t.ppf(1 - level / 2, m - 1)) * se
        return effect, se, half, float(2 * t.sf(abs(effect) / se, m - 1))
    found = ttest_ind(treated, control, equal_var=False)
    low, high = found.confidence_interval(1 - level)
    return effect, se, float(high - low) / 2, float(found.pvalue)


def _notes(before: pd.DataFrame, groups: pd.Series) -> tuple[Message, ...]:
    """What weakens the comparison. before: regions x periods before the test."""
    notes = []
    if int(groups.sum()) == 1:
        notes.append(
            _(
                "one treated region: its own chance swings are taken to be those of the "
                "control regions"
            )
        )
    gap = float(before[groups].to_numpy().mean() - before[~groups].to_numpy().mean())
    if abs(gap) > 0.5 * abs(float(before.to_numpy().mean())):
        notes.append(
            _(
                "treated and control regions differ by more than half their level before the "
                "test: equal changes in numbers are a strong assumption, think of rates per "
                "inhabitant"
            )
        )
    return tuple(notes)


def _geo_table(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
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


def _permutation_p(changes: Array, n: int) -> float:
    """Share of all ways to choose n regions whose difference is at least as large as the one seen
    (the first n).
    """
    from itertools import combinations

    import numpy as np

    total = changes.sum()
    seen = abs(changes[:n].mean() - changes[n:].mean())
    picks = np.array(list(combinations(range(len(changes)), n)))
    inside = changes[picks].sum(axis=1)
    differences = np.abs(inside / n - (total - inside) / (len(changes) - n))
    return float((differences >= seen - 1e-12 * max(1.0, seen)).mean())
