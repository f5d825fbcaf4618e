"""What channels are called for people: as the scenario says, else by what platforms and tiers are
known as. Tables for programs keep the names as they are typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from html import escape
from typing import Any

from optimizer.data.mapping.alike import plain_name
from optimizer.report.view import Cell, Chart, Drawing, Page, Section, Table
from optimizer.scenario import Scenario

# level of a name, as `plain_name` writes it = Chinese; English readers see what is typed
_KNOWN = """
xiaohongshu=小红书 douyin=抖音 bilibili=B站 weibo=微博 kuaishou=快手 zhihu=知乎
wechat=微信 tencent=腾讯广告 taobao=淘宝 tmall=天猫 jd=京东 pinduoduo=拼多多 baidu=百度
google=Google meta=Meta facebook=Facebook instagram=Instagram
tiktok=TikTok amazon=亚马逊 wecom=企业微信 wechatoa=微信公众号 douyinshop=抖音小店
community=社群 newsletter=邮件通讯 email=邮件 sms=短信 affiliates=联盟推广 taoke=淘宝客
tv=电视 direct=直接访问 organic=自然流量 head=头部达人 waist=腰部达人 koc=KOC kol=KOL
nano=素人 feed=信息流 search=搜索 live=直播 shop=店铺 video=短视频 display=展示广告
shopping=购物广告 social=社交 brand=品牌词
"""
KNOWN = dict(pair.split("=") for pair in _KNOWN.split())
DATA = ("data", "datasets", "domain", "sort", "values")  # of a chart: what holds names
CJK = "\u3400-\u9fff"


def known_name(channel: str) -> str | None:
    """What a channel is known as in Chinese (None: a part of its name is not known).

    >>> known_name("xiaohongshu/koc"), known_name("抖音/feed"), known_name("acme")
    ('小红书 KOC', '抖音信息流', None)
    """
    levels = [KNOWN.get(level) for level in plain_name(channel).split("/")]
    if any(level is None for level in levels):
        return None
    joined = " ".join(level for level in levels if level is not None)
    return re.sub(f"(?<=[{CJK}]) (?=[{CJK}])", "", joined)


def display_names(scenario: Scenario, channels: Iterable[str], lang: str) -> dict[str, str]:
    """Channel, platform or tier -> what a reader calls it, where that differs.

    Parameters
    ----------
    scenario
        Its channels' titles go first.
    channels
        Names as they are typed.
    lang
        "en" or "zh".

    Returns
    -------
    dict
        No two names are called the same.
    """
    whole = sorted({*channels, *scenario.channels})
    parts = [
        part
        for name in whole
        for k in range(1, name.count("/") + 1)
        for part in (name.rsplit("/", k)[0], name.split("/", k)[-1])
    ]
    out: dict[str, str] = {}
    taken = set(whole)
    for name in dict.fromkeys([*whole, *sorted(parts)]):
        entry = scenario.channels.get(name)
        titles = {} if entry is None or not entry.title else entry.title
        stated = next((title for key, title in titles.items() if key == lang), None)
        called = stated or (known_name(name) if lang == "zh" else None)
        if called and called not in taken:
            out[name] = called
            taken.add(called)
    return out


def named_page(page: Page, names: Mapping[str, str]) -> Page:
    """A page whose tables, charts and filter call channels by these names.

    Parameters
    ----------
    page
        Its sentences were said with the same names.
    names
        As `display_names` gives them.
    """
    if not names:
        return page
    return replace(
        page,
        sections=tuple(named_section(section, names) for section in page.sections),
        groups=tuple(names.get(group, group) for group in page.groups),
    )


def named_section(section: Section, names: Mapping[str, str]) -> Section:
    """One part of a page with these names."""
    if not names:
        return section
    return replace(
        section,
        charts=tuple(_chart(chart, names) for chart in section.charts),
        drawings=tuple(_drawing(drawing, names) for drawing in section.drawings),
        tables=tuple(_table(table, names) for table in section.tables),
        details=tuple(_table(table, names) for table in section.details),
    )


def _table(table: Table, names: Mapping[str, str]) -> Table:
    def row(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        return tuple(replace(cell, text=names.get(cell.text, cell.text)) for cell in cells)

    return replace(
        table,
        columns=tuple(replace(c, title=names.get(c.title, c.title)) for c in table.columns),
        rows=tuple(map(row, table.rows)),
        foot=row(table.foot),
        groups=tuple(names.get(group, group) for group in table.groups),
    )


def _chart(chart: Chart, names: Mapping[str, str]) -> Chart:
    return replace(
        chart,
        spec=_spec(chart.spec, names, False),
        title=names.get(chart.title, chart.title),
        group=names.get(chart.group, chart.group),
        table=None if chart.table is None else _table(chart.table, names),
    )


def _spec(thing: Any, names: Mapping[str, str], data: bool) -> Any:
    """data: inside what holds names."""
    if isinstance(thing, dict):
        return {key: _spec(value, names, data or key in DATA) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_spec(value, names, data) for value in thing]
    return names.get(thing, thing) if data and isinstance(thing, str) else thing


def _drawing(drawing: Drawing, names: Mapping[str, str]) -> Drawing:
    """Names stand alone in the drawing's texts."""
    called = {escape(name): escape(other) for name, other in names.items()}

    def redrawn(svg: str) -> str:
        return re.sub(">([^<>]+)<", lambda found: f">{called.get(found[1], found[1])}<", svg)

    return replace(drawing, wide=redrawn(drawing.wide), narrow=redrawn(drawing.narrow))
