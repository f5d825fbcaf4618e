"""More charts: response curves, models side by side, bars of plans, the frontier, the calendar, stage flows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.messages import _
from optimizer.report.charts import (
    PALETTE,
    Row,
    Spec,
    base,
    by_name,
    colours,
    money_axis,
    number_axis,
    tips,
)
from optimizer.report.facts import group_of
from optimizer.report.words import Words
from optimizer.response.curves import Curve

POINTS = 48


def response_curve(
    channel: str,
    curve: Curve,
    now: float | None,
    plan: float | None,
    observed: tuple[float, float] | None,
    say: Words,
) -> Spec:
    """New customers against spend on one channel: solid where observed (shaded), dashed beyond; now and plan marked."""
    marks = [v for v in (now, plan, *(observed or ())) if v]
    top = max(marks) * 1.2 if marks else max(curve.spend_scale, 1.0)
    grid = np.unique(
        np.concatenate([np.linspace(0.0, top, POINTS), [v for v in marks if v <= top]])
    )
    rows: list[Row] = []
    for spend, customers in zip(
        grid.tolist(), np.asarray(curve(grid), dtype=float).tolist(), strict=True
    ):
        shared = {
            "group": group_of(channel),
            "spend": spend,
            "customers": customers,
            "spend_text": say.money(spend),
            "customers_text": say.count(customers),
        }
        inside = observed is None or observed[0] <= spend <= observed[1]
        if inside:
            rows.append({**shared, "layer": "line"})
        if observed is not None and spend >= observed[1]:
            rows.append({**shared, "layer": "beyond"})
        if observed is not None and spend <= observed[0]:
            rows.append({**shared, "layer": "below"})
    for what, spend_at in ((say(_("Now")), now), (say(_("Plan")), plan)):
        if spend_at is not None:
            customers = float(curve(spend_at))
            rows.append(
                {
                    "group": group_of(channel),
                    "layer": "point",
                    "what": what,
                    "spend": spend_at,
                    "customers": customers,
                    "spend_text": say.money(spend_at),
                    "customers_text": say.count(customers),
                }
            )
    if observed is not None:
        rows.append(
            {
                "group": group_of(channel),
                "layer": "seen",
                "spend": observed[0],
                "to": min(observed[1], top),
            }
        )
    tooltip = tips(
        [("what", ""), ("spend_text", say(_("Spend"))), ("customers_text", say(_("New customers")))]
    )
    x = {
        "field": "spend",
        "type": "quantitative",
        "axis": money_axis(say, top, say(_("Spend")), grid=False, tickCount=4),
        "scale": {"domain": [0, top], "nice": False},
    }
    high = max(row["customers"] for row in rows if "customers" in row) * 1.06 or 1.0
    y = {
        "field": "customers",
        "type": "quantitative",
        "scale": {"domain": [0, high], "nice": False},
        "axis": number_axis(say, high, say(_("New customers")), tickCount=4, domain=False),
    }

    def line(layer: str, **mark: object) -> Spec:
        return {
            "transform": [{"filter": f"datum.layer === '{layer}'"}],
            "mark": {"type": "line", "color": PALETTE["plan"], "strokeWidth": 2, **mark},
            "encoding": {"x": x, "y": y},
        }

    return base(
        rows,
        170,
        layer=[
            {
                "transform": [{"filter": "datum.layer === 'seen'"}],
                "mark": {"type": "rect", "color": PALETTE["seen"]},
                "encoding": {"x": x, "x2": {"field": "to"}},
            },
            line("line"),
            line("beyond", strokeDash=[4, 3]),
            line("below", strokeDash=[4, 3]),
            {
                "transform": [{"filter": "datum.layer === 'point'"}],
                "mark": {
                    "type": "circle",
                    "size": 100,
                    "opacity": 1,
                    "stroke": PALETTE["paper"],
                    "strokeWidth": 1.5,
                },
                "encoding": {
                    "x": x,
                    "y": y,
                    "tooltip": tooltip[0:3],
                    "color": colours(
                        [(say(_("Now")), "now"), (say(_("Plan")), "plan")], legend=None
                    ),
                },
            },
        ],
    )


def models(
    table: Sequence[tuple[str, str, float, float | None, float | None]],
    chosen: str,
    reference: str | None,
    say: Words,
) -> Spec:
    """Credit by channel and model, conversions. table: (model, channel, conversions, low, high).

    The model the plan rests on is the accent, last touch the contrast, all others grey and told apart by shape.
    """
    names = list(dict.fromkeys(row[0] for row in table))
    word = {name: model_name(name, say) for name in names}
    rows: list[Row] = [
        {
            "name": channel,
            "group": group_of(channel),
            "what": word[model],
            "credit": credit,
            "low": low,
            "high": high,
            "text": say.count(credit),
            "interval": "-"
            if low is None or high is None
            else say(_("{low} – {high}", low=say.count(low), high=say.count(high))),
            "chosen": model == chosen,
        }
        for model, channel, credit, low, high in table
    ]
    paint = {chosen: PALETTE["plan"], reference: PALETTE["loss"]}
    shapes = [
        "diamond",
        "square",
        "triangle-up",
        "cross",
        "triangle-down",
        "triangle-right",
        "triangle-left",
        "wedge",
    ]
    others = [name for name in names if name not in (chosen, reference)]
    form = {name: shapes[i % len(shapes)] for i, name in enumerate(others)}
    domain = [word[name] for name in names]
    x = {
        "field": "credit",
        "type": "quantitative",
        "axis": number_axis(
            say, max([row[2] for row in table] + [0.0]), say(_("Conversions")), orient="top"
        ),
    }
    interval = {
        "transform": [{"filter": "datum.chosen && datum.low != null"}],
        "mark": {"type": "rule", "strokeWidth": 5, "opacity": 0.3, "color": PALETTE["plan"]},
        "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
    }
    return base(
        rows,
        step=28,
        encoding={"y": by_name(rows)},
        layer=[
            *([interval] if any(row["chosen"] and row["low"] is not None for row in rows) else []),
            {
                "mark": {"type": "point", "filled": True, "size": 80, "opacity": 0.9},
                "encoding": {
                    "x": x,
                    "color": {
                        "field": "what",
                        "type": "nominal",
                        "legend": {"columns": {"expr": "max(2, floor((width + 120) / 140))"}},
                        "scale": {
                            "domain": domain,
                            "range": [paint.get(name, PALETTE["now"]) for name in names],
                        },
                    },
                    "shape": {
                        "field": "what",
                        "type": "nominal",
                        "legend": {"columns": {"expr": "max(2, floor((width + 120) / 140))"}},
                        "scale": {
                            "domain": domain,
                            "range": [form.get(name, "circle") for name in names],
                        },
                    },
                    "tooltip": tips(
                        [
                            ("name", say(_("Channel"))),
                            ("what", say(_("Model"))),
                            ("text", say(_("Conversions"))),
                            ("interval", say(_("90% interval"))),
                        ]
                    ),
                },
            },
        ],
    )


def model_name(label: str, say: Words) -> str:
    """A model's label in words: "markov 2" keeps its order."""
    name, __, order = label.partition(" ")
    return say.named("model", name) + (f" {order}" if order else "")


