"""Experiments: which of two arms did better, how sure that is, and how long to go on.

Fixed-sample tests (valid once, at the planned end):
  shares  pooled two-proportion z-test, Fisher's exact test where fewer than 5 are expected;
  Newcombe's interval (1998) means   Welch's t-test and interval
Sequential test (valid at every peek, however often): the mixture sequential probability ratio test
with a normal mixture over the effect (Robbins 1970; Johari, Pekelis & Walsh 2017) and the
confidence sequence that belongs to it.

Shares are 0..1, differences are treatment minus control, `level` is the false-alarm rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from optimizer.customers.arms import Arm
from optimizer.customers.sample_size import power_of, sample_per_arm
from optimizer.customers.sequential import always_valid
from optimizer.errors import UserError
from optimizer.messages import Message, Text, _
from optimizer.plotting import Plots
from optimizer.units import change


@dataclass(frozen=True)
class TestResult(Plots):
    """Treatment against control.

    Parameters
    ----------
    control, treatment
        The arms.
    level
        Of false alarms.
    difference, low, high
        Treatment - control with its interval at 1 - level.
    relative
        Difference / control, None where the control is 0.
    standard_error
        Of the difference.
    p_value
        Of "no difference", for one look at the planned end.
    test
        Which test gave it.
    detect
        Absolute effect that power and sample are about.
    power
        Chance that this sample shows it.
    needed
        Units per arm for 80 % power to show it, None where it cannot be.
    missing
        Units still to collect in all, None where `needed` is.
    always_low, always_high
        Interval valid at every peek; None while there is too little to say.
    always_p
        p-value valid at every peek (1 while there is too little to say).
    decided
        Name of the winning arm, by the sequential test; None while nothing is decided.
    notes
        What a reader should know.
    """

    __test__: ClassVar[bool] = False  # no test of pytest's
    control: Arm
    treatment: Arm
    level: float
    difference: float
    low: float
    high: float
    relative: float | None
    standard_error: float
    p_value: float
    test: Text
    detect: float
    power: float | None
    needed: int | None
    missing: int | None
    always_low: float | None
    always_high: float | None
    always_p: float
    decided: str | None
    notes: tuple[Message, ...] = ()

    def multiplier(self, level: float | None = None) -> tuple[float, float, float] | None:
        """What to put on a channel's curve: treatment / control.

        Parameters
        ----------
        level
            Of the interval (None: the result's own).

        Returns
        -------
        tuple or None
            (factor, low, high); the interval is that of the logarithm of the ratio (delta method).
            None where it has none, because an arm brought nothing.
        """
        a, b = self.control, self.treatment
        if a.mean <= 0 or b.mean <= 0:
            return None
        from scipy.stats import norm

        spread = math.sqrt(a.variance / (a.n * a.mean**2) + b.variance / (b.n * b.mean**2))
        z = float(norm.ppf(1 - (self.level if level is None else level) / 2))
        factor = b.mean / a.mean
        return factor, factor * math.exp(-z * spread), factor * math.exp(z * spread)


def compare(
    control: Arm,
    treatment: Arm,
    level: float = 0.05,
    detect: float | None = None,
    expect: float = 0.1,
    power: float = 0.8,
) -> TestResult:
    """Test a treatment against a control.

    Parameters
    ----------
    control, treatment
        The arms, both with the same kind of outcome.
    level
        Of false alarms.
    detect
        The smallest absolute effect worth knowing, by default the expected one (never the one seen:
        its "power" is the p-value in other words).
    expect
        The relative effect the sequential test is tuned to, to be fixed before looking.
    power
        Chance with which `detect` should be shown.

    Examples
    --------
    >>> result = compare(Arm.of_share("old", 8000, 240), Arm.of_share("new", 8000, 320))
    >>> round(result.difference, 4), result.p_value < 0.01
    (0.01, True)
    """
    if not 0 < level < 1 or not 0 < power < 1 or not expect > 0:
        raise UserError(
            _(
                "level {level}, power {power}, expected effect {expect}",
                level=f"{level:g}",
                power=f"{power:g}",
                expect=f"{expect:g}",
            ),
            fix=_("level and power lie between 0 and 1, the expected effect is above 0"),
        )
    if control.share is not treatment.share:
        raise UserError(
            _("one arm has shares, the other means"), fix=_("give both the same kind of outcome")
        )
    difference = treatment.mean - control.mean
    se = math.sqrt(control.variance / control.n + treatment.variance / treatment.n)
    if control.share:
        p_value, test = _share_p(control, treatment)
        low, high = newcombe(control, treatment, level)
    else:
        p_value, test, low, high = _welch(control, treatment, level)
    seek = abs(expect * control.mean) if detect is None else abs(detect)
    needed = sample_per_arm(control, seek, level, power)
    always_low, always_high, always_p = always_valid(control, treatment, level, expect)
    decided = None
    if always_low is not None and always_high is not None:
        decided = treatment.name if always_low > 0 else control.name if always_high < 0 else None
    return TestResult(
        control,
        treatment,
        level,
        difference,
        low,
        high,
        change(treatment.mean, control.mean),
        se,
        p_value,
        test,
        seek,
        power_of(control, seek, min(control.n, treatment.n), level) if seek > 0 else None,
        needed,
        None if needed is None else max(0, needed - control.n) + max(0, needed - treatment.n),
        always_low,
        always_high,
        always_p,
        decided,
        _notes(control, treatment),
    )


def _notes(control: Arm, treatment: Arm) -> tuple[Message, ...]:
    """A split that is not what chance gives for halves is a broken experiment more often than a
    choice.
    """
    n = control.n + treatment.n
    p = math.erfc(abs(treatment.n - n / 2) / math.sqrt(n / 2))
    if p < 0.001:
        return (
            _(
                "{n} and {n2} units are no even split (p = {p}): fine if planned, else look "
                "for lost visitors before reading on",
                n=f"{control.n:,}",
                n2=f"{treatment.n:,}",
                p=f"{p:.1g}",
            ),
        )
    return ()


def _share_p(a: Arm, b: Arm) -> tuple[float, Text]:
    """p-value of "no difference" between two shares, and the test that gives it."""
    import numpy as np
    from scipy.stats import fisher_exact, norm

    x, y = a.events, b.events
    pooled = (x + y) / (a.n + b.n)
    if min(a.n, b.n) * min(pooled, 1 - pooled) < 5:
        exact = fisher_exact(np.array([[x, a.n - x], [y, b.n - y]]))
        return float(exact[1]), _("Fisher's exact test")
    z = (b.mean - a.mean) / math.sqrt(pooled * (1 - pooled) * (1 / a.n + 1 / b.n))
    return float(2 * norm.sf(abs(z))), _("two-proportion z-test")


def wilson(arm: Arm, level: float) -> tuple[float, float]:
    """Wilson's interval of one share (Wilson 1927).

    Parameters
    ----------
    arm
        An arm whose outcome is yes or no.
    level
        The interval holds 1 - level.
    """
    from scipy.stats import norm

    z = float(norm.ppf(1 - level / 2))
    p, n = arm.mean, arm.n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def newcombe(a: Arm, b: Arm, level: float) -> tuple[float, float]:
    """Interval of the difference b - a from the two Wilson intervals (Newcombe 1998, method 10).

    Parameters
    ----------
    a, b
        Arms whose outcome is yes or no.
    level
        The interval holds 1 - level.
    """
    (low_a, high_a), (low_b, high_b) = wilson(a, level), wilson(b, level)
    d = b.mean - a.mean
    return (
        d - math.hypot(b.mean - low_b, high_a - a.mean),
        d + math.hypot(high_b - b.mean, a.mean - low_a),
    )


def _welch(a: Arm, b: Arm, level: float) -> tuple[float, Text, float, float]:
    """(p, test, low, high): Welch's test of two means and the interval of their difference."""
    from scipy.stats import t, ttest_ind_from_stats

    test = "Welch's t-test"
    va, vb = a.variance / a.n, b.variance / b.n
    difference = b.mean - a.mean
    if va + vb == 0:
        return (1.0 if difference == 0 else 0.0), test, difference, difference
    found = ttest_ind_from_stats(
        b.mean, math.sqrt(b.variance), b.n, a.mean, math.sqrt(a.variance), a.n, equal_var=False
    )
    degrees = (va + vb) ** 2 / (va**2 / (a.n - 1) + vb**2 / (b.n - 1))
    half = float(t.ppf(1 - level / 2, degrees)) * math.sqrt(va + vb)
    return float(found.pvalue), test, difference - half, difference + half
