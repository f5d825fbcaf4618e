"""Charts of single results: estimates with their intervals, a value that grows with age, shares by channel and stage."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.report.charts import PALETTE, Row, Spec, base, by_name, tips
from optimizer.report.facts import group_of
from optimizer.report.words import Words


def intervals(
    entries: Sequence[tuple[str, float, float, float, str]],
    title: str,
    say: Words,
    percent: bool = False,
) -> Spec:
    """Estimates with their intervals beside a line at nothing. entries: (name, value, low, high, text)."""
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
    out = base(
        rows,
        step=38,
        encoding={"y": by_name(rows), "x": x},
        layer=[
            {
                "mark": {
                    "type": "rule",
                    "strokeWidth": 6,
                    "opacity": 0.3,
                    "color": PALETTE["plan"],
                },
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "circle", "size": 110, "opacity": 1, "color": PALETTE["plan"]},
                "encoding": {"tooltip": tips([("text", title)])},
            },
            {
                "mark": {"type": "text", "dy": -13, "baseline": "bottom"},
                "encoding": {"text": {"field": "text", "type": "nominal"}},
            },
        ],
    )
    out["transform"] = []
    return out


def growth(
    points: Sequence[tuple[float, float, float, float]], x_title: str, y_title: str, say: Words
) -> Spec:
    """A value that grows with age, its interval shaded. points: (age, value, low, high), money."""
    rows: list[Row] = [
        {
            "name": "",
            "group": "",
            "age": age,
            "value": value,
            "low": low,
            "high": high,
            "text": say.money(value),
            "at": say.count(age),
        }
        for age, value, low, high in points
    ]
    x = {
        "field": "age",
        "type": "quantitative",
        "axis": {"title": x_title, "grid": False, "tickCount": 6},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "axis": {"title": y_title, "domain": False, "tickCount": 5},
    }
    out = base(
        rows,
        260,
        encoding={"x": x},
        layer=[
            {
                "mark": {"type": "area", "color": PALETTE["seen"]},
                "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "mark": {
                    "type": "line",
                    "color": PALETTE["plan"],
                    "strokeWidth": 2,
                    "point": {"color": PALETTE["plan"], "size": 40},
                },
                "encoding": {"y": y, "tooltip": tips([("at", x_title), ("text", y_title)])},
            },
        ],
    )
    out["transform"] = []
    return out


def shares(cells: Sequence[tuple[str, str, float]], title: str, say: Words) -> Spec:
    """Shares by channel and stage: the darker, the more. cells: (channel, stage, share)."""
    top = max([share for _, _, share in cells] + [0.0]) or 1.0
    rows: list[Row] = [
        {
            "name": channel,
            "group": group_of(channel),
            "stage": stage,
            "share": share,
            "text": say.percent(share, 1),
        }
        for channel, stage, share in cells
    ]
    x = {
        "field": "stage",
        "type": "nominal",
        "sort": None,
        "axis": {
            "title": title,
            "orient": "top",
            "ticks": False,
            "domain": False,
            "labelAngle": 0,
            "labelLimit": 120,
        },
    }
    shade = {
        "field": "share",
        "type": "quantitative",
        "legend": None,
        "scale": {"domain": [0, top], "range": [0.04, 1], "nice": False},
    }
    return base(
        rows,
        step=30,
        encoding={"y": by_name(rows), "x": x},
        layer=[
            {
                "mark": {
                    "type": "rect",
                    "color": PALETTE["plan"],
                    "cornerRadius": 2,
                    "stroke": PALETTE["paper"],
                    "strokeWidth": 2,
                },
                "encoding": {"fillOpacity": shade},
            },
            {
                "mark": {"type": "text"},
                "encoding": {
                    "text": {"field": "text", "type": "nominal"},
                    "color": {
                        "condition": {
                            "test": f"datum.share > {0.55 * top!r}",
                            "value": PALETTE["paper"],
                        },
                        "value": PALETTE["ink"],
                    },
                },
            },
        ],
    )
