"""Random budget problems small enough to try every plan of a grid, with their own reading of curves
and rules.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.allocation.problem import Decision, Goal, Problem, Rule
from optimizer.response.curve import Curve
from optimizer.response.shapes.bounded import exponential, saturating
from optimizer.response.shapes.growing import log, power
from optimizer.response.shapes.s_shaped import hill
from optimizer.response.shapes.straight import linear, pieces

BUDGET = 100.0


@dataclass(frozen=True)
class World:
    """A problem and every plan of a grid: spend (plans x lines), customers, which plans keep all
    rules, their value.
    """

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
        return hill(
            ceiling=top, half_spend=half, steepness=n
        ), lambda x: top * x**n / (half**n + x**n)
    first, second = (
        float(rng.uniform(0.1, 1)),
        float(rng.uniform(1, 3)),
    )  # pieces whose slopes rise, then fall
    widths = (float(rng.uniform(5, 20)), float(rng.uniform(10, 40)))
    curve = pieces(pieces=((widths[0], first), (widths[1], second), (30.0, first / 2)))
    at = np.array([0.0, widths[0], sum(widths), sum(widths) + 30])
    return curve, lambda x: np.interp(
        x,
        at,
        [
            0,
            widths[0] * first,
            widths[0] * first + widths[1] * second,
            widths[0] * first + widths[1] * second + 15 * first,
        ],
    )


CONCAVE = ("saturating", "exponential", "power", "log", "linear")
ANY = (*CONCAVE, "hill", "hill", "risen")


def world(seed: int, concave: bool, tight: bool = False) -> World:
    """A problem of three channels `a/x`, `a/y`, `b` with up to four rules; `concave`: nothing that
    needs binaries. tight: rules so harsh that most often there is no plan.
    """
    rng = np.random.default_rng(seed)
    kinds = [str(rng.choice(CONCAVE if concave else ANY)) for _ in range(3)]
    made = [a_curve(rng, kind) for kind in kinds]
    names = ["a/x", "a/y", "b"]
    worth = rng.uniform(2, 6, 3)
    posts = [not concave and rng.random() < 0.3 for _ in names]
    price = np.array([float(rng.uniform(8, 25)) if p else 1.0 for p in posts])
    setup = [
        float(rng.uniform(2, 15)) if not concave and rng.random() < 0.25 else 0.0 for _ in names
    ]
    lines = []
    for k, name in enumerate(names):
        curve = (
            made[k][0].rescale_price(1 / price[k]) if posts[k] else made[k][0]
        )  # over posts: f(posts * price)
        lines.append(
            Decision(
                channel=name,
                curves={"customers": curve},
                value=float(worth[k]),
                price=float(price[k]),
                posts=posts[k],
                whole=posts[k],
                setup=setup[k],
                tags=("t",) if k else (),
            )
        )
    axes = [
        np.arange(0, BUDGET / price[k] + 1e-9) * price[k]
        if posts[k]
        else np.linspace(0, BUDGET, 51)
        for k in range(3)
    ]
    spend = np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)
    customers = np.stack(
        [np.asarray(made[k][1](spend[:, k]), dtype=float) for k in range(3)], axis=1
    )
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


PERIODS = ("W1", "W2", "W3")


def calendar_world(seed: int, concave: bool, tight: bool = False) -> World:
    """Two channels `a/x`, `b` over three periods with seasons, prices, carry-over and its tail,
    deposits, whole posts, S-curves, set-ups, commits and counts; every plan of a grid simulated
    period by period.
    """
    rng = np.random.default_rng(seed)
    names = ["a/x", "b"]
    kinds = [str(rng.choice(CONCAVE if concave else ANY)) for _ in names]
    made = [a_curve(rng, kind) for kind in kinds]
    worth = rng.uniform(2, 6, 2)
    posts = [not concave and rng.random() < 0.35 for _ in names]
    fee = [float(rng.uniform(12, 25)) if p else 1.0 for p in posts]
    carry = [float(rng.uniform(0.1, 0.6)) if rng.random() < 0.5 else 0.0 for _ in posts]
    carry_in = [float(rng.uniform(0, 10)) if c else 0.0 for c in carry]
    setup = [
        float(rng.uniform(2, 10)) if not concave and rng.random() < 0.25 else 0.0 for _ in names
    ]
    demand, dear = rng.uniform(0.6, 2.0, 3), rng.uniform(0.8, 1.5, 3)
    late = [bool(rng.random() < 0.3) for _ in names]  # 40 % now, the rest a period later
    lines, places = [], []
    for k, name in enumerate(names):
        curve = made[k][0].rescale_price(1 / fee[k]) if posts[k] else made[k][0]
        for t, period in enumerate(PERIODS):
            paid = ((period, 0.4), *(((PERIODS[t + 1], 0.6),) if t < 2 else ())) if late[k] else ()
            places.append((k, t))
            lines.append(
                Decision(
                    channel=name,
                    period=period,
                    curves={"customers": curve.times(float(demand[t]))},
                    value=float(worth[k]),
                    price=fee[k] * float(dear[t]),
                    posts=posts[k],
                    whole=posts[k],
                    carry=carry[k],
                    carry_in=carry_in[k],
                    setup=setup[k],
                    tags=("t",) if k else (),
                    payments=paid,
                )
            )
        if carry[k]:
            places.append((k, 3))
            lines.append(
                Decision(
                    channel=name,
                    period="after 1",
                    curves={"customers": curve},
                    value=float(worth[k]),
                    carry=carry[k],
                    carry_in=carry_in[k],
                    price=fee[k],
                    posts=posts[k],
                    idle=True,
                    setup=setup[k],
                    tags=("t",) if k else (),
                )
            )
    axes = []
    for k, t in places:
        step = fee[k] * float(dear[t] if t < 3 else 1.0)
        axes.append(
            np.zeros(1)
            if t == 3
            else np.arange(0, BUDGET / step + 1e-9)[:7] * step
            if posts[k]
            else np.array([0, 6, 14, 25, 40, 60, 100.0])
        )
    spend = np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)
    customers = np.zeros_like(spend)
    for k in range(2):
        at_work = np.full(len(spend), carry_in[k])
        for i, (channel, t) in enumerate(places):
            if channel != k:
                continue
            at_work = at_work * (carry[k] if t else 1.0) + spend[:, i] / (
                fee[k] * (dear[t] if t < 3 else 1.0)
            )
            customers[:, i] = (demand[t] if t < 3 else 1.0) * np.asarray(
                made[k][1](at_work * fee[k]), dtype=float
            )
    mine = np.array([k for k, _ in places])
    when = np.array([t for _, t in places])
    used = np.stack([(spend[:, mine == k] > 0).any(1) for k in range(2)], axis=1)
    fees = used * np.array(setup)
    goal = str(rng.choice(["customers", "revenue"]))
    value = customers.sum(1) if goal == "customers" else customers @ worth[mine]
    rules, allowed = [Rule("budget", BUDGET)], spend.sum(1) + fees.sum(1) <= BUDGET + 1e-9
    groups = {"a": [0], "t": [1], "b": [1], None: [0, 1]}
    menu = [
        "budget",
        "max",
        "min",
        "max_share",
        "max_cac",
        "min_roi",
        "min_customers",
        "cash_until",
    ]
    if not concave:
        menu += ["max_channels", "commit"]
    for name in rng.choice(menu, size=int(rng.integers(1, 4)) + int(tight), replace=False):
        of = [None, "a", "t", "b"][int(rng.integers(0, 4))]
        if name in ("max", "min", "max_share") and of is None:
            of = "a"
        t = (
            int(rng.integers(0, 3))
            if name in ("budget", "max", "max_cac", "min_customers", "min") and rng.random() < 0.6
            else None
        )
        if name == "budget" and t is None:
            t = 1
        if t is not None and setup[0] + setup[1] > 0:
            t = None if name != "budget" else t
        here = np.isin(mine, groups[of]) & (True if t is None else when == t)
        money = spend[:, here].sum(1) + (fees[:, groups[of]].sum(1) if t is None else 0.0)
        people = customers[:, here].sum(1)
        options: dict[str, object] = {} if t is None else {"period": PERIODS[t]}
        if name == "budget" and setup[0] + setup[1] > 0:
            continue  # in which period a set-up is paid is not this world's question
        if name in ("budget", "max"):
            v = float(rng.uniform(10, 50))
            keep = money <= v + 1e-9
        elif name == "min":
            v = float(rng.uniform(5, 30) + tight * 40)
            keep = money >= v - 1e-9
        elif name == "max_share":
            v = float(rng.uniform(0.2, 0.8))
            keep = money <= v * (spend.sum(1) + fees.sum(1)) + 1e-9
        elif name == "max_cac":
            v = float(rng.uniform(0.3, 3.0)) * (0.5 if tight else 1)
            keep = money <= v * people + 1e-9
        elif name == "min_roi":
            v = float(rng.uniform(0.5, 6.0)) * (2 if tight else 1)
            keep = customers[:, here] @ worth[mine[here]] >= v * money - 1e-9
        elif name == "min_customers":
            v = float(rng.uniform(1, 40)) * (5 if tight else 1)
            keep = people >= v - 1e-9
        elif name == "cash_until":
            t, of, v = 1, None, float(rng.uniform(15, 60))
            options = {"period": "W2"}
            gone = np.array(
                [
                    (1.0 if when[i] == 0 else 0.4 if when[i] == 1 else 0.0)
                    if late[mine[i]]
                    else float(when[i] <= 1)
                    for i in range(len(places))
                ]
            )
            keep = spend @ gone <= v + 1e-9
        elif name == "max_channels":
            v, of = 1.0, None
            keep = used.sum(1) <= v
        else:
            v = float(rng.uniform(10, 50))
            who = groups[of]
            total = np.stack([spend[:, mine == k].sum(1) + fees[:, k] for k in who], axis=1)
            keep = np.all((total >= v - 1e-9) | ~used[:, who], axis=1)
        rules.append(Rule(str(name), v, of, options))
        allowed = allowed & keep
    return World(
        Problem(tuple(lines), tuple(rules), Goal(goal), periods=PERIODS),
        spend,
        customers,
        allowed,
        value,
    )
