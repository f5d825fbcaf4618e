"""Whether the data can tell attribution models apart at all: null share, single-touch share, and
signal (`signal_test`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.signal_test import Signal, overall_p
from optimizer.journeys.counts import Counts
from optimizer.messages import Message, _

Array = NDArray[np.float64]
State = Literal["ok", "caution", "bad"]

FEW_NULLS, MOSTLY_SINGLE, FEW_CONVERSIONS = 0.02, 0.8, 100
TITLES = {
    "conversions": _("conversions"),
    "null share": _("null share"),
    "single-touch share": _("single-touch share"),
    "signal": _("signal"),
}


@dataclass(frozen=True)
class Check:
    """One line of the data-health gate.

    Parameters
    ----------
    name
        conversions | null share | single-touch share | signal.
    value
        Conversions, a share (0 to 1), a p-value; None: cannot be told.
    state
        ok, caution or bad.
    says
        What it means, and what to do where it is not ok.
    verdict
        The same as a whole sentence; None where there is nothing to say of it in the verdict.
    """

    name: str
    value: float | None
    state: State
    says: Message
    verdict: Message | None = None

    @property
    def title(self) -> Message:
        """The name, for people."""
        return TITLES[self.name]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"name": self.name, "value": self.value, "state": self.state, "says": str(self.says)}


def ends(counts: Counts, order: int) -> tuple[Array, Array]:
    """How journeys ended, by their last touches.

    Parameters
    ----------
    counts
        Transitions of that order.
    order
        Touches in a history.

    Returns
    -------
    won, lost : numpy.ndarray
        Conversions and journeys without one by last history, S each.
    """
    chain = counts.chains[order]
    won, lost = (
        np.asarray(part.sum(axis=0), dtype=np.float64).ravel()
        for part in (chain.conversions, chain.nulls)
    )
    return won, lost


def single_touch(counts: Counts) -> float | None:
    """Share of journeys with one touch only.

    Returns
    -------
    float or None
        0 to 1; None unless order 2 was counted.
    """
    if 2 not in counts.chains:
        return None
    chain = counts.chains[2]
    alone = (chain.states[:, 0] < 0) & (chain.states[:, 1] >= 0)
    whole = sum(part.sum() for part in ends(counts, 2))
    return float(sum(part[alone].sum() for part in ends(counts, 2)) / whole) if whole else None


def checks(counts: Counts, signals: Sequence[Signal]) -> tuple[Check, ...]:
    """The data-health gate.

    Parameters
    ----------
    counts
        Journeys, with the transitions of order 2 where single-touch journeys are to be told.
    signals
        See `signal_test.signals_of`.
    """
    journeys, won, lost = (
        float(part.sum()) for part in (counts.journeys, counts.conversions, counts.nulls)
    )
    out = [_conversions(won)]
    if journeys:
        out.append(_nulls(lost, lost / journeys))
    single = single_touch(counts)
    if single is not None:
        out.append(_single(single))
    if journeys or any(item.p_value is not None for item in signals):
        out.append(_signals(signals))
    return tuple(out)


def _conversions(won: float) -> Check:
    name = "conversions"
    if won == 0:
        return Check(name, won, "bad", _("nothing can be credited"), _("Nothing can be credited."))
    if won < FEW_CONVERSIONS:
        return Check(
            name,
            won,
            "caution",
            _("few conversions: credit is uncertain, look at the intervals"),
            _("Few conversions: credit is uncertain, look at the intervals."),
        )
    return Check(name, won, "ok", _("enough to share out"))


def _nulls(lost: float, share: float) -> Check:
    name = "null share"
    if lost == 0:
        return Check(
            name,
            share,
            "bad",
            _(
                "no journey ends without a conversion: what fails to convert cannot be seen; "
                "export those journeys too"
            ),
            _(
                "No journey ends without a conversion: what fails to convert cannot be seen; "
                "export those journeys too."
            ),
        )
    if share < FEW_NULLS:
        return Check(
            name,
            share,
            "caution",
            _("hardly any journey ends without a conversion: removal effects rest on few journeys"),
            _(
                "Hardly any journey ends without a conversion: removal effects rest on few "
                "journeys."
            ),
        )
    return Check(name, share, "ok", _("journeys without a conversion are there to compare with"))


def _single(share: float) -> Check:
    name = "single-touch share"
    if share > MOSTLY_SINGLE:
        return Check(
            name,
            share,
            "caution",
            _("most journeys have one touch: all models agree on those"),
            _("Most journeys have one touch: all models agree on those."),
        )
    if share < 0.5:
        return Check(name, share, "ok", _("most credit is truly shared"))
    return Check(name, share, "ok", _("many journeys have one touch only"))


def _signals(signals: Sequence[Signal]) -> Check:
    """Whether any order has a signal. The verdict speaks of it elsewhere."""
    name, p = "signal", overall_p(signals)
    if p is None:
        return Check(
            name,
            None,
            "bad",
            _("journeys end in one way only: these data cannot tell the models apart"),
        )
    if any(item.found for item in signals):
        return Check(
            name, p, "ok", _("the last touches tell something of who buys (p = {p})", p=f"{p:.3f}")
        )
    return Check(
        name,
        p,
        "bad",
        _(
            "cannot tell: among people alike in dates and number of touches, where they have been "
            "does not tell who buys (p = {p})",
            p=f"{p:.3f}",
        ),
    )
