"""The best evenly paced plan of a company, with its truth in hand."""

from __future__ import annotations

import numpy as np

from families.company import Company
from families.log import Array


def optimum(company: Company) -> tuple[float, Array]:
    """Extra customers of the best plan found, and the plan in money a week.

    Smooth truths are climbed by SLSQP from three starts, sampled ones by moving money between
    channels. What is found is a lower bound of the best: a plan beyond it counts as more than 1.
    """
    return _climbed(company) if company.exact else _moved(company)


def _starts(company: Company) -> list[Array]:
    terms = company.terms
    even = np.ones(len(company.channels))
    mixed = np.random.default_rng(1).dirichlet(even)
    return [
        np.minimum(start * terms.budget / start.sum(), terms.upper)
        for start in (terms.today, even, mixed)
    ]


def _climbed(company: Company) -> tuple[float, Array]:
    from scipy.optimize import minimize

    terms = company.terms
    found: list[tuple[float, Array]] = []
    for start in _starts(company):
        scale = max(company.extra(start), 1.0)
        result = minimize(
            lambda x, scale=scale: -company.extra(x * terms.budget) / scale,
            start / terms.budget,
            method="SLSQP",
            bounds=[(0, most / terms.budget) for most in terms.upper],
            constraints=[{"type": "ineq", "fun": lambda x: 1 - x.sum()}],
            options={"maxiter": 60, "ftol": 1e-7},
        )
        plan = np.clip(result.x, 0, None) * terms.budget
        found.append((company.extra(plan), plan))
    return max(found, key=lambda each: each[0])


def _moved(company: Company) -> tuple[float, Array]:
    terms = company.terms
    plan = _starts(company)[0]
    value = company.extra(plan)
    each = np.eye(len(plan))
    for step in (0.15, 0.15, 0.08, 0.08, 0.04, 0.04, 0.02):
        small = 0.03 * terms.budget
        more, less = np.full(len(plan), -np.inf), np.full(len(plan), np.inf)
        for i, unit in enumerate(each):
            if plan[i] < terms.upper[i] - 1:
                raised = np.minimum(plan + small * unit, terms.upper)
                more[i] = (company.extra(raised) - value) / small
            if plan[i] > 1:
                lowered = np.maximum(plan - small * unit, 0)
                less[i] = (value - company.extra(lowered)) / min(small, plan[i])
        for _ in range(8):
            to, source = int(more.argmax()), int(less.argmin())
            if to == source or more[to] <= less[source]:
                break
            amount = min(step * terms.budget, plan[source], terms.upper[to] - plan[to])
            moved = plan + amount * (each[to] - each[source])
            reached = company.extra(moved)
            if reached > value:
                plan, value = moved, reached
            more[to] *= 0.8  # the next unit is worth less
            less[source] = np.inf if plan[source] <= 1 else less[source] * 1.25
            if plan[to] >= terms.upper[to] - 1:
                more[to] = -np.inf
    return value, plan
