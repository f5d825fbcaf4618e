"""Weekly totals on spend: a posterior, with claims and tests where there are some."""

from __future__ import annotations

import numpy as np

from optimizer.evidence.belief import Belief
from optimizer.evidence.kind import EVIDENCE, Company
from optimizer.evidence.sampling.run import draw

LEAST = 2  # periods with sales without which totals say nothing


@EVIDENCE.register
def totals(company: Company, seed: int) -> Belief | None:
    """what was sold each period, divided among organic demand and what spend caused

    Parameters
    ----------
    company
        The tables.
    seed
        Of the draws.

    Returns
    -------
    Belief or None
        None where fewer than two periods of sales are known, or nothing was ever spent.
    """
    if np.isfinite(company.sold).sum() < LEAST or not (company.spend > 0).any():
        return None
    return draw(company, seed)
