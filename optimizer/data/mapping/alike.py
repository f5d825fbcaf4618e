"""Names that look like one channel: the same but for case, width and blanks, or known synonyms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

SYNONYMS: dict[str, str] = {
    other: name
    for name, others in {
        "douyin": ("抖音", "千川", "巨量千川", "巨量引擎", "抖音广告"),
        "xiaohongshu": ("小红书", "小紅書", "xhs", "rednote", "聚光", "小红书聚光"),
        "taobao": ("淘宝", "淘寶"),
        "tmall": ("天猫", "天貓"),
        "jd": ("京东", "京東", "京准通", "jingdong"),
        "kuaishou": ("快手", "磁力金牛"),
        "bilibili": ("哔哩哔哩", "嗶哩嗶哩", "b站"),
        "pinduoduo": ("拼多多", "pdd"),
        "wechat": ("微信", "weixin"),
        "weibo": ("微博",),
        "zhihu": ("知乎",),
        "baidu": ("百度",),
        "tencent": ("腾讯", "騰訊", "腾讯广告", "广点通"),
        "facebook": ("fb", "facebookads"),
        "instagram": ("ig", "instagramads"),
        "meta": ("metaads",),
        "google": ("googleads", "adwords"),
        "microsoft": ("bing", "bingads", "microsoftads"),
        "tiktok": ("tiktokads",),
        "linkedin": ("linkedinads",),
        "pinterest": ("pinterestads",),
        "email": ("邮件", "郵件", "edm"),
        "sms": ("短信", "簡訊"),
        "direct": ("(direct)", "直接访问"),
    }.items()
    for other in others
}
_BLANKS = re.compile(r"[\s_\-\u200b-\u200f\ufeff]+")


def plain_name(name: str) -> str:
    """A name as it is compared: without case, width, blanks, hyphens and synonyms, level by level.

    >>> plain_name("ＤＯＵＹＩＮ / Feed"), plain_name("抖音/feed")
    ('douyin/feed', 'douyin/feed')
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    levels = [_BLANKS.sub("", level) for level in text.split("/")]
    return "/".join(SYNONYMS.get(level, level) for level in levels)


def groups(
    names: Iterable[str], apart: Sequence[Sequence[str]] = ()
) -> list[tuple[str, tuple[str, ...]]]:
    """Names that look like one channel.

    Parameters
    ----------
    names
        Channels, as they are written.
    apart
        Groups of names that the user says are different channels.

    Returns
    -------
    list
        (the name to call them all, the names), for groups of two names and more.
    """
    by_name: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        by_name.setdefault(plain_name(name), []).append(name)
    out = []
    for whole, some in sorted(by_name.items()):
        for group in _connected(some, apart):
            if len(group) > 1:
                out.append((whole if whole in group else _first(group), tuple(group)))
    return out


def _connected(names: Sequence[str], apart: Sequence[Sequence[str]]) -> list[list[str]]:
    """The names in groups that nothing keeps apart."""
    out: list[list[str]] = []
    for name in names:
        barred = {other for group in apart if name in group for other in group}
        home = next((group for group in out if not barred & {*group}), None)
        if home is None:
            out.append([name])
        else:
            home.append(name)
    return out


def _first(names: Sequence[str]) -> str:
    """The name that was typed with most care: no capitals in the middle, nothing full-width."""
    tidy = [n for n in names if n == unicodedata.normalize("NFKC", n).strip()]
    return min(tidy or names, key=lambda n: (n != n.lower(), n))
