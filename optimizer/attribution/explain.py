"""What is behind a removal effect: the paths that carry it, the edges it travels, and where its users go next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer.attribution.family import Options
from optimizer.journeys.graph import JourneyGraph
from optimizer.messages import _
from optimizer.plotting import Plots

if TYPE_CHECKING:
    import pandas as pd

TOP = 10


@dataclass(frozen=True)
class Explanation(Plots):
    """One channel's removal effect, taken apart.

    removal_effect = reach * converts / conversion_rate at order 1:
    reach:    probability that a journey ever comes to the channel
    converts: probability of a conversion once there (from its first visit)
    touched:  share of the observed conversions whose journey touches the channel, and `observed_rate`, theirs
    next:     what users do right after it: next, count, probability
    before:   where they come from: from, count, share
    edges:    the busiest transitions into and out of it: from, to, count, probability
    paths:    the converting paths through it, most conversions first: path, conversions, nulls, value
    """

    channel: str
    order: int
    conversion_rate: float
    without: float
    removal_effect: float
    reach: float
    converts: float | None
    touched: float | None
    observed_rate: float | None
    next: pd.DataFrame
    before: pd.DataFrame
    edges: pd.DataFrame
    paths: pd.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        out = {
            key: getattr(self, key)
            for key in (
                "channel",
                "order",
                "conversion_rate",
                "without",
                "removal_effect",
                "reach",
                "converts",
                "touched",
                "observed_rate",
            )
        }
        for key in ("next", "before", "edges", "paths"):
            out[key] = getattr(self, key).to_dict("records")
        return out

    def sentences(self) -> tuple[str, ...]:
        """The same in words."""
        says = [
            _(
                "Without {channel}, {without} of journeys would convert instead of "
                "{conversion_rate}: a removal effect of {removal_effect} (order {order}).",
                channel=self.channel,
                without=f"{self.without:.2%}",
                conversion_rate=f"{self.conversion_rate:.2%}",
                removal_effect=f"{self.removal_effect:.1%}",
                order=self.order,
            )
        ]
        if self.converts is not None:
            says.append(
                _(
                    "{reach} of journeys come to it, and {converts} of those convert in the end.",
                    reach=f"{self.reach:.1%}",
                    converts=f"{self.converts:.2%}",
                )
            )
        if self.touched is not None and self.observed_rate is not None:
            says.append(
                _(
                    "It is on the way of {touched} of the observed conversions; journeys that "
                    "touch it convert in {observed_rate} of cases.",
                    touched=f"{self.touched:.1%}",
                    observed_rate=f"{self.observed_rate:.2%}",
                )
            )
        return tuple(says)


def explain(
    source: Any,
    channel: str,
    order: int = 1,
    columns: Mapping[str, str] | None = None,
    top: int = TOP,
    **options: Any,
) -> Explanation:
    """Take a channel's removal effect apart. A platform (`xiaohongshu`) stands for all its tiers."""
    from optimizer.attribution.models import opened_source
    from optimizer.journeys.counting import count

    chosen = Options.of(order=order, **options)
    opened = opened_source(source, columns, chosen.segment)
    counts = count(
        opened,
        orders=(order,),
        lookback_days=chosen.lookback_days,
        nulls=chosen.nulls,
        collapse=chosen.collapse,
        direct=chosen.direct,
        conversion=chosen.conversion,
        segment=chosen.segment,
        platforms=chosen.platforms,
    )
    graph = JourneyGraph.from_counts(counts, order)
    rate = graph.conversion_rate()
    without = graph.conversion_rate(without=channel)
    reach = graph.reach(channel)
    members = [
        name for name in counts.channels if name == channel or name.startswith(channel + "/")
    ]
    paths, totals = _paths(opened, members, chosen, top)
    won, lost = totals
    everything = float(counts.conversions.sum())
    return Explanation(
        channel,
        order,
        rate,
        without,
        1.0 - without / rate if rate else 0.0,
        reach,
        (rate - without) / reach if reach else None,
        won / everything if everything else None,
        won / (won + lost) if won + lost else None,
        graph.next_after(channel),
        _before(graph, channel),
        graph.edges(top, touching=channel),
        paths,
    )


def _before(graph: JourneyGraph, channel: str) -> pd.DataFrame:
    import pandas as pd

    edges = graph.edges(touching=channel)
    states = {
        state
        for state, name in zip(graph.states, graph.channel, strict=True)
        if name == channel or name.startswith(channel + "/")
    }
    into = edges[edges["to"].isin(states)]
    name = dict(zip(graph.states, graph.channel, strict=True))
    total: dict[str, float] = {}
    for one, count in zip(into["from"], into["count"], strict=True):
        label = name[one] or one
        total[label] = total.get(label, 0.0) + float(count)
    whole = sum(total.values())
    rows = sorted(
        ((label, n, n / whole) for label, n in total.items()), key=lambda row: (-row[1], row[0])
    )
    return pd.DataFrame(rows, columns=["from", "count", "share"])


def _paths(
    opened: Any, members: list[str], options: Options, top: int
) -> tuple[pd.DataFrame, tuple[float, float]]:
    """The converting paths through the channel, and conversions and nulls of all journeys through it."""
    import pandas as pd

    from optimizer.attribution.paths import path_query

    touches, sql = path_query(opened, options)
    wanted = [str(touches.names.index(name)) for name in members]
    through = f"SELECT * FROM ({sql}) AS p WHERE list_has_any(path, [{', '.join(wanted)}])"
    won, lost = touches.engine.rows(
        f"SELECT coalesce(sum(conversions), 0), coalesce(sum(nulls), 0) FROM ({through}) AS t"
    )[0]
    rows = touches.engine.rows(
        f"SELECT path, conversions, nulls, value FROM ({through}) AS t WHERE conversions > 0"
        f" ORDER BY conversions DESC, path LIMIT {int(top)}"
    )
    named = [
        (" > ".join(touches.names[step] for step in path), float(a), float(z), float(v or 0.0))
        for path, a, z, v in rows
    ]
    return pd.DataFrame(named, columns=["path", "conversions", "nulls", "value"]), (
        float(won),
        float(lost),
    )
