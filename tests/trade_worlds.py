"""The random problems of `allocation_worlds` with rules of trade on top: round amounts, one or another,
stock, mixes, periods and stretches, other goals; read independently on every plan of the grid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from allocation_worlds import PERIODS, World, calendar_world, world

from optimizer.allocation.problem import Rule

COUNTED = {"max_cac", "min_roi", "min_customers"}  # rules of the base world that count customers


@dataclass(frozen=True)
class Grid:
    """Every plan of a world: spend, set-ups included, and customers, by column; who and when."""

    spend: np.ndarray
    paid: np.ndarray
    customers: np.ndarray
    of: list[str]
    when: list[int]
    worth: np.ndarray

    def money(self, of: str, periods: tuple[int, ...] | None = None) -> np.ndarray:
        return self.paid[:, self.columns(of, periods)].sum(1)

    def won(self, of: str | None, periods: tuple[int, ...] | None = None) -> np.ndarray:
        return self.customers[:, self.columns(of, periods)].sum(1)

    def columns(self, of: str | None, periods: tuple[int, ...] | None = None) -> np.ndarray:
        own = np.array([of is None or name.split("/")[0] == of for name in self.of])
        return own & (True if periods is None else np.isin(self.when, periods))


def _grid(it: World) -> Grid:
    lines = it.problem.decisions
    names = [line.channel for line in lines]
    when = [PERIODS.index(line.period) if line.period in PERIODS else 3 for line in lines]
    paid = it.spend.copy()
    for name in set(names):  # a set-up is paid with a channel's first money
        own = [i for i, other in enumerate(names) if other == name]
        fresh = np.ones(len(paid), dtype=bool)
        for i in own:
            first = fresh & (it.spend[:, i] > 0)
            paid[:, i] += first * lines[i].setup
            fresh &= ~first
    worth = np.array([float(line.value or 0.0) for line in lines])
    return Grid(it.spend, paid, it.customers, names, when, worth)


def trade_world(seed: int, tight: bool = False) -> World:
    """A world of the other families with up to three rules of trade."""
    rng = np.random.default_rng([seed, 77])
    by_period = seed % 3 == 2
    it = calendar_world(seed, concave=True) if by_period else world(seed, concave=seed % 3 == 0)
    grid = _grid(it)
    rules, allowed = list(it.problem.rules), it.allowed
    menu = ["steps", "either", "needs", "min_mix", "min_goal"]
    menu += ["each", "stretch", "ratio"] if by_period else []
    if COUNTED.isdisjoint(rule.name for rule in rules):
        menu += ["stock", "stock"]
    chosen = sorted(
        map(str, rng.choice(menu, size=2 + int(tight))), key=lambda name: name != "stock"
    )
    for name in dict.fromkeys(chosen):  # stock first: whatever counts customers counts those served
        made = MADE[name](rng, grid, tight, it)
        if made is None:
            continue
        rule, keep, grid = made
        rules.append(rule)
        allowed = allowed & keep
        if rule.name == "stock":
            cap = float(rng.uniform(0.4, 2.5)) * (0.5 if tight else 1.0)
            rules.append(Rule("max_cac", cap))
            allowed = allowed & (grid.paid.sum(1) <= cap * grid.won(None) + 1e-9)
    new = grid.customers.sum(1)
    value = new if it.problem.goal.name == "customers" else grid.customers @ grid.worth
    problem = replace(it.problem, rules=tuple(rules))
    return World(problem, it.spend, grid.customers, allowed, value)


Made = tuple[Rule, np.ndarray, Grid]
Maker = Callable[[np.random.Generator, Grid, bool, World], Made | None]


def _steps(rng: np.random.Generator, grid: Grid, tight: bool, it: World) -> Made | None:
    lines = it.problem.decisions
    if any(line.posts for line in lines if line.channel == "b"):
        return None
    step = float(rng.choice([6.0, 10.0, 14.0, 20.0]))
    when = None if len(lines) == 3 else int(rng.integers(0, 3))
    columns = grid.columns("b", None if when is None else (when,))
    count = grid.spend[:, columns].sum(1) / step
    options = {} if when is None else {"period": PERIODS[when]}
    return Rule("steps", step, "b", options), np.abs(count - np.round(count)) < 1e-9, grid


def _either(rng: np.random.Generator, grid: Grid, tight: bool, it: World) -> Made:
    value = float(rng.uniform(20, 70)) + 20 * tight
    keep = (grid.money("a") >= value - 1e-9) | (grid.money("b") >= value - 1e-9)
    return Rule("either", value, "a", {"to": "b"}), keep, grid


def _needs(rng: np.random.Generator, grid: Grid, tight: bool, it: World) -> Made:
    value = float(rng.uniform(10, 60)) + 30 * tight
    keep = (grid.money("b") <= 0) | (grid.money("a") >= value - 1e-9)
    return Rule("needs", value, "b", {"to": "a"}), keep, grid


def _mix(rng: np.random.Generator, grid: Grid, tight: bool, it: World) -> Made:
    weight, value = float(rng.uniform(1, 4)), float(rng.uniform(-30, 40)) + 60 * tight
    keep = -grid.money("a") + weight * grid.money("b") >= value - 1e-9
    return Rule("min_mix", value, None, {"weights": {"a": -1.0, "b": weight}}), keep, grid


def _other_goal(rng: np.random.Generator, grid: Grid, tight: bool, it: World) -> Made:
    value = grid.customers @ grid.worth
    floor = float(rng.uniform(0.2, 0.9)) * float(value.max()) * (1.4 if tight else 1.0)
    return Rule("min_goal", floor, None, {"goal": "revenue"}), value >= floor - 1e-9, grid


def _each(rng: np.random.Generator, grid: Grid, tight: bool, it: World) -> Made:
    share, keep = float(rng.uniform(0.3, 0.9)), np.ones(len(grid.spend), dtype=bool)
    for t in range(3):
        keep &= (
            grid.money("b", (t,)) <= share * grid.paid[:, grid.columns(None, (t,))].sum(1) + 1e-9
        )
    return Rule("max_share", share, "b", {"period": "each"}), keep, grid


def _stretch(rng: np.random.Generator, grid: Grid, tight: bool, it: World) -> Made:
    value = float(rng.uniform(5, 40)) + 30 * tight
    return (
        Rule("min", value, "b", {"period": "W2 to W3"}),
        grid.money("b", (1, 2)) >= value - 1e-9,
        grid,
    )


def _ratio(rng: np.random.Generator, grid: Grid, tight: bool, it: World) -> Made:
    value = float(rng.uniform(0.3, 2.0))
    keep = grid.money("a", (0, 1)) >= value * grid.money("b", (0, 1)) - 1e-9
    return Rule("min_ratio", value, "a", {"to": "b", "period": "W1 + W2"}), keep, grid


def _stock(rng: np.random.Generator, grid: Grid, tight: bool, it: World) -> Made:
    of = [None, "a", "b"][int(rng.integers(0, 3))]
    limit = float(rng.uniform(5, 60)) * (0.5 if tight else 1.0)
    columns = grid.columns(of)
    served = np.minimum(1.0, limit / np.maximum(grid.won(of), 1e-12))
    customers = np.where(columns, grid.customers * served[:, None], grid.customers)
    keep = np.ones(len(customers), dtype=bool)
    return Rule("stock", limit, of), keep, replace(grid, customers=customers)


MADE: dict[str, Maker] = {
    "steps": _steps,
    "either": _either,
    "needs": _needs,
    "min_mix": _mix,
    "min_goal": _other_goal,
    "each": _each,
    "stretch": _stretch,
    "ratio": _ratio,
    "stock": _stock,
}
