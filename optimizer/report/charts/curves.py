"""Lines: response curves, the frontier over budgets, a value that grows with age."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.messages import _
from optimizer.report.channels import platform_of
from optimizer.report.charts.look import (
    PALETTE,
    Row,
    Spec,
    base,
    colours,
    money_axis,
    number_axis,
    quantity,
    rows_of,
    tips,
    unfiltered,
)
from optimizer.report.words import Words
from optimizer.response.curve import Array, Curve

POINTS = 48


def response_curve(
    channel: str,
    curve: Curve,
    now: float | None,
    plan: float | None,
    observed: tuple[float, float] | None,
    say: Words,
) -> Spec:
    """New customers against spend on one channel.

    Parameters
    ----------
    channel
        Its name; the page filters by its platform.
    curve
        Spend in currency -> new customers, over the whole plan.
    now, plan
        Spend that is marked (None: not known).
    observed
        The range of spend that was seen: shaded; the curve is solid in it and dashed beyond.
    say
        The reader's words.
    """
    marks = [v for v in (now, plan, *(observed or ())) if v]
    top = max(marks) * 1.2 if marks else max(curve.natural_spend, 1.0)
    grid = np.unique(
        np.concatenate([np.linspace(0.0, top, POINTS), [v for v in marks if v <= top]])
    )
    group = platform_of(channel)
    rows = _line_rows(group, curve, grid, observed, say)
    for what, at in ((say(_("Now")), now), (say(_("Plan")), plan)):
        if at is not None:
            rows.append(
                {**_point(group, at, float(curve(at)), say), "layer": "point", "what": what}
            )
    if observed is not None:
        seen = {"spend": observed[0], "to": min(observed[1], top)}
        rows.append({"group": group, "layer": "seen", **seen})
    high = max(row["customers"] for row in rows if "customers" in row) * 1.06 or 1.0
    x_axis = money_axis(say, top, say(_("Spend")), grid=False, tickCount=4)
    y_axis = number_axis(say, high, say(_("New customers")), tickCount=4, domain=False)
    x, y = quantity("spend", x_axis, 0, top), quantity("customers", y_axis, 0, high)
    return base(rows, 170, layer=_response_layers(x, y, say))


def _point(group: str, spend: float, customers: float, say: Words) -> Row:
    return {
        "group": group,
        "spend": spend,
        "customers": customers,
        "spend_text": say.money(spend),
        "customers_text": say.count(customers),
    }


def _line_rows(
    group: str, curve: Curve, grid: Array, observed: tuple[float, float] | None, say: Words
) -> list[Row]:
    """The curve's points, by the layer that draws them: inside, beyond or below what was seen."""
    rows: list[Row] = []
    customers = np.asarray(curve(grid), dtype=float)
    for spend, value in zip(grid.tolist(), customers.tolist(), strict=True):
        shared = _point(group, spend, value, say)
        if observed is None or observed[0] <= spend <= observed[1]:
            rows.append({**shared, "layer": "line"})
        if observed is not None and spend >= observed[1]:
            rows.append({**shared, "layer": "beyond"})
        if observed is not None and spend <= observed[0]:
            rows.append({**shared, "layer": "below"})
    return rows


def _response_layers(x: Spec, y: Spec, say: Words) -> list[Spec]:
    def line(layer: str, **mark: object) -> Spec:
        """A layer that draws a part of the curve."""
        return {
            "transform": rows_of(layer),
            "mark": {"type": "line", "color": PALETTE["plan"], "strokeWidth": 2, **mark},
            "encoding": {"x": x, "y": y},
        }

    tooltip = tips(
        [("what", ""), ("spend_text", say(_("Spend"))), ("customers_text", say(_("New customers")))]
    )
    pairs = [(say(_("Now")), "now"), (say(_("Plan")), "plan")]
    return [
        {
            "transform": rows_of("seen"),
            "mark": {"type": "rect", "color": PALETTE["seen"]},
            "encoding": {"x": x, "x2": {"field": "to"}},
        },
        line("line"),
        line("beyond", strokeDash=[4, 3]),
        line("below", strokeDash=[4, 3]),
        {
            "transform": rows_of("point"),
            "mark": {
                "type": "circle",
                "size": 100,
                "opacity": 1,
                "stroke": PALETTE["paper"],
                "strokeWidth": 1.5,
            },
            "encoding": {"x": x, "y": y, "tooltip": tooltip, "color": colours(pairs, legend=None)},
        },
    ]


def frontier(
    points: Sequence[tuple[float, float]],
    plan: tuple[float, float] | None,
    x_title: str,
    y_title: str,
    say: Words,
    money_y: bool = False,
) -> Spec:
    """The best that can be reached for each budget; the plan's own point marked.

    Parameters
    ----------
    points
        (budget in currency, goal reached).
    plan
        The same of the plan (None: not marked).
    x_title, y_title
        What the axes show.
    say
        The reader's words.
    money_y
        Whether the goal is currency.
    """
    show = say.money if money_y else say.count
    marked = [("line", *point) for point in points]
    marked += [] if plan is None else [("plan", *plan)]
    rows: list[Row] = [
        {"layer": layer, "x": x, "y": y, "x_text": say.money(x), "y_text": show(y), "group": ""}
        for layer, x, y in marked
    ]
    lows, high = [row["x"] for row in rows], max(row["y"] for row in rows)
    x_axis = money_axis(say, max(lows), x_title, grid=False)
    y_axis = (money_axis if money_y else number_axis)(say, high, y_title, domain=False)
    encoding = {
        "x": quantity("x", x_axis, min(0.0, *lows), max(lows) * 1.05),
        "y": {"field": "y", "type": "quantitative", "axis": y_axis},
        "tooltip": tips([("x_text", x_title), ("y_text", y_title)]),
    }
    return unfiltered(base(rows, 260, encoding=encoding, layer=_frontier_layers(say)))


def _frontier_layers(say: Words) -> list[Spec]:
    return [
        {
            "transform": rows_of("line"),
            "mark": {
                "type": "line",
                "color": PALETTE["now"],
                "strokeWidth": 2,
                "point": {"color": PALETTE["now"], "size": 45},
            },
        },
        {
            "transform": rows_of("plan"),
            "mark": {"type": "circle", "size": 150, "opacity": 1, "color": PALETTE["plan"]},
        },
        {
            "transform": rows_of("plan"),
            "mark": {
                "type": "text",
                "dy": 18,
                "align": "right",
                "fontWeight": "bold",
                "color": PALETTE["plan"],
                "text": say(_("Plan")),
            },
        },
    ]


def growth(
    points: Sequence[tuple[float, float, float, float]], x_title: str, y_title: str, say: Words
) -> Spec:
    """A value that grows with age, its interval shaded.

    Parameters
    ----------
    points
        (age, value, low, high); values in currency.
    x_title, y_title
        What the axes show.
    say
        The reader's words.
    """
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
    return unfiltered(
        base(
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
    )
