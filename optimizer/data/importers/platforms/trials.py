"""Experiment files, for `optimizer experiment`; never chosen by `auto`."""

from __future__ import annotations

from optimizer.data.importers.columns import names
from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.reading.columns import column

_ARMS = (
    column(
        "arm",
        *names(
            "arm | variant | group | version | creative | landing_page | 组别 | 版本 | 方案",
            "分组 | 素材 | 落地页",
        ),
        required=True,
    ),
    column(
        "visitors",
        *names("visitors | users | sessions | n | exposures | 访客数 | 人数 | 样本量 | 曝光"),
        kind="count",
    ),
    column(
        "conversions",
        *names(
            "conversions | converted_users | orders | buyers | clicks | 转化数 | 成交人数 | 订单数",
            "点击",
        ),
        kind="count",
    ),
    column("value", *names("value | revenue | converted | outcome | 金额 | 转化"), kind="number"),
)


@IMPORTERS.register
def ab_test() -> Importer:
    """A/B test: arm, visitors, conversions, one or several rows per arm; or one row per unit: arm,
    value -> `optimizer experiment`.
    """
    return Importer("A/B test", "arms", rank=60, auto=False, columns=_ARMS)


@IMPORTERS.register
def geo_test() -> Importer:
    """Geo hold-out: region, period, value, treated (1/0, yes/no, 实验/对照) -> `optimizer
    experiment`.
    """
    return Importer(
        "geo hold-out",
        "regions",
        rank=60,
        auto=False,
        columns=(
            column(
                "region",
                *names("region | geo | city | province | market | 地区 | 城市 | 省份"),
                required=True,
            ),
            column(
                "period",
                *names("period | date | week | day | 日期 | 周"),
                kind="day",
                required=True,
            ),
            column(
                "value",
                *names(
                    "value | conversions | orders | customers | revenue | sales | 订单数 | 金额 | 新客数"
                ),
                kind="number",
                required=True,
            ),
            column(
                "treated",
                *names("treated | group | side | test | 组别 | 实验组 | 分组"),
                required=True,
            ),
        ),
    )
