"""The look of all charts, and the parts they are put together from.

Colours are named in PALETTE; the page swaps each for its CSS variable, so that light, dark and
print need no second chart. Text shown on hover is written by `Words`: it reads as the tables do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    'Inter, "Segoe UI", -apple-system, "Helvetica Neue", "Noto Sans", "PingFang SC", '
    '"Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif'
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

    Parameters
    ----------
    rows
        The data; `name` and `group` (platform) of each row are what the page filters by.
    height
        Pixels.
    step
        Pixels per name instead: the page keeps it so when the filter leaves fewer (usermeta.step).
    more
        Further parts of the specification.
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
    """A label expression for an axis up to `top`, in one unit throughout: 0, 60k, 120k.

    Chinese counts in 万 and 亿. `symbol`: the sign of the currency, before the number.

    Parameters
    ----------
    say
        The reader's words: the language decides on the units.
    top
        The largest value, in currency or a count: the whole axis takes the unit that suits it.
    symbol
        The currency's sign ("": plain numbers).

    Returns
    -------
    str
        A Vega expression over `datum.value`.
    """
    units = [(1e8, "亿"), (1e4, "万")] if say.lang == "zh" else [(1e9, "B"), (1e6, "M"), (1e3, "k")]
    unit, mark = next(
        ((unit, mark) for unit, mark in units if top >= (20 * unit if mark == "k" else 2 * unit)),
        (1.0, ""),
    )
    # an expression's text: a quote or a backslash in a currency's sign would end it
    sign = symbol.replace("\\", "").replace("'", "")
    return f"'{sign}' + format(datum.value / {unit:.0f}, ',.4~r') + (datum.value ? '{mark}' : '')"


def money_axis(say: Words, top: float, title: str | None = None, **more: Any) -> Spec:
    """An axis of currency up to `top`.

    Parameters
    ----------
    say
        The reader's words.
    top
        The largest value, currency.
    title
        What the axis counts (None: no title).
    more
        Further keys of a Vega-Lite axis.
    """
    return {"title": title, "labelExpr": shortened(say, top, say.symbol), "tickCount": 5, **more}


def number_axis(say: Words, top: float, title: str | None = None, **more: Any) -> Spec:
    """An axis of plain numbers up to `top`.

    Parameters
    ----------
    say
        The reader's words.
    top
        The largest value.
    title
        What the axis counts (None: no title).
    more
        Further keys of a Vega-Lite axis.
    """
    return {"title": title, "labelExpr": shortened(say, top), "tickCount": 5, **more}


def tips(pairs: Sequence[tuple[str, str]]) -> list[Spec]:
    """Hover text: (field, title) of fields already written for people."""
    return [{"field": field, "type": "nominal", "title": title} for field, title in pairs]


def by_name(rows: Sequence[Row], field: str = "name") -> Spec:
    """A row per name, in the order of the data.

    Parameters
    ----------
    rows
        The chart's data.
    field
        The key of each row that holds its name.
    """
    return {
        "field": field,
        "type": "nominal",
        "sort": list(dict.fromkeys(row[field] for row in rows)),
        "axis": NAME,
    }


def colours(pairs: Sequence[tuple[str, str]], **more: Any) -> Spec:
    """A legend of words and their palette names.

    Parameters
    ----------
    pairs
        (word, name in PALETTE); a row's word stands in its field `what`.
    more
        Further keys of a Vega-Lite colour channel.
    """
    return {
        "field": "what",
        "type": "nominal",
        "scale": {
            "domain": [word for word, __ in pairs],
            "range": [PALETTE[name] for __, name in pairs],
        },
        **more,
    }


def rows_of(layer: str) -> list[Spec]:
    """A layer's own rows of the data: those whose `layer` is so called."""
    return [{"filter": f"datum.layer === '{layer}'"}]


def quantity(field: str, axis: Spec, low: float, high: float, **scale: Any) -> Spec:
    """A field on an axis from `low` to `high`.

    Parameters
    ----------
    field
        The key of each row that holds the number.
    axis
        The look of the axis, see `money_axis` and `number_axis`.
    low, high
        The ends of the scale, in the field's own unit; they are not rounded.
    scale
        Further keys of a Vega-Lite scale.
    """
    return {
        "field": field,
        "type": "quantitative",
        "axis": axis,
        "scale": {"domain": [low, high], "nice": False, **scale},
    }


def dotted(x2: str = "to") -> Spec:
    """The allowed range as a dotted line."""
    return {
        "transform": rows_of("range"),
        "mark": {
            "type": "rule",
            "strokeDash": [1, 4],
            "strokeWidth": 2,
            "strokeCap": "round",
            "color": PALETTE["now"],
        },
        "encoding": {"x2": {"field": x2}},
    }


def unfiltered(spec: Spec) -> Spec:
    """The chart without the page's filter: it shows no channels.

    Parameters
    ----------
    spec
        As `base` makes it; it is changed in place.
    """
    spec["transform"] = []
    return spec
