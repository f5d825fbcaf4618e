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
