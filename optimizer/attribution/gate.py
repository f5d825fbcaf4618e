"""The gate: orders scored on journeys not seen, and whether the data can tell at all."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.attribution.folds import folded_touches
from optimizer.attribution.heldout import Score
from optimizer.attribution.options import Options
from optimizer.attribution.order_choice import FOLDS, MAX_ORDER, score_orders
from optimizer.attribution.risk import at_risk
from optimizer.attribution.sequences import sequences_of
from optimizer.attribution.signal_test import Signal, detectable, overall_p, signals_of
from optimizer.data.tables import Events, Paths


@dataclass(frozen=True)
class Gate:
    """What the data can tell of channels.

    Parameters
    ----------
    scores
        Of order 0 and of every Markov order, on journeys not seen.
    signals
        Does a purchase depend on the last touches, by order.
    detectable
        How many times as often people must buy after some touch to be found out here four times
        in five; None where nothing can be compared.
    """

    scores: tuple[Score, ...]
    signals: tuple[Signal, ...]
    detectable: float | None

    @property
    def found(self) -> bool:
        """There is a signal; else the data cannot tell."""
        return any(item.found for item in self.signals)

    @property
    def predicts(self) -> bool:
        """The signal is strong enough to predict how journeys end that were not seen."""
        return any(item.found and (item.end_gain or 0.0) > 0 for item in self.signals)

    @property
    def p_value(self) -> float | None:
        """Of no dependence at any order; None where journeys end in one way only."""
        return overall_p(self.signals)


def gate(
    opened: Events | Paths,
    options: Options,
    max_order: int = MAX_ORDER,
    folds: int = FOLDS,
    seed: int = 0,
) -> Gate:
    """Score every order on held-out journeys, and test whether purchases depend on touches.

    Parameters
    ----------
    opened
        Events or paths on this machine.
    options
        What counts as a journey.
    max_order
        The highest Markov order.
    folds
        Groups of users (of journeys, where there are only paths).
    seed
        Of the permutations.
    """
    touches = folded_touches(opened, options, {}, folds)
    scores = score_orders(sequences_of(touches, max_order, folds))
    sets = at_risk(opened, options, max_order)
    return Gate(tuple(scores), signals_of(sets, scores, seed), detectable(sets[1]))
