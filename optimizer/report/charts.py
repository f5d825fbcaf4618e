"""Charts as Vega-Lite specifications: plain data in, a plain dict out, the same bytes every time.

Colours are named in PALETTE; the page swaps each for its CSS variable, so that light, dark and print need no
second chart. Text shown on hover is written by `Words`, so that it reads as the tables do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer.messages import _
from optimizer.report.facts import ChannelLine
from optimizer.report.words import Words

Spec = dict[str, Any]
Row = dict[str, Any]

# Blue for the plan and gains, orange for losses: told apart with every common colour-blindness.
PALETTE = {
    "ink": "#1c2126",
    "dim": "#646e7b",
    "line": "#e4e7eb",
    "now": "#8c95a3",
    "plan": "#0b6b96",
    "loss": "#c4541a",
    "seen": "#dfecf3",
    "paper": "#ffffff",
    "third": "#7a5ea8",
}
FONT = (
    'Inter, "Segoe UI", -apple-system, "Helvetica Neue", "Noto Sans", "PingFang SC", "Microsoft YaHei", '
    '"Noto Sans CJK SC", "Source Han Sans SC", sans-serif'
)
FILTER = "platform === '' || datum.group === platform"
NAME = {
    "labelLimit": 150,
    "title": None,
    "ticks": False,
    "domain": False,
    "labelPadding": 8,
    "grid": False,
}


def config() -> Spec:
    """The look shared by all charts."""
    axis = {
        "labelColor": PALETTE["dim"],
        "titleColor": PALETTE["dim"],
        "gridColor": PALETTE["line"],
        "domainColor": PALETTE["line"],
        "tickColor": PALETTE["line"],
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelOverlap": "greedy",
        "titlePadding": 8,
    }
    return {
        "font": FONT,
        "background": "transparent",
        "view": {"stroke": None},
        "axis": axis,
        "legend": {
            "labelColor": PALETTE["ink"],
            "labelFontSize": 12,
            "title": None,
            "orient": "top",
            "symbolSize": 90,
            "direction": "horizontal",
            "labelLimit": 150,
            "columnPadding": 16,
            "offset": 10,
        },
        "text": {"color": PALETTE["ink"], "fontSize": 12},
        "rule": {"color": PALETTE["dim"]},
    }


def base(rows: Sequence[Row], height: int = 0, step: int = 0, **more: Any) -> Spec:
    """A chart as wide as its place, filtered by the page's platform.

    With `step` it is as high as it has names; the page keeps it so when the filter leaves fewer (usermeta.step).
    """
    if step:
        height = step * max(1, len({row["name"] for row in rows}))
        more["usermeta"] = {"step": step}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": list(rows)},
        "params": [{"name": "platform", "value": ""}],
        "transform": [{"filter": FILTER}],
        "width": "container",
        "height": height,
        "padding": {"left": 2, "right": 6, "top": 4, "bottom": 4},
        **more,
    }


def shortened(say: Words, top: float, symbol: str = "") -> str:
    """A label expression for an axis up to `top`, in one unit throughout: 0, 60k, 120k; 6万, 12万 in Chinese."""
    units = [(1e8, "亿"), (1e4, "万")] if say.lang == "zh" else [(1e9, "B"), (1e6, "M"), (1e3, "k")]
    unit, mark = next(
        ((unit, mark) for unit, mark in units if top >= (20 * unit if mark == "k" else 2 * unit)),
        (1.0, ""),
    )
    # an expression's text: a quote or a backslash in a currency's sign would end it
    sign = symbol.replace("\\", "").replace("'", "")
    return f"'{sign}' + format(datum.value / {unit:.0f}, ',.4~r') + (datum.value ? '{mark}' : '')"


def money_axis(say: Words, top: float, title: str | None = None, **more: Any) -> Spec:
    return {"title": title, "labelExpr": shortened(say, top, say.symbol), "tickCount": 5, **more}


def number_axis(say: Words, top: float, title: str | None = None, **more: Any) -> Spec:
    return {"title": title, "labelExpr": shortened(say, top), "tickCount": 5, **more}


def tips(pairs: Sequence[tuple[str, str]]) -> list[Spec]:
    """Hover text: (field, title) of fields already written for people."""
    return [{"field": field, "type": "nominal", "title": title} for field, title in pairs]


def by_name(rows: Sequence[Row], field: str = "name") -> Spec:
    """A row per name, in the order of the data."""
    return {
        "field": field,
        "type": "nominal",
        "sort": list(dict.fromkeys(row[field] for row in rows)),
        "axis": NAME,
    }


def colours(pairs: Sequence[tuple[str, str]], **more: Any) -> Spec:
    """A legend of words and their palette names."""
    return {
        "field": "what",
        "type": "nominal",
        "scale": {
            "domain": [word for word, __ in pairs],
            "range": [PALETTE[name] for __, name in pairs],
        },
        **more,
    }


def plan_shift(lines: Sequence[ChannelLine], say: Words) -> Spec:
    """Now and plan per channel, on the range that is allowed (dotted)."""
    now, then = say(_("Now")), say(_("Plan"))
    top = max([v for x in lines for v in (x.spend, x.current or 0.0)] or [1.0]) * 1.15 or 1.0
    rows: list[Row] = []
    for x in lines:
        shared = {
            "name": x.channel,
            "group": x.group,
            "now_text": say.money(x.current),
            "plan_text": say.money(x.spend),
            "range_text": allowed(x, say),
        }
        low, high = min(x.minimum, top), min(top if x.maximum is None else x.maximum, top)
        rows.append({**shared, "layer": "range", "from": low, "to": high})
        if x.current is not None:
            rows.append({**shared, "layer": "move", "from": x.current, "to": x.spend})
            rows.append({**shared, "layer": "point", "what": now, "from": x.current})
        rows.append({**shared, "layer": "point", "what": then, "from": x.spend})
    axis = money_axis(say, top, say(_("Spend")), orient="top")
    x1 = {
        "field": "from",
        "type": "quantitative",
        "axis": axis,
        "scale": {"domain": [0, top], "nice": False},
    }
    tooltip = tips(
        [
            ("name", say(_("Channel"))),
            ("now_text", now),
            ("plan_text", then),
            ("range_text", say(_("Allowed"))),
        ]
    )
    return base(
        rows,
        step=30,
        encoding={"y": by_name(rows), "x": x1},
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
                "transform": [{"filter": "datum.layer === 'move'"}],
                "mark": {
                    "type": "rule",
                    "strokeWidth": 3,
                    "color": PALETTE["plan"],
                    "opacity": 0.45,
                },
                "encoding": {"x2": {"field": "to"}},
            },
            {
                "transform": [{"filter": "datum.layer === 'point'"}],
                "mark": {"type": "circle", "size": 110, "opacity": 1},
                "encoding": {"color": colours([(now, "now"), (then, "plan")]), "tooltip": tooltip},
            },
        ],
    )


def allowed(x: ChannelLine, say: Words) -> str:
    """The allowed range in words: "￥0 – ￥120,000", "from ￥0"."""
    if x.maximum is None:
        return say(_("from {low}", low=say.money(x.minimum))) if x.minimum else say(_("any"))
    return say(_("{low} – {high}", low=say.money(x.minimum), high=say.money(x.maximum)))


def waterfall(
    start: float, changes: Sequence[tuple[str, str, float]], end: float, unit: str, say: Words
) -> Spec:
    """From now to plan. changes: (name, platform, amount); start + their sum is `end`. unit: money | count.

    Where the changes are small beside the totals the axis leaves out the bottom and the totals become marks, not
    bars: a bar that does not start at 0 would lie.
    """
    show = say.signed_money if unit == "money" else say.signed_count
    plain = say.money if unit == "money" else say.count
    first, last = (
        say(key) + "\u200b" for key in ("now", "plan")
    )  # never the same as a channel's name
    rows: list[Row] = [
        {
            "name": first,
            "kind": "total",
            "from": 0.0,
            "to": start,
            "text": plain(start),
            "group": "",
            "what": say(_("Now")),
        }
    ]
    at, low, high = start, start, start
    for name, group, amount in changes:
        rows.append(
            {
                "name": name,
                "kind": "change",
                "from": at,
                "to": at + amount,
                "text": show(amount),
                "group": group,
                "what": say(_("More")) if amount >= 0 else say(_("Less")),
            }
        )
        at += amount
        low, high = min(low, at), max(high, at)
    rows.append(
        {
            "name": last,
            "kind": "total",
            "from": 0.0,
            "to": end,
            "text": plain(end),
            "group": "",
            "what": say(_("Plan")),
        }
    )
    low, high = min(low, end), max(high, end)
    cut = low > 0 and (high - low) < 0.35 * high
    floor = low - 0.6 * (high - low) if cut else min(0.0, low)
    if high <= floor:
        floor, high = min(0.0, low), max(high, 1.0)
    for row in rows:
        row["tip"] = max(row["from"], row["to"])
        if cut and row["kind"] == "total":
            row["from"] = row["to"]
    pairs = [
        (say(_("Now")), "now"),
        (say(_("More")), "plan"),
        (say(_("Less")), "loss"),
        (say(_("Plan")), "plan"),
    ]
    axis = (money_axis if unit == "money" else number_axis)(say, high)
    scale = {"domain": [floor, high + 0.16 * (high - floor)], "nice": False, "zero": not cut}
    dim = {
        "condition": {
            "test": "platform === '' || datum.group === '' || datum.group === platform",
            "value": 1,
        },
        "value": 0.25,
    }
    out = base(
        rows,
        step=28,
        encoding={
            "y": by_name(rows),
            "x": {"field": "from", "type": "quantitative", "scale": scale, "axis": axis},
            "opacity": dim,
        },
        layer=[
            {
                "transform": [{"filter": "datum.kind === 'change'" if cut else "true"}],
                "mark": {"type": "bar", "height": {"band": 0.62}, "cornerRadius": 1},
                "encoding": {
                    "x2": {"field": "to"},
                    "color": colours(pairs, legend=None),
                    "tooltip": tips([("name", say(_("Channel"))), ("text", say(_("Change")))]),
                },
            },
            {
                "transform": [{"filter": "datum.kind === 'total'" if cut else "false"}],
                "mark": {
                    "type": "tick",
                    "thickness": 4,
                    "height": {"band": 0.62},
                    "color": PALETTE["plan"],
                },
                "encoding": {
                    "x": {"field": "to", "type": "quantitative"},
                    "color": colours(pairs, legend=None),
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "baseline": "middle"},
                "encoding": {
                    "x": {"field": "tip", "type": "quantitative"},
                    "text": {"field": "text", "type": "nominal"},
                },
            },
        ],
    )
    out[
        "transform"
    ] = []  # the sum needs every channel: the page's filter fades here, it does not hide
    return out
