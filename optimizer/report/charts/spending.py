"""Where the money goes: now and plan, how the changes add up, several plans side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer.messages import _
from optimizer.report.channels import ChannelLine, platform_of
from optimizer.report.charts.look import (
    PALETTE,
    Row,
    Spec,
    base,
    by_name,
    colours,
    dotted,
    money_axis,
    number_axis,
    quantity,
    rows_of,
    tips,
)
from optimizer.report.words import Words


def plan_shift(lines: Sequence[ChannelLine], say: Words) -> Spec:
    """Now and plan per channel, on the range that is allowed (dotted).

    Parameters
    ----------
    lines
        Channels, in the order they are drawn; where today's spend is not known, only the plan's is
        marked.
    say
        The reader's words.
    """
    now, then = say(_("Now")), say(_("Plan"))
    top = max([v for x in lines for v in (x.spend, x.current or 0.0)] or [1.0]) * 1.15 or 1.0
    rows: list[Row] = []
    for x in lines:
        shared = {
            "name": x.channel,
            "group": x.platform,
            "now_text": say.money(x.current),
            "plan_text": say.money(x.spend),
            "range_text": allowed(x, say),
        }
        low, high = min(x.minimum, top), min(top if x.maximum is None else x.maximum, top)
        rows.append({**shared, "layer": "range", "from": low, "to": high})
        if x.current is not None:
            rows.append({**shared, "layer": "move", "from": x.current, "to": x.spend})
            rows.append({**shared, "layer": "point", "what": now, "from": x.current})
        rows.append({**shared, "layer": "point", "what": then, "from": x.spend})
    axis = money_axis(say, top, say(_("Spend")), orient="top")
    tooltip = tips(
        [
            ("name", say(_("Channel"))),
            ("now_text", now),
            ("plan_text", then),
            ("range_text", say(_("Allowed"))),
        ]
    )
    return base(
        rows,
        step=30,
        encoding={"y": by_name(rows), "x": quantity("from", axis, 0, top)},
        layer=[
            dotted(),
            {
                "transform": rows_of("move"),
                "mark": {
                    "type": "rule",
                    "strokeWidth": 3,
                    "color": PALETTE["plan"],
                    "opacity": 0.45,
                },
                "encoding": {"x2": {"field": "to"}},
            },
            {
                "transform": rows_of("point"),
                "mark": {"type": "circle", "size": 110, "opacity": 1},
                "encoding": {"color": colours([(now, "now"), (then, "plan")]), "tooltip": tooltip},
            },
        ],
    )


def allowed(x: ChannelLine, say: Words) -> str:
    """The allowed range in words: "￥0 – ￥120,000", "from ￥0".

    Parameters
    ----------
    x
        A channel; its range is currency over the whole plan.
    say
        The reader's words.
    """
    if x.maximum is None:
        return say(_("from {low}", low=say.money(x.minimum))) if x.minimum else say(_("any"))
    return say(_("{low} – {high}", low=say.money(x.minimum), high=say.money(x.maximum)))


@dataclass(frozen=True)
class Change:
    """One step of a waterfall: a channel, its platform ("" for none), and what it adds."""

    name: str
    group: str
    amount: float


def waterfall(start: float, changes: Sequence[Change], end: float, money: bool, say: Words) -> Spec:
    """From now to plan, step by step.

    Where the changes are small beside the totals the axis leaves out the bottom and the totals
    become marks, not bars: a bar that does not start at 0 would lie.

    Parameters
    ----------
    start, end
        The totals before and after; `start` and all changes add up to `end`.
    changes
        The steps, in their order.
    money
        Whether this is currency, or a count.
    say
        The reader's words.
    """
    rows = _steps(start, changes, end, money, say)
    low = min([start, end, *(row["to"] for row in rows if row["kind"] == "change")])
    high = max([start, end, *(row["to"] for row in rows if row["kind"] == "change")])
    cut = low > 0 and (high - low) < 0.35 * high
    floor = low - 0.6 * (high - low) if cut else min(0.0, low)
    if high <= floor:
        floor, high = min(0.0, low), max(high, 1.0)
    for row in rows:
        row["tip"] = max(row["from"], row["to"])
        if cut and row["kind"] == "total":
            row["from"] = row["to"]
    axis = (money_axis if money else number_axis)(say, high)
    scale = {"domain": [floor, high + 0.16 * (high - floor)], "nice": False, "zero": not cut}
    dim = {
        "condition": {
            "test": "platform === '' || datum.group === '' || datum.group === platform",
            "value": 1,
        },
        "value": 0.25,
    }
    out = base(
        rows,
        step=28,
        encoding={
            "y": by_name(rows),
            "x": {"field": "from", "type": "quantitative", "scale": scale, "axis": axis},
            "opacity": dim,
        },
        layer=_bars(cut, say),
    )
    # the sum needs every channel: the page's filter fades here, it does not hide
    out["transform"] = []
    return out


def _steps(
    start: float, changes: Sequence[Change], end: float, money: bool, say: Words
) -> list[Row]:
    """The waterfall's rows: the total before, each change, the total after."""
    show = say.signed_money if money else say.signed_count
    plain = say.money if money else say.count

    def whole(word: str, value: float) -> Row:
        """A total as a row."""
        return {
            "name": word + "\u200b",  # never the same as a channel's name
            "kind": "total",
            "from": 0.0,
            "to": value,
            "text": plain(value),
            "group": "",
            "what": word,
        }

    rows, at = [whole(say(_("Now")), start)], start
    for change in changes:
        rows.append(
            {
                "name": change.name,
                "kind": "change",
                "from": at,
                "to": at + change.amount,
                "text": show(change.amount),
                "group": change.group,
                "what": say(_("More")) if change.amount >= 0 else say(_("Less")),
            }
        )
        at += change.amount
    return [*rows, whole(say(_("Plan")), end)]


