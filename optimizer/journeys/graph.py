"""The journey graph: an absorbing Markov chain with names, to ask, to check and to draw.

States are what a journey is in: START, then a channel, a history of channels, or a stage x channel
pair. Every state leads on, to CONVERSION or to LOST.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import UserError
from optimizer.journeys import sparse_chain
from optimizer.journeys.counts import Counts
from optimizer.messages import _
from optimizer.registry import did_you_mean

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    import scipy.sparse as sp

Array = NDArray[np.float64]
START, CONVERSION, LOST = "START", "CONVERSION", "LOST"


@dataclass(frozen=True, eq=False)
class JourneyGraph:
    """An absorbing chain over S named states; state 0 is START.

    Parameters
    ----------
    states
        S labels, for people: "START", "search", "douyin > search", "decision: search".
    channel
        S names of the channel a state stands for ("" for START); several states may share one.
    moves
        S x S transition counts (`scipy.sparse.csr_matrix`).
    conversions, value, nulls
        S; journeys that end in the state with a conversion (number, currency) or without.
    """

    states: tuple[str, ...]
    channel: tuple[str, ...]
    moves: Any
    conversions: Array
    value: Array
    nulls: Array

    @classmethod
    def from_counts(cls, counts: Counts, order: int = 1) -> JourneyGraph:
        """The graph whose states are the last `order` touches.

        Parameters
        ----------
        counts
            Counted with chains of this order.
        order
            Touches a state remembers.
        """
        import scipy.sparse as sp

        chain = counts.chains[order]
        names = counts.channels
        labels = tuple(
            " > ".join(names[i] for i in row if i >= 0) or START for row in chain.states.tolist()
        )
        channel = tuple(names[i] if i >= 0 else "" for i in chain.states[:, -1].tolist())
        size = len(labels)
        total = [
            np.asarray(part.sum(axis=0), dtype=np.float64).ravel()
            for part in (chain.moves, chain.conversions, chain.value, chain.nulls)
        ]
        moves = sp.csr_matrix((total[0], (chain.source, chain.target)), shape=(size, size))
        return cls(labels, channel, moves, total[1], total[2], total[3])

    @classmethod
    def from_transitions(
        cls,
        moves: Mapping[tuple[Any, Any], float],
        conversions: Mapping[Any, float],
        nulls: Mapping[Any, float] | None = None,
        value: Mapping[Any, float] | None = None,
        channel_of: Callable[[Any], str] = str,
        label: Callable[[Any], str] = str,
    ) -> JourneyGraph:
        """The graph of named transitions.

        Parameters
        ----------
        moves
            (state, state) -> how often; states are any hashable things, "START" is where journeys
            begin.
        conversions, nulls, value
            State -> journeys that end there with a conversion, without one, and currency.
        channel_of, label
            The channel of a state, and what it is called for people.

        Examples
        --------
        >>> graph = JourneyGraph.from_transitions(
        ...     {("START", "a"): 2, ("a", "b"): 1}, {"b": 1}, {"a": 1})
        >>> graph.conversion_rate()
        0.5
        """
        import scipy.sparse as sp

        ends = (conversions, value or {}, nulls or {})
        seen = {state for pair in moves for state in pair} | {
            state for end in ends for state in end
        }
        order = [START, *sorted(seen - {START}, key=lambda state: (str(state), repr(state)))]
        at = {state: i for i, state in enumerate(order)}
        keys = sorted((at[one], at[two]) for one, two in moves)
        amount = {(at[one], at[two]): float(n) for (one, two), n in moves.items()}
        matrix = sp.csr_matrix(
            ([amount[key] for key in keys], ([k[0] for k in keys], [k[1] for k in keys])),
            shape=(len(order),) * 2,
        )
        columns = [np.array([float(end.get(state, 0.0)) for state in order]) for end in ends]
        return cls(
            (START, *(label(state) for state in order[1:])),
            ("", *(channel_of(state) for state in order[1:])),
            matrix,
            columns[0],
            columns[1],
            columns[2],
        )

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that occur, sorted."""
        return tuple(sorted(set(self.channel) - {""}))

    @property
    def out(self) -> Array:
        """How often each state was left, S."""
        return np.asarray(self.moves.sum(axis=1)).ravel() + self.conversions + self.nulls

    @property
    def probabilities(self) -> sp.csr_matrix:
        """Q, S x S: the probability of moving from one state to another."""
        import scipy.sparse as sp

        out = self.out
        return sp.csr_matrix(sp.diags(1.0 / np.where(out > 0, out, 1.0)) @ self.moves)

    def _members(self, channel: str) -> NDArray[np.int64]:
        """The states of a channel; a platform stands for all tiers below it."""
        hit = [
            i
            for i, name in enumerate(self.channel)
            if name == channel or name.startswith(channel + "/")
        ]
        if not hit:
            raise UserError(
                _("no journey touches '{channel}'", channel=channel),
                fix=did_you_mean(channel, self.channels),
            )
        return np.array(hit, dtype=np.int64)

    def _expected(self, reward: Array, without: str | None) -> float:
        """Expected reward of a journey from START. reward: S, what journeys that end in a state
        brought.
        """
        stuck = self.endless()
        if stuck:
            raise UserError(
                _("no journey ends after {stuck}", stuck=stuck[0]),
                fix=_("every state needs a way to end: count the journeys that stop there"),
            )
        q = self.probabilities
        if without is not None:
            q = sparse_chain.without(q, self._members(without))
        out = self.out
        return float(sparse_chain.expected_visits(q) @ (reward / np.where(out > 0, out, 1.0)))

    def conversion_rate(self, without: str | None = None) -> float:
        """Probability that a journey from START ends in a conversion. Solves (I - Q) x = r.

        Parameters
        ----------
        without
            Every visit to this channel (or to any tier of this platform) ends the journey instead
            (Anderl et al. 2016).

        Raises
        ------
        UserError
            Where journeys do not end, or none touches the channel.
        """
        return self._expected(self.conversions, without)

    def expected_value(self, without: str | None = None) -> float:
        """Expected value of a journey from START, currency.

        Parameters
        ----------
        without
            As in `conversion_rate`.
        """
        return self._expected(self.value, without)

    def removal_effect(self, channel: str) -> float:
        """Share of conversions lost when every visit to the channel ends the journey, 0 to 1.

        Parameters
        ----------
        channel
            A channel, or a platform for all its tiers.
        """
        base = self.conversion_rate()
        return 1.0 - self.conversion_rate(without=channel) / base if base else 0.0

    def reach(self, channel: str) -> float:
        """Probability that a journey ever comes to the channel (or to any tier of that platform).

        Expected first arrivals: visits on the chain whose journeys end there, times the step into
        it.

        Parameters
        ----------
        channel
            A channel, or a platform for all its tiers.
        """
        members = self._members(channel)
        q = self.probabilities
        before = sparse_chain.expected_visits(sparse_chain.without(q, members))
        return float(np.asarray(q[:, members].sum(axis=1)).ravel() @ before)

    def endless(self) -> tuple[str, ...]:
        """States that are reached but from which no journey can end. Empty for every counted
        graph.
        """
        size = len(self.states)
        onward = self.moves.tocsr()
        ends = (self.conversions + self.nulls) > 0
        forward = _reachable(onward, np.arange(size) == 0)
        backward = _reachable(onward.T.tocsr(), ends)
        return tuple(self.states[i] for i in range(size) if forward[i] and not backward[i])

    def unreachable(self) -> tuple[str, ...]:
        """States that no journey from START comes to."""
        forward = _reachable(self.moves.tocsr(), np.arange(len(self.states)) == 0)
        return tuple(state for i, state in enumerate(self.states) if not forward[i])

    def edges(self, top: int | None = None, touching: str | None = None) -> pd.DataFrame:
        """Transitions by count, the largest first: from, to, count, probability (ends included).

        Parameters
        ----------
        top
            So many; None: all.
        touching
            Only transitions into or out of this channel.
        """
        import pandas as pd

        out = self.out
        matrix = self.moves.tocoo()
        rows = [
            (int(i), int(j), float(n))
            for i, j, n in zip(matrix.row, matrix.col, matrix.data, strict=True)
            if n
        ]
        named = [(i, self.states[i], self.states[j], n) for i, j, n in rows]
        for end, column in ((CONVERSION, self.conversions), (LOST, self.nulls)):
            named += [(i, self.states[i], end, float(n)) for i, n in enumerate(column) if n]
        if touching is not None:
            keep = {self.states[i] for i in self._members(touching)}
            named = [row for row in named if row[1] in keep or row[2] in keep]
        named.sort(key=lambda row: (-row[3], row[1], row[2]))
        return pd.DataFrame(
            [(one, two, n, n / out[i]) for i, one, two, n in named[:top]],
            columns=["from", "to", "count", "probability"],
        )

    def next_after(self, channel: str) -> pd.DataFrame:
        """What users do right after the channel: next, count, probability; the likeliest first.

        Parameters
        ----------
        channel
            A channel, or a platform for all its tiers.
        """
        import pandas as pd

        members = self._members(channel)
        total: dict[str, float] = {}
        matrix = self.moves.tocsr()[members].tocoo()
        for j, n in zip(matrix.col, matrix.data, strict=True):
            total[self.channel[j]] = total.get(self.channel[j], 0.0) + float(n)
        total[CONVERSION] = float(self.conversions[members].sum())
        total[LOST] = float(self.nulls[members].sum())
        whole = sum(total.values())
        ordered = sorted(
            ((name, n) for name, n in total.items() if n), key=lambda pair: (-pair[1], pair[0])
        )
        return pd.DataFrame(
            [(name, n, n / whole) for name, n in ordered], columns=["next", "count", "probability"]
        )

    def to_networkx(self) -> nx.DiGraph:
        """A directed graph for drawing and for graph questions; edges carry `count` and
        `probability`.
        """
        import networkx as nx

        graph = nx.DiGraph()
        graph.add_nodes_from(
            (state, {"channel": channel})
            for state, channel in zip(self.states, self.channel, strict=True)
        )
        graph.add_nodes_from([(CONVERSION, {"channel": ""}), (LOST, {"channel": ""})])
        for row in self.edges().itertuples(index=False):
            graph.add_edge(row[0], row[1], count=row[2], probability=row[3])
        return graph


def _reachable(matrix: sp.csr_matrix, start: Iterable[bool]) -> NDArray[np.bool_]:
    """Which states (S) can be reached along nonzero entries from the marked ones."""
    seen = np.array(list(start), dtype=bool)
    steps = (matrix > 0).astype(np.float64).T.tocsr()
    front = seen.copy()
    while front.any():
        front = (steps @ front.astype(np.float64) > 0) & ~seen
        seen |= front
    return seen
