"""What an experiment teaches the plan: an entry of a scenario's `experiments:`, or a multiplier on one channel's curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer.customers.experiment import Reading
from optimizer.customers.geo import GeoReading
from optimizer.errors import UserError
from optimizer.messages import _

NINETY = 0.1


def winner(readings: Sequence[Reading]) -> Reading | None:
    """Of the arms that beat the control (at their planned look, or at any), the one with the highest mean; None without one."""
    won = [
        r
        for r in readings
        if r.difference > 0 and (r.p_value <= r.level or r.decided == r.treatment.name)
    ]
    return max(won, key=lambda r: (r.treatment.mean, r.treatment.name), default=None)


def scenario_entry(
    channel: str, reading: Reading | GeoReading, period: Sequence[str] | None = None
) -> dict[str, Any]:
    """The result as an entry of a scenario's `experiments:`.

    A geo hold-out gives what the channel brought in all (`effect`, with `standard_error`); an A/B test of a creative
    gives the `multiplier` on the channel's response, with its 90 % interval, which is what such entries hold.
    """
    entry: dict[str, Any] = {"channel": channel}
    if period:
        entry |= {"from": period[0], "to": period[1]}
    if isinstance(reading, GeoReading):
        return entry | {"effect": reading.total, "standard_error": reading.total_error}
    factor = reading.multiplier(NINETY)
    if factor is None:
        raise UserError(_("no multiplier: an arm has no conversions"), fix=_("go on collecting"))
    return entry | {"multiplier": factor[0], "low": factor[1], "high": factor[2]}
