"""What a kind of evidence is: it looks at the tables and returns draws of whole companies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.evidence.belief import Belief
from optimizer.messages import _
from optimizer.registry import Registry

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LiftTest:
    """What a test showed of one channel.

    Parameters
    ----------
    channel
        Its place among the company's channels.
    effect
        New customers that spending on it brought during the test.
    standard_error
        Of `effect`.
    periods
        Places of the periods it lasted (empty: the last eight).
    """

    channel: int
    effect: float
    standard_error: float
    periods: tuple[int, ...] = ()


@dataclass(frozen=True)
class Indication:
    """What one kind of evidence credits each channel with: a hint of its effect, never the effect.

    Parameters
    ----------
    credit
        (C,) new customers per period at the channel's usual spend (nan: it says nothing of it).
    doubt
        (C,) how far an effect may lie from it, standard deviation of the logarithm, beyond what all
        channels have in common.
    level
        Whether its sum also hints at how much all channels bring together.
    """

    credit: Array
    doubt: Array
    level: bool = True


@dataclass(frozen=True)
class Company:
    """A company's tables on one calendar of T periods, with C channels.

    Parameters
    ----------
    days
        Length of a period, days.
    starts
        First day of each period, T.
    channels
        Names, C.
    platforms
        The platform of each channel, C.
    spend
        Currency per period, (T, C).
    sold
        New customers per period, T (nan: missing).
    claimed
        Conversions that platforms claim, (T, C) (None: nobody claims any).
    controls
        What else moved demand, (T, K) (None: nothing is known).
    tests
        Lift tests and geo hold-outs.
    indications
        What other kinds of evidence credit the channels with.
    volume
        Touches that spend bought, (T, C) (None: not known); tells how spend saturates.
    """

    days: float
    starts: NDArray[np.datetime64]
    channels: tuple[str, ...]
    platforms: tuple[str, ...]
    spend: Array
    sold: Array
    claimed: Array | None = None
    controls: Array | None = None
    tests: tuple[LiftTest, ...] = ()
    indications: tuple[Indication, ...] = ()
    volume: Array | None = None


Kind = Callable[[Company, int], Belief | None]  # company, seed; None: the tables say nothing to it

EVIDENCE: Registry[Kind] = Registry(
    _("kind of evidence"), "optimizer.evidence", home="optimizer.evidence.kinds"
)
