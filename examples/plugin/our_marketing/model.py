"""An attribution model: who opened the door gets most."""

from __future__ import annotations

from optimizer.attribution.options import Options
from optimizer.attribution.registry import share_of_journey
from optimizer.locale import add_translations
from optimizer.messages import _


@share_of_journey(title=_("Door opener"))
def door_opener(options: Options) -> str:
    """60 % to the first touch, the rest evenly to those after it."""
    return "CASE WHEN n = 1 THEN 1.0 WHEN pos = 1 THEN 0.6 ELSE 0.4 / (n - 1) END"


add_translations(
    "zh",
    {
        "Door opener": "开门者",
        "60 % to the first touch, the rest evenly to those after it.": (
            "首次触点 60%，其余由后面的触点平分。"
        ),
    },
)
