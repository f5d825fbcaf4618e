"""What an experiment teaches the plan: an entry of a scenario's `experiments:`, or a multiplier on
one channel's curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer.customers.experiment import TestResult
from optimizer.customers.geo import GeoTestResult
from optimizer.errors import UserError
from optimizer.messages import _

NINETY = 0.1


def winner(results: Sequence[TestResult]) -> TestResult | None:
    """The arm to go on with: of those that beat the control, the one with the highest mean; None
    without one.

    An arm beats the control at its planned look, or by the sequential test at any.

    Parameters
    ----------
    results
        Each arm against the same control.

    Returns
    -------
    TestResult | None
        Of equal means the last by name.
    """
    won = [
        r
        for r in results
        if r.difference > 0 and (r.p_value <= r.level or r.decided == r.treatment.name)
    ]
    return max(won, key=lambda r: (r.treatment.mean, r.treatment.name), default=None)


def scenario_entry(
    channel: str, result: TestResult | GeoTestResult, period: Sequence[str] | None = None
) -> dict[str, Any]:
    """The result as an entry of a scenario's `experiments:`.

    Parameters
    ----------
    channel
        The channel that was tested.
    result
        A geo hold-out gives what the channel brought in all (`effect`, with `standard_error`); an
        A/B test of a creative gives the `multiplier` on the channel's response, with its 90 %
        interval, which is what such entries hold.
    period
        First and last day of the test, as text.

    Raises
    ------
    UserError
        Where there is no multiplier.
    """
    entry: dict[str, Any] = {"channel": channel}
    if period:
        entry |= {"from": period[0], "to": period[1]}
    if isinstance(result, GeoTestResult):
        return entry | {"effect": result.total, "standard_error": result.total_error}
    factor = result.multiplier(NINETY)
    if factor is None:
        raise UserError(_("no multiplier: an arm has no conversions"), fix=_("go on collecting"))
    return entry | {"multiplier": factor[0], "low": factor[1], "high": factor[2]}
