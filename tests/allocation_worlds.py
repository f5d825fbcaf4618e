"""Random budget problems small enough to try every plan of a grid, with their own reading of curves and rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.allocation.problem import Goal, Line, Problem, Rule
from optimizer.response.curves import Curve, exponential, hill, linear, log, pieces, power, saturating

BUDGET = 100.0


@dataclass(frozen=True)
class World:
    """A problem and every plan of a grid: spend (plans x lines), customers, which plans keep all rules, their value."""

    problem: Problem
    spend: np.ndarray
    customers: np.ndarray
    allowed: np.ndarray
    value: np.ndarray


def a_curve(rng: np.random.Generator, kind: str) -> tuple[Curve, object]:
    """A curve and, written out again, what it should be."""
    top, half = float(rng.uniform(20, 200)), float(rng.uniform(10, 120))
    if kind == "saturating":
        return saturating(ceiling=top, half_spend=half), lambda x: top * x / (half + x)
    if kind == "exponential":
        return exponential(ceiling=top, half_spend=half), lambda x: top * (1 - 0.5 ** (x / half))
    if kind == "power":
        e = float(rng.uniform(0.3, 0.9))
        return power(spend=half, response=top, elasticity=e), lambda x: top * (x / half) ** e
    if kind == "log":
        return log(gain=top, scale=half), lambda x: top * np.log(1 + x / half)
    if kind == "linear":
        rate, cap = top / 60, half
        return linear(rate=rate, cap=cap), lambda x: rate * np.minimum(x, cap)
    if kind == "hill":
        n = float(rng.uniform(1.5, 5))
        return hill(ceiling=top, half_spend=half, steepness=n), lambda x: top * x**n / (half**n + x**n)
    first, second = float(rng.uniform(0.1, 1)), float(rng.uniform(1, 3))  # pieces whose slopes rise, then fall
    widths = (float(rng.uniform(5, 20)), float(rng.uniform(10, 40)))
    curve = pieces(pieces=((widths[0], first), (widths[1], second), (30.0, first / 2)))
    at = np.array([0.0, widths[0], sum(widths), sum(widths) + 30])
    return curve, lambda x: np.interp(x, at, [0, widths[0] * first, widths[0] * first + widths[1] * second,
                                              widths[0] * first + widths[1] * second + 15 * first])


CONCAVE = ("saturating", "exponential", "power", "log", "linear")
ANY = (*CONCAVE, "hill", "hill", "risen")


def world(seed: int, concave: bool, tight: bool = False) -> World:
    """A problem of three channels `a/x`, `a/y`, `b` with up to four rules; `concave`: nothing that needs binaries.
    tight: rules so harsh that most often there is no plan."""
    rng = np.random.default_rng(seed)
    kinds = [str(rng.choice(CONCAVE if concave else ANY)) for _ in range(3)]
    made = [a_curve(rng, kind) for kind in kinds]
    names = ["a/x", "a/y", "b"]
    worth = rng.uniform(2, 6, 3)
    posts = [not concave and rng.random() < 0.3 for _ in names]
    price = np.array([float(rng.uniform(8, 25)) if p else 1.0 for p in posts])
    setup = [float(rng.uniform(2, 15)) if not concave and rng.random() < 0.25 else 0.0 for _ in names]
    lines = []
    for k, name in enumerate(names):
        curve = made[k][0].dearer(1 / price[k]) if posts[k] else made[k][0]  # over posts: f(posts * price)
        lines.append(Line(
            channel=name, curves={"customers": curve}, value=float(worth[k]), price=float(price[k]), posts=posts[k],
            whole=posts[k], setup=setup[k], tags=("t",) if k else (),
        ))
    axes = [np.arange(0, BUDGET / price[k] + 1e-9) * price[k] if posts[k] else np.linspace(0, BUDGET, 51) for k in range(3)]
    spend = np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)
    customers = np.stack([np.asarray(made[k][1](spend[:, k]), dtype=float) for k in range(3)], axis=1)
    used = spend > 0
    paid = spend + used * np.array(setup)
    goal = str(rng.choice(["customers", "revenue"]))
    value = customers.sum(1) if goal == "customers" else customers @ worth
    rules, allowed = [Rule("budget", BUDGET)], paid.sum(1) <= BUDGET + 1e-9
    groups = {"a": [0, 1], "t": [1, 2], "b": [2], "a/x": [0], None: [0, 1, 2]}
    menu = ["max", "min", "max_share", "min_share", "max_cac", "min_roi", "min_customers"]
    if not concave:
        menu += ["max_channels", "commit", "commit"]
    harsh = 1.0 if tight else 0.0
    for name in rng.choice(menu, size=int(rng.integers(0, 4)) + int(harsh), replace=False):
        of = [None, "a", "t", "b", "a/x"][int(rng.integers(0, 5))]
        if name in ("max", "min", "max_share", "min_share") and of is None:
            of = "a"
        who = groups[of]
        money, people = paid[:, who].sum(1), customers[:, who].sum(1)
        if name == "max":
            v = float(rng.uniform(10, 60))
            keep = money <= v + 1e-9
        elif name == "min":
            v = float(rng.uniform(5, 40) + harsh * 40)
            keep = money >= v - 1e-9
        elif name == "max_share":
            v = float(rng.uniform(0.2, 0.8))
            keep = money <= v * paid.sum(1) + 1e-9
        elif name == "min_share":
            v = float(rng.uniform(0.1, 0.6))
            keep = money >= v * paid.sum(1) - 1e-9
        elif name == "max_cac":
            v = float(rng.uniform(0.3, 3.0)) * (0.5 if tight else 1)
            keep = money <= v * people + 1e-9
        elif name == "min_roi":
            v = float(rng.uniform(0.5, 6.0)) * (2 if tight else 1)
            keep = customers[:, who] @ worth[who] >= v * money - 1e-9
        elif name == "min_customers":
            v = float(rng.uniform(1, 40)) * (5 if tight else 1)
            keep = people >= v - 1e-9
        elif name == "max_channels":
            v = float(rng.integers(1, 3))
            keep = used[:, who].sum(1) <= v
        else:
            v = float(rng.uniform(10, 50))
            keep = np.all((paid[:, who] >= v - 1e-9) | ~used[:, who], axis=1)
        rules.append(Rule(str(name), v, of))
        allowed = allowed & keep
    return World(Problem(tuple(lines), tuple(rules), Goal(goal)), spend, customers, allowed, value)
