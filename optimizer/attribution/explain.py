"""What is behind a removal effect: the paths that carry it, the edges it travels, where its users
go next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer.attribution.counting import count_under, opened_source
from optimizer.attribution.options import Options
from optimizer.attribution.paths import path_query
from optimizer.data.open import Source
from optimizer.data.tables import Events, Paths
from optimizer.journeys.graph import JourneyGraph
from optimizer.messages import Message, _
from optimizer.plotting import Plots

if TYPE_CHECKING:
    import pandas as pd

TOP = 10


@dataclass(frozen=True)
class Explanation(Plots):
    """One channel's removal effect, taken apart.

    At order 1, removal_effect = reach * converts / conversion_rate.

    Parameters
    ----------
    channel, order
        What was asked for.
    conversion_rate, without
        Conversions per journey with the channel, and without it.
    removal_effect
        Share of conversions that go with it.
    reach
        Probability that a journey ever comes to the channel.
    converts
        Probability of a conversion once there (from its first visit).
    touched, observed_rate
        Share of the observed conversions whose journey touches the channel, and the conversion rate
        of those journeys.
    next
        What users do right after it: next, count, probability.
    before
        Where they come from: from, count, share.
    edges
        The busiest transitions into and out of it: from, to, count, probability.
    paths
        The converting paths through it, most conversions first: path, conversions, nulls, value.
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
        return {
            "channel": self.channel,
            "order": self.order,
            "conversion_rate": self.conversion_rate,
            "without": self.without,
            "removal_effect": self.removal_effect,
            "reach": self.reach,
            "converts": self.converts,
            "touched": self.touched,
            "observed_rate": self.observed_rate,
            "next": self.next.to_dict("records"),
            "before": self.before.to_dict("records"),
            "edges": self.edges.to_dict("records"),
            "paths": self.paths.to_dict("records"),
        }

    def sentences(self) -> tuple[Message, ...]:
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
    source: Source,
    channel: str,
    order: int = 1,
    columns: Mapping[str, str] | None = None,
    top: int = TOP,
    **options: Any,
) -> Explanation:
    """Take a channel's removal effect apart.

    Parameters
    ----------
    source
        Anything `attribute` takes but bare counts.
    channel
        A channel; a platform (`xiaohongshu`) stands for all its tiers.
    order
        Touches that the chain remembers.
    columns
        The source's names of our columns, by ours.
    top
        How many edges and paths are shown.
    options
        See `options.Options`.
    """
    chosen = Options.of(order=order, **options)
    opened = opened_source(source, columns, chosen.segment)
    counts = count_under(opened, chosen, (order,))
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
    opened: Events | Paths, members: list[str], options: Options, top: int
) -> tuple[pd.DataFrame, tuple[float, float]]:
    """The converting paths through the channel, and conversions and nulls of all journeys through
    it."""
    import pandas as pd

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
