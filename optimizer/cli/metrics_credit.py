"""The figures of `optimizer metrics` with a model's credit for last touch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optimizer.attribution.attribute import attribute
from optimizer.cli.show import misuse
from optimizer.customers.metrics import RATIOS, SUMS, Metrics
from optimizer.data.tables import Events
from optimizer.journeys.new_customers import until_first
from optimizer.messages import _


def with_credit(found: Metrics, events: Events, model: str, lookback_days: float) -> Metrics:
    """The same figures with the orders, GMV and new customers that a model credits.

    Parameters
    ----------
    found
        Figures by channel or platform.
    events
        Whose orders they are.
    model
        A registered name.
    lookback_days
        Days before an order in which touches count.

    Returns
    -------
    Metrics
        What no channel is credited for stands in the row without a touch; the total stays.

    Raises
    ------
    click.UsageError
        For figures by anything else.
    """
    import pandas as pd

    if found.by not in ("channel", "platform"):
        raise misuse(_("--model tells figures by channel or platform"), "--by")
    asked: dict[str, Any] = {
        "lookback_days": lookback_days,
        "platforms": found.by == "platform",
        "read_ledger": False,
    }
    orders = attribute(events, [model], **asked).credits[0]
    new = attribute(until_first(events), [model], **asked).credits[0]
    rows: dict[str, dict[str, Any]] = {
        str(row["key"]): {str(name): row[name] for name in SUMS}
        for row in found.rows.to_dict("records")
    }
    for row in rows.values():
        row.update(orders=0.0, gmv=0.0, new_customers=0.0, repeat_customers=None)
    for credit, names in ((orders, ("orders", "gmv")), (new, ("new_customers", None))):
        amounts = zip(credit.channels, credit.conversions, credit.value, strict=True)
        for channel, conversions, value in amounts:
            row = rows.setdefault(channel, dict.fromkeys(SUMS))
            row[str(names[0])] = float(conversions)
            if names[1] is not None:
                row[names[1]] = float(value)
    left = rows.setdefault("", dict.fromkeys(SUMS))
    for name in ("orders", "gmv", "new_customers"):
        whole = found.total[name]
        shown = sum(row[name] or 0.0 for key, row in rows.items() if key)
        left[name] = None if whole is None else round(float(whole) - shown, 9)
    if not any(left[name] for name in SUMS):
        del rows[""]
    told = [
        {"key": key, **row, **{name: ratio(row) for name, ratio in RATIOS.items()}}
        for key, row in sorted(rows.items())
    ]
    frame = pd.DataFrame(told, columns=["key", *SUMS, *RATIOS])
    bases = {
        **found.bases,
        "orders": _(
            "credit of {model}, touches within {days} days",
            model=orders.label,
            days=f"{lookback_days:g}",
        ),
    }
    return replace(found, rows=frame.astype(object).where(lambda f: f.notna(), None), bases=bases)