def bars(
    entries: Sequence[tuple[str, float, str, bool]], title: str, say: Words, money: bool = False
) -> Spec:
    """Ways of planning against each other. entries: (name, value, text, highlighted)."""
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
    out = base(
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
    out["transform"] = []
    return out


def frontier(
    points: Sequence[tuple[float, float]],
    plan: tuple[float, float] | None,
    x_title: str,
    y_title: str,
    say: Words,
    money_y: bool = False,
) -> Spec:
    """The best that can be reached (y) for each budget (x, money); the plan's own point marked."""
    show = say.money if money_y else say.count
    rows: list[Row] = [
        {"layer": "line", "x": x, "y": y, "x_text": say.money(x), "y_text": show(y), "group": ""}
        for x, y in points
    ]
    if plan is not None:
        rows.append(
            {
                "layer": "plan",
                "x": plan[0],
                "y": plan[1],
                "x_text": say.money(plan[0]),
                "y_text": show(plan[1]),
                "group": "",
            }
        )
    lows = [row["x"] for row in rows]
    x = {
        "field": "x",
        "type": "quantitative",
        "axis": money_axis(say, max(lows), x_title, grid=False),
        "scale": {"domain": [min(0.0, *lows), max(lows) * 1.05], "nice": False},
    }
    y = {
        "field": "y",
        "type": "quantitative",
        "axis": (money_axis if money_y else number_axis)(
            say, max(row["y"] for row in rows), y_title, domain=False
        ),
    }
    tooltip = tips([("x_text", x_title), ("y_text", y_title)])
    out = base(
        rows,
        260,
        encoding={"x": x, "y": y, "tooltip": tooltip},
        layer=[
            {
                "transform": [{"filter": "datum.layer === 'line'"}],
                "mark": {
                    "type": "line",
                    "color": PALETTE["now"],
                    "strokeWidth": 2,
                    "point": {"color": PALETTE["now"], "size": 45},
                },
            },
            {
                "transform": [{"filter": "datum.layer === 'plan'"}],
                "mark": {"type": "circle", "size": 150, "opacity": 1, "color": PALETTE["plan"]},
            },
            {
                "transform": [{"filter": "datum.layer === 'plan'"}],
                "mark": {
                    "type": "text",
                    "dy": 18,
                    "align": "right",
                    "fontWeight": "bold",
                    "color": PALETTE["plan"],
                    "text": say(_("Plan")),
                },
            },
        ],
    )
    out["transform"] = []
    return out


def calendar(cells: Sequence[tuple[str, str, float]], say: Words) -> Spec:
    """Spend by channel and period: the darker, the more. cells: (channel, period, spend)."""
    top = max([spend for __, __, spend in cells] + [0.0]) or 1.0
    rows: list[Row] = [
        {
            "name": channel,
            "group": group_of(channel),
            "period": period,
            "spend": spend,
            "text": say.money(spend),
        }
        for channel, period, spend in cells
    ]
    return base(
        rows,
        step=28,
        encoding={
            "y": by_name(rows),
            "x": {
                "field": "period",
                "type": "nominal",
                "sort": None,
                "axis": {
                    "title": None,
                    "orient": "top",
                    "ticks": False,
                    "domain": False,
                    "labelAngle": 0,
                    "labelLimit": 90,
                },
            },
        },
        layer=[
            {
                "mark": {
                    "type": "rect",
                    "color": PALETTE["plan"],
                    "cornerRadius": 2,
                    "stroke": PALETTE["paper"],
                    "strokeWidth": 2,
                },
                "encoding": {
                    "fillOpacity": {
                        "field": "spend",
                        "type": "quantitative",
                        "legend": None,
                        "scale": {"domain": [0, top], "range": [0.04, 1], "nice": False},
                    },
                    "tooltip": tips(
                        [
                            ("name", say(_("Channel"))),
                            ("period", say(_("Period"))),
                            ("text", say(_("Spend"))),
                        ]
                    ),
                },
            }
        ],
    )


def side_by_side(
    spends: Sequence[tuple[str, str, float]],
    ranges: dict[str, tuple[float, float | None]],
    say: Words,
) -> Spec:
    """Several plans' spend per channel on the allowed range (dotted). spends: (plan, channel, spend)."""
    names = list(dict.fromkeys(plan for plan, __, __ in spends))
    paint = ["plan", "loss", "third", "now", "ink"]
    shapes = ["circle", "diamond", "square", "triangle-up", "cross"]
    top = max([spend for __, __, spend in spends] + [0.0]) * 1.12 or 1.0
    rows: list[Row] = [
        {
            "name": channel,
            "group": group_of(channel),
            "layer": "range",
            "from": min(low, top),
            "to": min(top if high is None else high, top),
        }
        for channel, (low, high) in ranges.items()
    ]
    rows += [
        {
            "name": channel,
            "group": group_of(channel),
            "layer": "point",
            "what": plan,
            "from": spend,
            "text": say.money(spend, 0 if spend >= 100 else None),
        }
        for plan, channel, spend in spends
    ]
    x = {
        "field": "from",
        "type": "quantitative",
        "axis": money_axis(say, top, say(_("Spend")), orient="top"),
        "scale": {"domain": [0, top], "nice": False},
    }
    legend = {"legend": {"columns": {"expr": "max(1, floor((width + 120) / 170))"}}}
    return base(
        rows,
        step=30,
        encoding={"y": by_name(rows), "x": x},
        layer=[
            {
                "transform": [{"filter": "datum.layer === 'range'"}],
                "mark": {
                    "type": "rule",
                    "strokeDash": [1, 4],
                    "strokeWidth": 2,
                    "strokeCap": "round",
                    "color": PALETTE["now"],
                },
                "encoding": {"x2": {"field": "to"}},
            },
            {
                "transform": [{"filter": "datum.layer === 'point'"}],
                "mark": {"type": "point", "filled": True, "size": 100, "opacity": 0.9},
                "encoding": {
                    "color": {
                        "field": "what",
                        "type": "nominal",
                        "scale": {
                            "domain": names,
                            "range": [PALETTE[paint[i % 5]] for i in range(len(names))],
                        },
                        **legend,
                    },
                    "shape": {
                        "field": "what",
                        "type": "nominal",
                        "scale": {
                            "domain": names,
                            "range": [shapes[i % 5] for i in range(len(names))],
                        },
                        **legend,
                    },
                    "tooltip": tips(
                        [
                            ("name", say(_("Channel"))),
                            ("what", say(_("Plan of"))),
                            ("text", say(_("Spend"))),
                        ]
                    ),
                },
            },
        ],
    )
