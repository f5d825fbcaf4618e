"""Amounts by name as bars, and estimates with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.charts.look import (
    PALETTE,
    Row,
    Spec,
    base,
    by_name,
    money_axis,
    number_axis,
    tips,
    unfiltered,
)
from optimizer.report.words import Words


def bars(
    entries: Sequence[tuple[str, float, str, bool]], title: str, say: Words, money: bool = False
) -> Spec:
    """Amounts by name, the highlighted ones in colour.

    Parameters
    ----------
    entries
        (name, value, the value in words, whether it is highlighted).
    title
        What the axis counts.
    say
        The reader's words.
    money
        Whether the values are currency.
    """
    rows: list[Row] = [
        {
            "name": name,
            "value": value,
            "text": text,
            "what": "plan" if strong else "now",
            "group": "",
        }
        for name, value, text, strong in entries
    ]
    top = max([row["value"] for row in rows] + [0.0]) * 1.18 or 1.0
    axis = (money_axis if money else number_axis)(say, top, title)
    x = {
        "field": "value",
        "type": "quantitative",
        "axis": axis,
        "scale": {"domain": [min([0.0] + [r["value"] for r in rows]), top], "nice": False},
    }
    return unfiltered(
        base(
            rows,
            step=30,
            encoding={"y": by_name(rows), "x": x},
            layer=[
                {
                    "mark": {"type": "bar", "height": {"band": 0.62}, "cornerRadius": 1},
                    "encoding": {
                        "color": {
                            "field": "what",
                            "type": "nominal",
                            "legend": None,
                            "scale": {
                                "domain": ["plan", "now"],
                                "range": [PALETTE["plan"], PALETTE["now"]],
                            },
                        }
                    },
                },
                {
                    "mark": {"type": "text", "align": "left", "dx": 6, "baseline": "middle"},
                    "encoding": {"text": {"field": "text", "type": "nominal"}},
                },
            ],
        )
    )


def intervals(
    entries: Sequence[tuple[str, float, float, float, str]],
    title: str,
    say: Words,
    percent: bool = False,
) -> Spec:
    """Estimates with their intervals beside a line at nothing.

    Parameters
    ----------
    entries
        (name, value, low, high, the interval in words).
    title
        What is estimated.
    say
        The reader's words.
    percent
        Whether the values are shares.
    """
    rows: list[Row] = [
        {
            "name": name,
            "value": value,
            "low": low,
            "high": high,
            "text": text,
            "group": "",
            "range": text,
        }
        for name, value, low, high, text in entries
    ]

    def at_zero(there: object, elsewhere: object) -> Spec:
        """A look of the line at nothing, and of the others."""
        return {"condition": {"test": "datum.value === 0", "value": there}, "value": elsewhere}

    ends = [0.0, *(row[key] for row in rows for key in ("low", "high"))]
    room = 0.08 * (max(ends) - min(ends)) or 1.0
    label = "format(datum.value, '+.1%')" if percent else "format(datum.value, '+,.4~r')"
    x = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [min(ends) - room, max(ends) + room], "nice": False},
        "axis": {
            "title": title,
            "labelExpr": label,
            "tickCount": 5,
            "gridWidth": at_zero(2, 1),
            "gridColor": at_zero(PALETTE["now"], PALETTE["line"]),
        },
    }
    span = {
        "mark": {"type": "rule", "strokeWidth": 6, "opacity": 0.3, "color": PALETTE["plan"]},
        "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
    }
    point = {
        "mark": {"type": "circle", "size": 110, "opacity": 1, "color": PALETTE["plan"]},
        "encoding": {"tooltip": tips([("text", title)])},
    }
    text = {
        "mark": {"type": "text", "dy": -13, "baseline": "bottom"},
        "encoding": {"text": {"field": "text", "type": "nominal"}},
    }
    encoding = {"y": by_name(rows), "x": x}
    return unfiltered(base(rows, step=38, encoding=encoding, layer=[span, point, text]))
