"""A solver's plan made a person's: not a fen above a cap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.allocation.expression import Array
from optimizer.allocation.problem import Problem, Rule

HAIR = 1e-5  # what is further above a cap is no rounding


def within(problem: Problem, spend: Array, rules: Sequence[Rule]) -> Array:
    """The spend with every cap on money kept to the last digit, where it was passed by no more than a solver's
    tolerance (the same object where nothing was). spend: currency per line, set-up costs not included."""
    out = spend
    for rule in rules:
        if rule.name not in ("budget", "max", "fixed", "cash_until") or isinstance(rule.value, str):
            continue
        which = problem.lines_of(rule.of)
        period = rule.options.get("period")
        share, paid = np.ones(len(problem.lines)), 0.0
        if rule.name == "cash_until":
            share = problem.paid_share(str(period))
            which = np.flatnonzero(share > 0)
        else:
            if period is not None:
                which = np.array(
                    [i for i in which if problem.lines[i].period == period], dtype=np.int64
                )
            used = np.unique(problem.channel_of[which[out[which] > 0]])
            paid = float(np.sum(problem.setups[used]))
        free = which[~problem.is_whole[which]]
        over = float(np.sum(out[which] * share[which])) + paid - float(rule.value)
        loose = float(np.sum(out[free] * share[free]))
        if 0 < over <= HAIR * float(rule.value) and over < loose:
            if out is spend:
                out = spend.copy()
            out[free] *= (loose - over) / loose * (1 - 1e-15)
    return out
