"""A test that is valid at every peek: the mixture sequential probability ratio test (Robbins 1970;
Johari, Pekelis and Walsh 2017).
"""

from __future__ import annotations

import math

from optimizer.customers.arms import Arm

# The test leans on the normal shape of a difference of means; below this it is not given.
FEWEST_EVENTS = 20
FEWEST_UNITS = 50


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
