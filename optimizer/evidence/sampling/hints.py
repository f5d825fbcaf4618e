"""What other kinds of evidence hint at, as priors of the effects and of the share they make up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.evidence.kind import Company, Indication
from optimizer.evidence.sampling.priors import Priors

Array = NDArray[np.float64]
FARTHEST = 4.0  # logarithm of how far a hint's effect per money may lie from the mean of all
SHARES = (0.02, 0.9)  # of sales caused, between which a hinted share is kept


@dataclass(frozen=True)
class Hints:
    """K hints on C channels, merged.

    Parameters
    ----------
    offset
        (K, C) log credit per money, centred; 0 where a hint says nothing. Of a channel that one
        hint doubts less than another, that one's counts for more.
    trust, trust_sd
        (K,) how far differences of credit are differences of effect (an exponent): prior mean and
        standard deviation. The weeks say which hint to heed.
    own_sd
        (C,) log-spread of an effect around what the hints say of it.
    share, share_sd
        Share of sales that spend caused, prior; its spread is on the logit.
    """

    offset: Array
    trust: Array
    trust_sd: Array
    own_sd: Array
    share: float
    share_sd: float


def read_hints(company: Company, spend: Array, usual: Array, priors: Priors) -> Hints:
    """Claims and indications as priors.

    Parameters
    ----------
    company
        Its claims and indications.
    spend
        (T, C) currency per period, nothing missing.
    usual
        (C,) currency per period when a channel is on.
    priors
        What is presumed where nothing hints.
    """
    given = list(company.indications)
    claims = _claims(company, spend, usual, priors)
    if claims is not None:
        given.append(claims)
    count = max(len(given), 1)
    offset = np.zeros((count, len(usual)))
    precision = np.zeros((count, len(usual)))
    for k, hint in enumerate(given):
        speaks = np.isfinite(hint.credit)
        offset[k] = _centred(hint.credit, speaks, usual)
        precision[k] = np.where(speaks, hint.doubt**-2.0, 0.0)
    whole = precision.sum(axis=0)
    offset *= precision / np.maximum(whole / np.maximum((precision > 0).sum(axis=0), 1), 1e-12)
    own = np.where(whole > 0, np.maximum(whole, 1e-9) ** -0.5, priors.unclaimed_sd)
    share, share_sd = _share(company, given, priors)
    return Hints(
        offset,
        np.full(count, priors.trust / max(1.0, priors.trust * count)),
        np.full(count, priors.trust_sd),
        own,
        share,
        share_sd,
    )


def _centred(credit: Array, speaks: NDArray[np.bool_], usual: Array) -> Array:
    """(C,) log credit per money around the mean of the channels spoken of, weighted by money."""
    if not speaks.any():
        return np.zeros(len(usual))
    whole = max(float(credit[speaks].sum()), 1e-9)
    floor = np.exp(-FARTHEST) * whole * usual / usual[speaks].sum()
    rate = np.log(np.maximum(np.where(speaks, credit, 0.0), floor) / usual)
    size = usual * speaks
    out: Array = np.where(
        speaks, np.clip(rate - (size * rate).sum() / size.sum(), -FARTHEST, FARTHEST), 0.0
    )
    return out


def _claims(company: Company, spend: Array, usual: Array, priors: Priors) -> Indication | None:
    """Claims per period with spend, as a hint; None where nobody claims."""
    if company.claimed is None:
        return None
    told = np.isfinite(company.claimed)
    claims = np.maximum(np.nan_to_num(company.claimed), 0.0)
    speaks = claims.sum(axis=0) > 0
    if not speaks.any():
        return None
    on = np.maximum(((spend > 0.05 * usual) & told).sum(axis=0), 1)
    credit = np.where(speaks, (claims.sum(axis=0) + 0.5) / on, np.nan)
    return Indication(credit, np.full(len(usual), priors.own_sd), level=False)


def _share(company: Company, given: list[Indication], priors: Priors) -> tuple[float, float]:
    """Prior share of sales that spend caused: the geometric mean of what hints say, or the usual
    presumption.
    """
    told = [hint for hint in given if hint.level and np.nansum(hint.credit) > 0]
    known = np.isfinite(company.sold)
    if not told or not known.any():
        return priors.share, priors.share_sd
    sold = max(float(company.sold[known].mean()), 1e-9)
    shares = [min(float(np.nansum(hint.credit)) / sold, SHARES[1]) for hint in told]
    share = float(np.exp(np.mean(np.log(np.maximum(shares, SHARES[0] / 10)))))
    return float(np.clip(share, *SHARES)), priors.hinted_share_sd
