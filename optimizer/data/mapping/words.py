"""Words for what people do, in other languages and in the trade: what they may mean is proposed."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from optimizer.data.mapping.alike import groups, plain_name
from optimizer.errors import Open, Problem
from optimizer.messages import Text, _, listed

FOREIGN: dict[str, tuple[str, ...]] = {
    "touch": (
        *("触达", "曝光", "展示", "展现", "点击", "广告点击", "广告曝光", "接触", "访问"),
        *("impression", "impressions", "click", "clicks", "ad click", "ad impression", "visit"),
        *("touchpoint", "session", "session start", "contact", "exposure"),
    ),
    "engage": ("互动", "点赞", "收藏", "评论", "like", "comment", "engagement"),
    "product_view": ("浏览", "浏览商品", "商品浏览", "商品详情", "view item", "viewed product"),
    "add_to_cart": ("加购", "加入购物车", "加购物车", "cart", "add cart", "added to cart"),
    "checkout": ("结算", "提交订单", "begin checkout", "checkout started"),
    "purchase": (
        *("购买", "下单", "支付", "付款", "成交", "支付成功", "转化"),
        *("order", "buy", "bought", "purchased", "transaction", "conversion", "order completed"),
    ),
}
_MEANS = {plain_name(word): ours for ours, words in FOREIGN.items() for word in (ours, *words)}


def proposed(events: Iterable[str]) -> dict[str, list[str]]:
    """{our word: the words of a table that usually mean it}, of those that are not ours already.

    >>> proposed(["触达", "加购", "login", "purchase"])
    {'touch': ['触达'], 'add_to_cart': ['加购']}
    """
    out: dict[str, list[str]] = {}
    for word in events:
        ours = _MEANS.get(plain_name(word))
        if ours is not None and ours != word:
            out.setdefault(ours, []).append(word)
    return {ours: out[ours] for ours in FOREIGN if ours in out}


def settings(key: str, told: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What `optimizer map --set` takes for pairs of a name and its others."""
    return tuple(f"{key}.{name}={','.join(others)}" for name, others in told.items())


def command(file: str, said: Iterable[str]) -> str:
    """The command that settles a question, as a shell takes it."""
    return " ".join(
        ["optimizer map", shlex.quote(file), *(f"--set {shlex.quote(s)}" for s in said)]
    )


def no_touch(events: Mapping[str, int], where: Text, file: str) -> Problem | None:
    """The question for the words of a table that knows no 'touch'; None where nothing is like one.

    Parameters
    ----------
    events
        {event: how many rows}
    where
        The column.
    file
        Whose mapping.yaml would say it.
    """
    told = proposed(sorted(events, key=lambda name: (-events[name], name)))
    if "touch" in events or "touch" not in told:
        return None
    most = sorted(events.items(), key=lambda pair: (-pair[1], pair[0]))[:8]
    said = settings("words", told)
    return Problem(
        _(
            "no event is called 'touch'; events here: {listed}",
            listed=listed(f"{name} ({number:,})" for name, number in most),
        ),
        where,
        _("say what they mean, if it is this: {command}", command=command(file, said)),
        open=Open("words", said),
    )


def one_channel(
    names: Iterable[str], apart: Sequence[Sequence[str]], where: Text, file: str
) -> list[Problem]:
    """The questions for names that look like one channel.

    Parameters
    ----------
    names
        The channels of a table.
    apart
        Names that are known to be different.
    where
        The table.
    file
        Whose mapping.yaml would say it.
    """
    out = []
    for name, group in groups(names, apart):
        said = settings("aliases", {name: [other for other in group if other != name]})
        differ = f"apart={','.join(group)}"
        out.append(
            Problem(
                _("these look like one channel: {names}", names=listed(map(repr, group), " and ")),
                where,
                _(
                    "if they are: {command}; if not: {other}",
                    command=command(file, said),
                    other=command(file, [differ]),
                ),
                open=Open("aliases", (*said, differ)),
            )
        )
    return out
