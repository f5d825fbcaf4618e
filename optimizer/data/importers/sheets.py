"""Sheets whose columns are not known beforehand: one column per channel, and totals with controls.

The importer of such a file is made from its header.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from optimizer.data import spend, totals
from optimizer.data.controls import NAMED, NOT_CONTROLS, OUTCOME
from optimizer.data.engine import literal, quoted
from optimizer.data.importers.declare import Importer, declared
from optimizer.data.reading.columns import Layout, column, header_key
from optimizer.data.reading.container import Part
from optimizer.data.reading.headers import Header
from optimizer.data.reading.source import DATA
from optimizer.data.reading.typed import Typed
from optimizer.messages import Message, _, listed

SHEET, TOTALS = "plain_sheet", "plain_totals"
OF = "spend of "
SAMPLE = 1 << 16  # bytes in which a column shows whether it holds numbers
NUMBER = re.compile(r"[¥￥$€£]?\s*[-+(]?[¥￥$€£]?\d[\d,.' ]*\)?\s*[万千亿wWkK]?")
METRIC = re.compile(
    r"click|impression|session|visit|view|conver|ctr|cpc|cpm|reach|follower|roas|\broi\b|revenue"
    r"|sales|orders|purchase|customers|点击|曝光|展现|转化|访客|订单|成交|销售|粉丝|互动",
    re.IGNORECASE,
)
CONTROL = re.compile(
    r"price|promo|discount|stock|competitor|holiday|weather|temperature|black ?friday|prime ?day"
    r"|christmas|价格|单价|促销|折扣|缺货|断货|竞品|节|618|双11|双十一|双12|春节|天气|气温",
    re.IGNORECASE,
)
SPENT = re.compile(r"[\s_\-/]*\b(ad )?(spend|cost)s?\b|花费|消耗|投放费用|投放|费用", re.IGNORECASE)
CHANNEL = re.compile(
    r"facebook|\bfb\b|\bmeta\b|instagram|google|youtube|tiktok|\bbing\b|microsoft|snap|pinterest"
    r"|twitter|linkedin|reddit|amazon|criteo|taboola|outbrain|applovin|e-?mail|newsletter|klaviyo"
    r"|\bsms\b|affiliate|influencer|creators?\b|podcast|\btv\b|radio|\booh\b|billboard|\bprint\b"
    r"|direct mail|\bsearch\b|\bsocial\b|display|\bsem\b|\bseo\b|\bppc\b|shopping|pmax|whatsapp"
    r"|小红书|抖音|快手|淘宝|天猫|京东|拼多多|百度|微信|微博|知乎|哔哩|b站|bilibili|巨量|千川|聚光"
    r"|万相台|腾讯|广点通|视频号|\bkol\b|\bkoc\b|达人|信息流|直播|短信|邮件|电视|户外|搜索",
    re.IGNORECASE,
)
IDENTITY = re.compile(
    r"\bid\b|(?<![a-z])id$|编号|名称|名字|计划|单元|产品线|campaign|ad ?set|ad ?group",
    re.IGNORECASE,
)
NOT_A_NUMBER = {
    header_key(name) for name in ("note", "notes", "comment", "comments", "备注", "说明", "notes")
}
WHOLE = {header_key(name) for name in ("total", "sum", "合计", "总计")}
# a header row of such a sheet, for the search of the header
LAYOUT = Layout(
    _("a column per channel"),
    "spend",
    (
        totals.PERIOD,
        column("_fb", "Facebook", "Meta", "Facebook Ads", "Meta Ads", "FB", "Instagram"),
        column("_google", "Google", "Google Ads", "Google Search", "Adwords", "YouTube"),
        column("_tiktok", "TikTok", "TikTok Ads", "抖音", "巨量千川", "千川"),
        column("_email", "Email", "E-mail", "Newsletter", "邮件", "SMS", "短信"),
        column("_xhs", "小红书", "聚光", "小红书聚光"),
        column(
            "_other", "TV", "Radio", "Bing", "Amazon", "Affiliate", "淘宝", "天猫", "京东", "百度"
        ),
        *(c for c in totals.COLUMNS if c.to in totals.SOLD),
    ),
)


def is_sheet(names: Sequence[str]) -> bool:
    """Whether a header is a day and one column per channel.

    >>> is_sheet(["Week", "Facebook", "Google", "Total sales"])
    True
    >>> is_sheet(["Week", "new customers", "price"])
    False
    """
    plain = spend.LAYOUT
    if any(
        (found := plain.understands(n)) and found.column.to in ("channel", "spend") for n in names
    ):
        return False
    channels = _channels(names)
    known = [n for n in channels if CHANNEL.search(n) or SPENT.search(n)]
    return (
        not _of_things(names)
        and _day(names) is not None
        and len(channels) >= 2
        and 2 * len(known) >= len(channels)
    )


def is_totals(names: Sequence[str]) -> bool:
    """Whether a header is a day and what was sold, without any spend."""
    means = [found.column.to for n in names if (found := totals.LAYOUT.understands(n))]
    paid = any((found := spend.LAYOUT.understands(n)) and found.column.to == "spend" for n in names)
    sold = bool({*totals.SOLD} & {*means})
    return "period" in means and sold and not paid and not _of_things(names)


def _of_things(names: Sequence[str]) -> bool:
    """Whether rows are about campaigns, items or ids, and not about days alone."""
    return any(IDENTITY.search(name) for name in names)


def _day(names: Sequence[str]) -> str | None:
    one = Layout("", "totals", (totals.PERIOD,))
    return next((name for name in names if one.understands(name)), None)


def _channels(names: Sequence[str]) -> list[str]:
    """The headers that are channels."""
    out = []
    for name in names:
        key = header_key(name)
        other = totals.LAYOUT.understands(name) or key in NOT_A_NUMBER or key in WHOLE
        total_spend = SPENT.search(name) and not _called(name)
        metric = METRIC.search(name) or "%" in name or CONTROL.search(name)
        if key and not other and not total_spend and not metric:
            out.append(name)
    return out


def _called(header: str) -> str:
    """The channel of a header: "Facebook spend (USD)" is Facebook; "" for a total of spend."""
    text = re.sub(r"[(\[（][^)\]）]*[)\]）]\s*$", "", SPENT.sub("", header)).strip(" _-/")
    return (
        "" if header_key(text) in ({"total", "总", "广告", "ad", "ads", "media"} | WHOLE) else text
    )


def fitted(name: str, header: Header, part: Part) -> Importer:
    """The importer of a name; of a sheet, made from its header."""
    if name == SHEET and is_sheet(header.names):
        return _of_channels(header.names)
    return _of_totals(header, part) if name == TOTALS else declared(name)


def _of_channels(names: Sequence[str]) -> Importer:
    channels = _channels(names)
    to = {name: f"{OF}{_called(name)}" for name in channels}
    sold = tuple(
        replace(c, kind="number", required=False)
        for c in totals.COLUMNS
        if c.to in (*totals.SOLD, "visitors")
    )
    controls = tuple(
        column(f"control: {n.strip()}", n, kind="number")
        for n in dict.fromkeys(names)
        if CONTROL.search(n) and not totals.LAYOUT.understands(n)
    )
    total = tuple(column("_total", n, kind="number") for n in names if header_key(n) in WHOLE)[:1]
    spent = tuple(column(to[n], n, kind="money") for n in dict.fromkeys(channels))
    # what was sold is no channel's: it goes into a table of its own
    none = "".join(f", NULL::DECIMAL(18,6) AS {quoted(c.to)}" for c in sold)
    rows = " UNION ALL ".join(
        f"SELECT period, {literal(_called(n))} AS channel, {quoted(to[n])} AS spend{none}"
        f" FROM sheet WHERE {quoted(to[n])} IS NOT NULL"
        for n in dict.fromkeys(channels)
    )
    rows = rows.replace("{", "{{").replace("}", "}}")
    return replace(
        declared(SHEET),
        columns=(totals.PERIOD, *spent, *sold, *controls, *total),
        rows=f"WITH sheet AS (SELECT * FROM {{rows}}) {rows}",
    )


def _of_totals(header: Header, part: Part) -> Importer:
    """Totals with every further column of numbers, and of names of days, as controls."""
    more = []
    for place, name in enumerate(header.names):
        key = header_key(name)
        known = totals.LAYOUT.understands(name) or key in NOT_CONTROLS
        if not key or known or OUTCOME.search(name):
            continue
        cells = [row[place].strip() for row in _sample(header, part) if place < len(row)]
        cells = [cell for cell in cells if cell]
        if cells and all(NUMBER.fullmatch(cell) for cell in cells):
            more.append(column(f"control: {name.strip()}", name, kind="number"))
        elif key in NAMED:
            more.append(column(f"control: {name.strip()}", name))
    base = declared(TOTALS)
    return replace(base, columns=(*base.columns, *more))


def _sample(header: Header, part: Part) -> list[list[str]]:
    """The first rows of a text."""
    if part.kind not in ("text", "sheet"):
        return []
    with part.path.open("rb") as stream:
        stream.seek(header.after)
        text = stream.read(SAMPLE).decode("utf-8", "ignore")
    lines = text.splitlines(keepends=True)
    whole = lines if len(text.encode()) < SAMPLE else lines[:-1]
    return list(csv.reader(io.StringIO("".join(whole)), delimiter=header.delimiter or ","))


def has_totals(part: Typed) -> bool:
    """Whether a part says what was sold."""
    return bool({*totals.SOLD} & {*part.columns}) and part.name in (SHEET, TOTALS)


def totals_sql(parts: Sequence[Typed]) -> tuple[str, tuple[str, ...]]:
    """What the parts say was sold, by period: SQL of the rows, and their columns."""
    names: dict[str, str] = {}
    for part in parts:
        kinds = {m.entry.to: m.entry.kind for m in part.matches if m.column is not None}
        for name in part.columns:
            if name in (*totals.SOLD, "visitors", "refunds"):
                names[name] = f"CAST(sum({name}) AS DOUBLE)"
            elif name.startswith("control: "):
                text = kinds[name] == "text"
                names[name] = (
                    f"max({quoted(name)})" if text else f"CAST(avg({quoted(name)}) AS DOUBLE)"
                )
    union = " UNION ALL BY NAME ".join(
        f"SELECT period, {', '.join(quoted(n) for n in p.columns if n in names)} FROM {p.table}"
        f" WHERE _state = {DATA}"
        for p in parts
    )
    shown = {name: name.removeprefix("control: ") for name in names}
    made = ", ".join(f"{sql} AS {quoted(shown[name])}" for name, sql in names.items())
    sql = (
        f"SELECT strftime(period, '%Y-%m-%d') AS period, {made} FROM ({union})"
        " WHERE period IS NOT NULL GROUP BY ALL ORDER BY 1"
    )
    # the columns that are grouped by are the only ones that are not sums
    return sql.replace("GROUP BY ALL", "GROUP BY period"), ("period", *shown.values())


def settle_total(connection: Any, part: Typed) -> tuple[Typed, Message | None]:
    """A column that is called a total only: the sum of the channels, or what was sold."""
    if "_total" not in part.columns or {*totals.SOLD} & {*part.columns}:
        return part, None
    spent = [c for c in part.columns if c.startswith(OF)]
    added = " + ".join(f"COALESCE(sum({quoted(c)}), 0)" for c in spent)
    total, paid = connection.execute(
        f"SELECT COALESCE(sum(_total), 0), {added} FROM {part.table} WHERE _state = {DATA}"
    ).fetchone()
    header = next(m.header.strip() for m in part.matches if m.column and m.column.to == "_total")
    if abs(float(total) - float(paid)) <= 0.005 * abs(float(paid)):
        return part, None
    connection.execute(f"ALTER TABLE {part.table} RENAME COLUMN _total TO revenue")
    columns = tuple("revenue" if c == "_total" else c for c in part.columns)
    return replace(part, columns=columns), _(
        "{where}: '{header}' is not the sum of the channels: it is taken as sales",
        where=part.part.where,
        header=header,
    )


def said(part: Typed) -> list[Message]:
    """What was understood of a sheet."""
    if part.name != SHEET:
        return []
    channels = [c.removeprefix(OF) for c in part.columns if c.startswith(OF)]
    sold = [c for c in part.columns if c in (*totals.SOLD, "visitors")]
    where, names = part.part.where, listed(channels)
    if not sold:
        return [_("{where}: one column per channel; spend of {names}", where=where, names=names)]
    return [
        _(
            "{where}: one column per channel; spend of {names}, and totals: {totals}",
            where=where,
            names=names,
            totals=listed(sold),
        )
    ]
