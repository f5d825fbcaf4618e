"""Attribution and budget allocation: journeys -> credit -> response curves -> a proven budget plan.

The public face. Everything is loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = (
    False  # type checkers take it as true; importing it from typing would slow the start
)
if TYPE_CHECKING:
    from typing import Any

    from optimizer.allocation.plan import Plan as Plan
    from optimizer.attribution.attribute import attribute as attribute
    from optimizer.attribution.credit import Attribution as Attribution
    from optimizer.attribution.credit import Credit as Credit
    from optimizer.errors import UserError as UserError
    from optimizer.pipeline import Outcome as Outcome
    from optimizer.pipeline import plan as plan
    from optimizer.pipeline import run as run
    from optimizer.report.face import Comparison as Comparison
    from optimizer.report.face import compare as compare
    from optimizer.report.face import frontier as frontier
    from optimizer.response.curve import Curve as Curve
    from optimizer.scenario import Scenario as Scenario
    from optimizer.scenario import load_scenario as load_scenario

_FACE = {
    "Attribution": "optimizer.attribution.credit",
    "Comparison": "optimizer.report.face",
    "Credit": "optimizer.attribution.credit",
    "Curve": "optimizer.response.curve",
    "Outcome": "optimizer.pipeline",
    "Plan": "optimizer.allocation.plan",
    "Scenario": "optimizer.scenario",
    "UserError": "optimizer.errors",
    "attribute": "optimizer.attribution.attribute",
    "compare": "optimizer.report.face",
    "frontier": "optimizer.report.face",
    "load_scenario": "optimizer.scenario",
    "plan": "optimizer.pipeline",
    "run": "optimizer.pipeline",
}

__version__ = "0.1.0"
__all__ = [
    "Attribution",
    "Comparison",
    "Credit",
    "Curve",
    "Outcome",
    "Plan",
    "Scenario",
    "UserError",
    "attribute",
    "compare",
    "frontier",
    "load_scenario",
    "plan",
    "run",
]


def __getattr__(name: str) -> Any:
    if name in _FACE:
        import importlib

        return getattr(importlib.import_module(_FACE[name]), name)
    raise AttributeError(f"module 'optimizer' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_FACE])
