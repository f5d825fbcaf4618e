"""Credit by channel under several attribution models."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.messages import _
from optimizer.report.channels import platform_of
from optimizer.report.charts.look import PALETTE, Row, Spec, base, by_name, number_axis, tips
from optimizer.report.titles import model_title
from optimizer.report.words import Words

SHAPES = (
    "diamond",
    "square",
    "triangle-up",
    "cross",
    "triangle-down",
    "triangle-right",
    "triangle-left",
    "wedge",
)


def models(
    table: Sequence[tuple[str, str, float, float | None, float | None]],
    chosen: str,
    reference: str | None,
    say: Words,
) -> Spec:
    """Credit by channel and model, conversions.

    Parameters
    ----------
    table
        (model's label, channel, conversions, low, high); None: no interval.
    chosen
        The model the plan rests on: in the accent colour, with its interval.
    reference
        The one it is held against (last touch): in the contrast. All others are grey and told
        apart by shape.
    say
        The reader's words.
    """
    rows: list[Row] = [
        {
            "name": channel,
            "group": platform_of(channel),
            "what": say(model_title(model)),
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
    top = max([row[2] for row in table] + [0.0])
    x = {
        "field": "credit",
        "type": "quantitative",
        "axis": number_axis(say, top, say(_("Conversions")), orient="top"),
    }
    interval = {
        "transform": [{"filter": "datum.chosen && datum.low != null"}],
        "mark": {"type": "rule", "strokeWidth": 5, "opacity": 0.3, "color": PALETTE["plan"]},
        "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
    }
    tooltip = tips(
        [
            ("name", say(_("Channel"))),
            ("what", say(_("Model"))),
            ("text", say(_("Conversions"))),
            ("interval", say(_("90% interval"))),
        ]
    )
    names = list(dict.fromkeys(row[0] for row in table))
    points = {
        "mark": {"type": "point", "filled": True, "size": 80, "opacity": 0.9},
        "encoding": {"x": x, **_looks(names, chosen, reference, say), "tooltip": tooltip},
    }
    told = any(row["chosen"] and row["low"] is not None for row in rows)
    return base(
        rows, step=28, encoding={"y": by_name(rows)}, layer=[*([interval] if told else []), points]
    )


def _looks(names: Sequence[str], chosen: str, reference: str | None, say: Words) -> Spec:
    """Colour and shape of each model."""
    paint = {chosen: PALETTE["plan"], reference: PALETTE["loss"]}
    others = [name for name in names if name not in (chosen, reference)]
    form = {name: SHAPES[i % len(SHAPES)] for i, name in enumerate(others)}

    def by_model(looks: list[str]) -> Spec:
        """One look per model."""
        return {
            "field": "what",
            "type": "nominal",
            "legend": {"columns": {"expr": "max(2, floor((width + 120) / 140))"}},
            "scale": {"domain": [say(model_title(name)) for name in names], "range": looks},
        }

    return {
        "color": by_model([paint.get(name, PALETTE["now"]) for name in names]),
        "shape": by_model([form.get(name, "circle") for name in names]),
    }
