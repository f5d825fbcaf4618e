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

from optimizer.errors import UserError
from optimizer.messages import Message, Text, _
from optimizer.plotting import Plots
from optimizer.units import change

# The sequential test leans on the normal shape of a difference of means; below this it is not
# given.
FEWEST_EVENTS = 20
FEWEST_UNITS = 50


@dataclass(frozen=True)
class Arm:
    """What one arm has shown.

    Parameters
    ----------
    name
        As the user calls it.
    n
        Units: visitors, users.
    mean
        Share that converted, or mean value per unit.
    variance
        Of one unit's value.
    share
        The outcome is yes or no.
    """

    name: str
    n: int
    mean: float
    variance: float
    share: bool

    @classmethod
    def of_share(cls, name: str, n: int, conversions: int) -> Arm:
        """An arm whose outcome is yes or no.

        Parameters
        ----------
        name
            As the user calls it.
        n, conversions
            Visitors, and how many of them converted.
        """
        if n <= 0 or not 0 <= conversions <= n:
            raise UserError(
                _(
                    "arm '{name}' has {conversions} conversions among {n} visitors",
                    name=name,
                    conversions=conversions,
                    n=n,
                ),
                fix=_("conversions lie between 0 and the visitors, of whom there is at least 1"),
            )
        p = conversions / n
        return cls(name, n, p, p * (1 - p), True)

    @classmethod
    def of_mean(cls, name: str, n: int, mean: float, sd: float) -> Arm:
        """An arm whose outcome is a number per unit.

        Parameters
        ----------
        name
            As the user calls it.
        n
            Units.
        mean, sd
            Of a unit's value; sd with n - 1 in the denominator.
        """
        if n < 2 or sd < 0 or not math.isfinite(mean) or not math.isfinite(sd):
            raise UserError(
                _(
                    "arm '{name}' has {n} units, mean {mean}, standard deviation {sd}",
                    name=name,
                    n=n,
                    mean=f"{mean:g}",
                    sd=f"{sd:g}",
                ),
                fix=_("at least 2 units with finite values"),
            )
        return cls(name, n, mean, sd * sd, False)

    @property
    def events(self) -> int:
        """Conversions (shares) or units (means)."""
        return round(self.n * self.mean) if self.share else self.n


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


def power_of(control: Arm, effect: float, n: int, level: float = 0.05) -> float:
    """Chance that a two-sided test shows a true difference.

    Parameters
    ----------
    control
        What is known of an arm without the change.
    effect
        The difference, absolute.
    n
        Units per arm.
    level
        Of false alarms.
    """
    from scipy.stats import nct, norm, t

    if control.share:
        p = min(1.0, control.mean + effect)
        null, other = _spreads(control.mean, p)
        z, root = float(norm.ppf(1 - level / 2)), math.sqrt(n)
        if other == 0:
            return 1.0 if effect > 0 else level
        return float(
            norm.sf((z * null - effect * root) / other)
            + norm.cdf((-z * null - effect * root) / other)
        )
    if control.variance == 0:
        return 1.0 if effect > 0 else level
    degrees = 2 * n - 2
    edge = float(t.ppf(1 - level / 2, degrees))
    shift = effect / math.sqrt(control.variance) * math.sqrt(n / 2)
    return float(nct.sf(edge, degrees, shift) + nct.cdf(-edge, degrees, shift))


def _spreads(p: float, q: float) -> tuple[float, float]:
    """(spread of sqrt(n) * difference when both arms have the middle share, and when they have p
    and q)
    """
    middle = (p + q) / 2
    return math.sqrt(2 * middle * (1 - middle)), math.sqrt(p * (1 - p) + q * (1 - q))


def sample_per_arm(
    control: Arm, effect: float, level: float = 0.05, power: float = 0.8
) -> int | None:
    """Units per arm: the smallest number that reaches the power.

    Parameters
    ----------
    control
        What is known of an arm without the change.
    effect
        The difference that should be shown, absolute.
    level, power
        Of false alarms; chance with which it should be shown.

    Returns
    -------
    int or None
        None where there is no effect to show.
    """
    if effect <= 0 or (control.share and control.mean + effect > 1):
        return None
    low, high = 1, 2
    while power_of(control, effect, high, level) < power:
        low, high = high, high * 2
        if high > 10**12:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if power_of(control, effect, middle, level) < power:
            low = middle
        else:
            high = middle
    return high


def always_valid(
    a: Arm, b: Arm, level: float, expect: float
) -> tuple[float | None, float | None, float]:
    """Interval and p-value that stay valid at every peek.

    With V the squared standard error of the difference d and t the spread of effects it is tuned
    to, the ratio sqrt(V / (V + t^2)) * exp(t^2 d^2 / (2 V (V + t^2))) is a martingale under "no
    difference"; its reciprocal is a p-value at all times. V uses the pooled share, so that an arm
    without luck does not look too sure.

    Parameters
    ----------
    a, b
        Control and treatment.
    level
        Of false alarms.
    expect
        The relative effect it is tuned to.

    Returns
    -------
    tuple
        (low, high, p); (None, None, 1) while there is too little to lean on.
    """
    enough = min(a.events, b.events) >= FEWEST_EVENTS and min(a.n, b.n) >= FEWEST_UNITS
    if a.share:
        enough = enough and min(a.n - a.events, b.n - b.events) >= FEWEST_EVENTS
        pooled = (a.events + b.events) / (a.n + b.n)
        v = pooled * (1 - pooled) * (1 / a.n + 1 / b.n)
    else:
        v = a.variance / a.n + b.variance / b.n
    scale = abs(a.mean) if a.mean else math.sqrt(a.variance)
    if not enough or v <= 0 or scale == 0:
        return None, None, 1.0
    spread = (expect * scale) ** 2
    d = b.mean - a.mean
    log_ratio = 0.5 * math.log(v / (v + spread)) + spread * d * d / (2 * v * (v + spread))
    half = math.sqrt(v * (v + spread) / spread * (math.log((v + spread) / v) - 2 * math.log(level)))
    return d - half, d + half, min(1.0, math.exp(-min(log_ratio, 700.0)))
