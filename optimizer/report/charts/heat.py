"""Amounts by channel and period or stage: the darker, the more."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.messages import _
from optimizer.report.channels import platform_of
from optimizer.report.charts.look import PALETTE, Row, Spec, base, by_name, tips
from optimizer.report.words import Words


def calendar(cells: Sequence[tuple[str, str, float]], say: Words) -> Spec:
    """Spend by channel and period: the darker, the more.

    Parameters
    ----------
    cells
        (channel, period, currency).
    say
        The reader's words.
    """
    top = max([spend for __, __, spend in cells] + [0.0]) or 1.0
    rows: list[Row] = [
        {
            "name": channel,
            "group": platform_of(channel),
            "period": period,
            "spend": spend,
            "text": say.money(spend),
        }
        for channel, period, spend in cells
    ]
    tooltip = tips(
        [("name", say(_("Channel"))), ("period", say(_("Period"))), ("text", say(_("Spend")))]
    )
    return base(
        rows,
        step=28,
        encoding={"y": by_name(rows), "x": _across("period", None, 90)},
        layer=[_shaded("spend", top, tooltip=tooltip)],
    )


def _across(field: str, title: str | None, longest: int) -> Spec:
    """A column per name, in the order of the data. longest: pixels of a name."""
    return {
        "field": field,
        "type": "nominal",
        "sort": None,
        "axis": {
            "title": title,
            "orient": "top",
            "ticks": False,
            "domain": False,
            "labelAngle": 0,
            "labelLimit": longest,
        },
    }


def _shaded(field: str, top: float, **more: object) -> Spec:
    """The cells, the darker the nearer to `top`."""
    shade = {
        "field": field,
        "type": "quantitative",
        "legend": None,
        "scale": {"domain": [0, top], "range": [0.04, 1], "nice": False},
    }
    return {
        "mark": {
            "type": "rect",
            "color": PALETTE["plan"],
            "cornerRadius": 2,
            "stroke": PALETTE["paper"],
            "strokeWidth": 2,
        },
        "encoding": {"fillOpacity": shade, **more},
    }


def shares(cells: Sequence[tuple[str, str, float]], title: str, say: Words) -> Spec:
    """Shares by channel and stage: the darker, the more.

    Parameters
    ----------
    cells
        (channel, stage, share).
    title
        What they are shares of.
    say
        The reader's words.
    """
    top = max([share for _, _, share in cells] + [0.0]) or 1.0
    rows: list[Row] = [
        {
            "name": channel,
            "group": platform_of(channel),
            "stage": stage,
            "share": share,
            "text": say.percent(share, 1),
        }
        for channel, stage, share in cells
    ]
    light = {"test": f"datum.share > {0.55 * top!r}", "value": PALETTE["paper"]}
    text = {
        "mark": {"type": "text"},
        "encoding": {
            "text": {"field": "text", "type": "nominal"},
            "color": {"condition": light, "value": PALETTE["ink"]},
        },
    }
    return base(
        rows,
        step=30,
        encoding={"y": by_name(rows), "x": _across("stage", title, 120)},
        layer=[_shaded("share", top), text],
    )
