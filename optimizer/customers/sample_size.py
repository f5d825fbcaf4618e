"""How large an experiment must be: the power of its test, and the units per arm."""

from __future__ import annotations

import math

from optimizer.customers.arms import Arm


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
