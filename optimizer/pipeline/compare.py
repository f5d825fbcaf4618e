"""Plans side by side as plain data: one row per plan."""

from __future__ import annotations

from typing import Any

from optimizer.allocation.plan import Plan


def row(name: str, plan: Plan) -> dict[str, Any]:
    """One plan as a row; amounts in currency, None where there is no plan."""
    totals = plan.totals
    return {
        "scenario": name,
        "status": plan.status,
        "spend": totals.spend if totals else None,
        "customers": totals.customers if totals else None,
        "revenue": totals.revenue if totals else None,
        "cac": totals.cac if totals else None,
        "roi": totals.roi if totals else None,
        "objective": plan.objective,
        "by_channel": plan.spend_by_channel(),
    }
