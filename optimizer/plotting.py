"""`.plot()` and rich display for results.

Pictures are drawn by `optimizer.report`, which stands right of every result; it is looked up when
somebody asks, so that a result needs no chart library and no result imports the report.
"""

from __future__ import annotations

import importlib
from typing import Any

MODULES = tuple(f"optimizer.report.charts.{name}" for name in ("plots", "analyses", "notebook"))


class Plots:
    """A result that can be drawn: `result.plot()` in a notebook; `result.plot().save("chart.png")`
    anywhere.
    """

    def plot(self, **options: Any) -> Any:
        """The result's chart (an Altair chart). Options: see its function in
        `optimizer.report.charts`.
        """
        return _drawing(self, "PLOTS")(self, **options)

    def _repr_html_(self) -> str | None:
        """What a notebook shows for the result; None falls back to its text."""
        draw = _drawing(self, "TABLES")
        return None if draw is None else draw(self)


def _drawing(result: Any, family: str) -> Any:
    known = {
        name: draw
        for module in MODULES
        for name, draw in getattr(importlib.import_module(module), family, {}).items()
    }
    return next(
        (known[base.__name__] for base in type(result).__mro__ if base.__name__ in known), None
    )