def _bars(cut: bool, say: Words) -> list[Spec]:
    """The waterfall's layers. cut: the axis leaves out the bottom."""
    pairs = [
        (say(_("Now")), "now"),
        (say(_("More")), "plan"),
        (say(_("Less")), "loss"),
        (say(_("Plan")), "plan"),
    ]
    return [
        {
            "transform": [{"filter": "datum.kind === 'change'" if cut else "true"}],
            "mark": {"type": "bar", "height": {"band": 0.62}, "cornerRadius": 1},
            "encoding": {
                "x2": {"field": "to"},
                "color": colours(pairs, legend=None),
                "tooltip": tips([("name", say(_("Channel"))), ("text", say(_("Change")))]),
            },
        },
        {
            "transform": [{"filter": "datum.kind === 'total'" if cut else "false"}],
            "mark": {
                "type": "tick",
                "thickness": 4,
                "height": {"band": 0.62},
                "color": PALETTE["plan"],
            },
            "encoding": {
                "x": {"field": "to", "type": "quantitative"},
                "color": colours(pairs, legend=None),
            },
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "baseline": "middle"},
            "encoding": {
                "x": {"field": "tip", "type": "quantitative"},
                "text": {"field": "text", "type": "nominal"},
            },
        },
    ]


def _place(channel: str, layer: str) -> Row:
    return {"name": channel, "group": platform_of(channel), "layer": layer}


def side_by_side(
    spends: Sequence[tuple[str, str, float]],
    ranges: Mapping[str, tuple[float, float | None]],
    say: Words,
) -> Spec:
    """Several plans' spend per channel on the allowed range (dotted).

    Parameters
    ----------
    spends
        (plan, channel, currency).
    ranges
        Channel -> lowest and highest spend allowed (None: no ceiling).
    say
        The reader's words.
    """
    names = list(dict.fromkeys(plan for plan, *__ in spends))
    top = max([spend for *__, spend in spends] + [0.0]) * 1.12 or 1.0
    rows: list[Row] = []
    for channel, (low, high) in ranges.items():
        until = min(top if high is None else high, top)
        rows.append({**_place(channel, "range"), "from": min(low, top), "to": until})
    for plan, channel, spend in spends:
        text = say.money(spend, 0 if spend >= 100 else None)
        rows.append({**_place(channel, "point"), "what": plan, "from": spend, "text": text})
    axis = money_axis(say, top, say(_("Spend")), orient="top")
    paint = ["plan", "loss", "third", "now", "ink"]
    shapes = ["circle", "diamond", "square", "triangle-up", "cross"]
    tooltip = tips(
        [("name", say(_("Channel"))), ("what", say(_("Plan of"))), ("text", say(_("Spend")))]
    )

    def by_plan(looks: list[str]) -> Spec:
        """One look per plan."""
        return {
            "field": "what",
            "type": "nominal",
            "scale": {"domain": names, "range": [looks[i % 5] for i in range(len(names))]},
            "legend": {"columns": {"expr": "max(1, floor((width + 120) / 170))"}},
        }

    return base(
        rows,
        step=30,
        encoding={"y": by_name(rows), "x": quantity("from", axis, 0, top)},
        layer=[
            dotted(),
            {
                "transform": rows_of("point"),
                "mark": {"type": "point", "filled": True, "size": 100, "opacity": 0.9},
                "encoding": {
                    "color": by_plan([PALETTE[name] for name in paint]),
                    "shape": by_plan(shapes),
                    "tooltip": tooltip,
                },
            },
        ],
    )
