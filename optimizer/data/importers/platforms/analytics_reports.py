"""Reports of Google Analytics: pages of GA4, its attribution paths, paths of the old one."""

from __future__ import annotations

from optimizer.data.importers.columns import count, day, money, names, number, words
from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.importers.visits import PATHS
from optimizer.messages import _

_CHANNELS = (
    *("Session source / medium", "Session source/medium", "Session primary channel group"),
    *("Session default channel group", "Session primary channel group (Default Channel Group)"),
    *("Session primary channel group (Default channel group)", "Session source platform"),
    *("Default channel group", "First user source / medium", "First user primary channel group"),
    *("First user default channel group", "Session campaign", "Session source"),
    *("First user primary channel group (Default Channel Group)", "Session medium"),
    *("会话来源/媒介", "会话来源 / 媒介", "会话主要渠道组", "会话默认渠道组", "首次用户来源/媒介"),
    *("会话主要渠道组（默认渠道组）", "默认渠道组", "Sitzung – Quelle/Medium"),
)


@IMPORTERS.register
def ga4_reports() -> Importer:
    """GA4 reports as its pages export them (comment lines, several tables), by day and source of
    the visit -> shop.
    """
    # dimensions and metrics: https://support.google.com/analytics/answer/9143382
    return Importer(
        "GA4 report",
        "shop",
        rank=45,
        also=("ga4 ui", "google analytics 4"),
        sign=(
            *_CHANNELS,
            *names("Engaged sessions | Average engagement time per session | Events per session"),
            *names("Key events | Session key event rate | Engagement rate | 互动会话数 | 互动率"),
            *names("Average engagement time per active user | 每次会话的平均互动时长 | 关键事件"),
        ),
        beside=names(
            "Event count | Events per session | Session conversion rate | Bounce rate | New users",
            "Returning users | Active users | Total users | Engaged sessions per active user",
            "User key event rate | Views per session | Average session duration | 事件数 | 每次会话的事件数",
            "新用户数 | 总用户数 | 会话关键事件率 | Session campaign | Totals",
        ),
        columns=(
            day("Date | Day | 日期 | Datum | Week | Month"),
            words("channel", *_CHANNELS),
            count("visitors", "Sessions | 会话数 | 会话 | Sitzungen", required=True),
            count("views", "Views | 浏览次数 | 浏览量"),
            count("orders", "Ecommerce purchases | Transactions | Purchases | 电子商务购买次数"),
            number(
                "_key_events",
                "Key events | Conversions | 关键事件 | 转化次数",
                say=_("of every kind, not necessarily orders"),
            ),
            money("gmv", "Total revenue | Purchase revenue | Revenue | 总收入 | Gesamtumsatz"),
        ),
    )


@IMPORTERS.register
def ga4_paths() -> Importer:
    """GA4 attribution paths: lists of channels, with key events and revenue -> paths."""
    # dimensions: https://support.google.com/analytics/answer/10597962
    return Importer(
        "GA4 attribution paths",
        "paths",
        rank=45,
        sign=names(
            "Default channel group path | Primary channel group path | Source path | Medium path",
            "Source / medium path | Campaign path | Days to key event | Touchpoints to key event",
            "Days to conversion | Touchpoints to conversion | Touchpoints to purchase",
            "默认渠道组路径 | 距离关键事件的天数 | 距离关键事件的接触点数",
        ),
        beside=names("Early touchpoints | Mid touchpoints | Late touchpoints | Conversion type"),
        columns=(
            words(
                "path",
                "Default channel group path | Primary channel group path | Source / medium path",
                "Source path | Medium path | Campaign path | 默认渠道组路径 | Channel group",
                "Default channel group | Primary channel group",
                required=True,
            ),
            number("conversions", "Key events | Conversions | Purchases | 关键事件 | 转化次数"),
            money("value", "Purchase revenue | Total revenue | Revenue | 购买收入 | 总收入"),
        ),
        either=("conversions",),
        rows=PATHS,
    )


@IMPORTERS.register
def ua_paths() -> Importer:
    """Universal Analytics multi-channel funnels: top conversion paths -> paths."""
    # dimensions: https://developers.google.com/analytics/devguides/reporting/mcf/dimsmets
    return Importer(
        "Universal Analytics paths",
        "paths",
        rank=45,
        also=("mcf", "multi-channel funnels"),
        sign=names(
            "MCF Channel Grouping Path | Source/Medium Path | Source Path | Campaign Path",
            "mcf:basicChannelGroupingPath | mcf:sourceMediumPath | Basic Channel Grouping Path",
            "Conversion Value | Total Conversion Value | mcf:totalConversions",
            "MCF 渠道分组路径 | MCF-Channelgruppierungspfad | Channel Grouping Path",
        ),
        beside=names("Path Length | Time Lag in Days | Assisted Conversions"),
        columns=(
            words(
                "path",
                "MCF Channel Grouping Path | Basic Channel Grouping Path | Channel Grouping Path",
                "Source/Medium Path | Source Path | Campaign Path | MCF 渠道分组路径",
                "MCF-Channelgruppierungspfad | mcf:basicChannelGroupingPath | mcf:sourceMediumPath",
                "path",
                required=True,
            ),
            number(
                "conversions", "Conversions | Total Conversions | mcf:totalConversions | 转化次数"
            ),
            money(
                "value",
                "Conversion Value | Total Conversion Value | Conv. Value | 转化价值",
                "mcf:totalConversionValue",
            ),
        ),
        either=("conversions",),
        rows=PATHS,
    )
