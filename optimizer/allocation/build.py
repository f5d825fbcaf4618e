"""From a problem and estimators of its curves to the linear model.

Columns of a decision are its pieces, each filled from 0 to 1 (the last may go on for ever). Because
each rule and goal rewards more response, steeper pieces fill first, so that no other variable is
needed where curves bend down; where they bend up (S-curves), a binary keeps the order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.allocation.columns import Columns
from optimizer.allocation.expression import Array, Comparison, Expression, Index
from optimizer.allocation.model import INFINITY, ConstraintBlock, LinearModel
from optimizer.allocation.piecewise import Estimator
from optimizer.allocation.problem import Problem

# of the most a channel can get: the least that is called spend, where a set-up is paid for it
TOKEN = 1e-6


def build_model(
    problem: Problem,
    estimators: Sequence[Estimator],
    blocks: Sequence[ConstraintBlock],
    goal: ConstraintBlock,
    bounds: Array,
    convex: bool,
    token: bool = False,
) -> LinearModel:
    """The model of a problem on given estimators of its curves.

    Parameters
    ----------
    problem
        The problem.
    estimators
        Straight pieces in place of each decision's curves.
    blocks, goal
        The rules and the goal in symbols.
    bounds
        The most each decision can get, currency (only to tie binaries to spend).
    convex
        The estimators bend down: no binaries are needed for the order of their pieces.
    token
        Where a set-up is paid, a little is spent as well (a plan that spends nothing on a channel
        pays no set-up); without it the model is a bound on all plans, however little they spend.
    """
    builder = ModelBuilder(problem, estimators, bounds)
    builder.activity([goal, *blocks], token)
    if not convex:
        builder.piece_order()
    builder.whole_posts()
    builder.carry_over()
    builder.goal(goal)
    for item in blocks:
        builder.rule(item)
    return builder.finish()


class ModelBuilder(Columns):
    """Collects rows; `build_model` says in which order."""

    def activity(self, blocks: Sequence[ConstraintBlock], token: bool) -> None:
        """A binary per channel whose use is counted or costs a set-up; spend needs it.

        Where a rule of a period, or cash, asks when a channel begins, one per period as well.

        A set-up needs spend in turn, a post where only whole ones are sold: rules that ask for
        money would else be kept by paying it for nothing.
        """
        asked = [
            (kind, int(k))
            for block in blocks
            for row in (*block.rows, *block.bindings)
            for side in (row.left, row.right)
            for kind, which, _ in side.atoms
            if kind in ("active", "starts", "on")
            for k in which
        ]
        for i in sorted({i for kind, i in asked if kind == "on"}):
            self._running(i)
        timed = {int(self.problem.channel_of[i]) for kind, i in asked if kind == "starts"}
        wanted = timed | {k for kind, k in asked if kind == "active"}
        for k in sorted(wanted):
            self.active[k] = self._add(1, "b", integer=True)
            self.columns[-1] = f"z{k}"
            members = np.flatnonzero(self.problem.channel_of == k)
            columns, values, _ = self.flat(Expression.of("spend", members))
            most = float(np.sum(self.bounds[members]))
            self.model.add_row(
                np.append(columns, self.active[k]), np.append(values, -most), 0.0, f"used_z{k}"
            )
            some = [
                self.problem.decisions[i] for i in members if not self.problem.decisions[i].idle
            ]
            if not some or some[0].setup <= 0:
                continue
            post = (
                min(decision.price for decision in some)
                if all(decision.whole for decision in some)
                else 0.0
            )
            if post or token:
                self.model.add_row(
                    np.append(columns, self.active[k]),
                    np.append(-values, post or TOKEN * most),
                    0.0,
                    f"spent_z{k}",
                )
        for k in sorted(timed):
            self._beginning(k, token)

    def _running(self, i: int) -> None:
        """A binary for a decision that may get nothing."""
        self.on[i] = column = self._add(1, "b", integer=True)
        self.columns[-1] = f"on{i}"
        columns, values, _ = self.flat(Expression.of("spend", np.array([i])))
        self.model.add_row(
            np.append(columns, column), np.append(values, -float(self.bounds[i])), 0.0, f"on_x{i}"
        )

    def _beginning(self, k: int, token: bool) -> None:
        """A binary for each period in which a channel may begin; nothing is spent before."""
        members = [int(i) for i in self.problem.members[k] if not self.problem.decisions[i].idle]
        begun: list[int] = []
        for i in members:
            column = self._add(1, "b", integer=True)
            self.columns[-1] = f"t{i}"
            self.starts[i] = column
            begun.append(column)
            columns, values, _ = self.flat(Expression.of("spend", np.array([i])))
            most, decision = float(self.bounds[i]), self.problem.decisions[i]
            self.model.add_row(
                np.concatenate([columns, begun]),
                np.concatenate([values, np.full(len(begun), -most)]),
                0.0,
                f"begun_x{i}",
            )
            self.unbegun.append((np.array(begun), i))
            least = decision.price if decision.whole else TOKEN * most if token else 0.0
            if least:
                self.model.add_row(
                    np.append(columns, column), np.append(-values, least), 0.0, f"spent_t{i}"
                )
        self.model.add_row(
            np.array([*begun, self.active[k]]),
            np.array([*np.ones(len(begun)), -1.0]),
            0.0,
            f"begins_z{k}",
            equal=True,
        )

    def piece_order(self) -> None:
        """Where slopes rise from one piece to the next, a binary: nothing beyond before everything
        up to there is full.
        """
        for i, estimator in enumerate(self.estimators):
            first, last = int(self.first[i]), int(self.first[i + 1])
            if last - first < 2:
                continue
            width = self.width[first:last]
            rising = np.zeros(last - first - 1, dtype=bool)
            for name in estimator.values:
                slope = self.responses[name][first:last] / width
                top = float(np.max(np.abs(slope))) or 1.0
                rising |= np.diff(slope) > 1e-10 * top
            borders = [0, *(np.flatnonzero(rising) + 1).tolist(), last - first]
            most = max(
                float(self.bounds[i]) / self.problem.decisions[i].price, float(estimator.at[-1])
            )
            for k in range(1, len(borders) - 1):
                binary = self._add(1, "b", integer=True)
                before = np.arange(first + borders[k - 1], first + borders[k])
                after = np.arange(first + borders[k], first + borders[k + 1])
                full = float(np.sum(self.width[before]))
                room = float(np.sum(self.width[after]))
                if borders[k + 1] == last - first:
                    room = max(most, room)
                name = f"order_x{i}_{k}"
                self.model.add_row(
                    np.append(before, binary),
                    np.append(-self.width[before], full),
                    0.0,
                    f"{name}_full",
                )
                self.model.add_row(
                    np.append(after, binary),
                    np.append(self.width[after], -room),
                    0.0,
                    f"{name}_next",
                )

    def whole_posts(self) -> None:
        """An integer per decision that is bought in whole posts."""
        for i, decision in enumerate(self.problem.decisions):
            if decision.whole:
                column = self._add(1, "b", high=INFINITY, integer=True)
                self.columns[-1] = f"n{i}"
                columns, bought, _ = self.flat(Expression.of("posts", np.array([i])))
                self.model.add_row(
                    np.append(columns, column),
                    np.append(bought, -1.0),
                    0.0,
                    f"whole_posts_x{i}",
                    equal=True,
                )

    def carry_over(self) -> None:
        """Effective amounts from what is bought now and what is still at work."""
        if self.spend_first is None:
            return
        problem = self.problem
        to, source, weight, constant = problem.carry_from
        for i in range(len(problem.decisions)):
            columns, _ = self._pieces(np.array([i]))
            earlier = to == i
            index = np.concatenate(
                [columns, [self.spend_first + i], self.spend_first + source[earlier]]
            )
            value = np.concatenate(
                [
                    self.width[columns],
                    [-self.spend_unit / problem.prices[i]],
                    -weight[earlier] * self.spend_unit / problem.prices[source[earlier]],
                ]
            )
            self.model.add_row(index, value, float(constant[i]), f"carry_x{i}")

    def goal(self, goal: ConstraintBlock) -> None:
        """The objective, and the rows of its helpers."""
        self._bind(goal, "goal")
        columns, values, constant = self.flat(goal.rows[0].left)
        self._goal = (columns, values, constant)

    def rule(self, item: ConstraintBlock) -> None:
        """The rows of a rule and of its helpers."""
        self._bind(item, item.name)
        for row in item.rows:
            columns, values, constant = self.flat(row.excess)
            self.model.add_row(columns, values, -constant, item.row_name(row))

    def _bind(self, item: ConstraintBlock, name: str) -> None:
        if item.choices:
            self.choice_first = self._add(
                len(item.choices), "b", high=np.array(item.choices), integer=True
            )
        if item.free:
            self.helper_first = self._add(len(item.free), "b", high=INFINITY)
            lows = self.low[-1]
            lows[np.array(item.free)] = -INFINITY
            sizes = [
                abs(v).max() for c, v, _ in map(self._without_helpers, item.bindings) if len(v)
            ]
            self.helper_unit = float(max(sizes, default=1.0)) or 1.0
            self.columns[self.helper_first :] = [
                f"h{self.helper_first + k}" for k in range(len(item.free))
            ]
        for row in item.bindings:
            columns, values, constant = self.flat(row.excess)
            self.model.add_row(columns, values, -constant, f"{name}_{row.label}")

    def _without_helpers(self, row: Comparison) -> tuple[Index, Array, float]:
        return self.flat(
            Expression(tuple(atom for atom in row.excess.atoms if atom[0] != "helper"))
        )

    def finish(self) -> LinearModel:
        """The model of all that was collected."""
        model = self.model
        model.low, model.high = np.concatenate(self.low), np.concatenate(self.high)
        model.integer = np.concatenate(self.integer)
        model.columns = self.columns
        used = [(c, np.flatnonzero(self.problem.channel_of == k)) for k, c in self.active.items()]
        on = [(c, np.array([i], dtype=np.int64)) for i, c in self.on.items()]
        model.unused = tuple(sorted([*used, *on], key=lambda pair: pair[0]))
        model.unbegun = tuple(self.unbegun)
        cost = np.zeros(self.total)
        columns, values, constant = self._goal
        cost[columns] = values
        unit = float(np.max(np.abs(cost))) if len(cost) else 0.0
        model.unit = unit if unit > 0 else 1.0
        model.cost, model.constant = cost / model.unit, constant
        model.piece_decision, model.piece_width = self.piece_decision, self.width
        model.prices = self.problem.prices
        if self.spend_first is not None:
            model.spend_column = self.spend_first + np.arange(len(self.estimators))
            model.spend_unit = self.spend_unit
        return model
