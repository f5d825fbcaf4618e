"""`validate`: held-out comparison of models and orders, axiom checks, data health, and what
follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.attribution import axioms, health
from optimizer.attribution.attribute import attribute
from optimizer.attribution.counting import opened_source
from optimizer.attribution.heldout import Score, score_shares
from optimizer.attribution.options import Options
from optimizer.attribution.order_choice import (
    FOLDS,
    MAX_ORDER,
    choose,
    count_orders,
    score_orders,
    why,
)
from optimizer.attribution.paths import frequent_paths
from optimizer.attribution.registry import MODELS
from optimizer.data.open import Source
from optimizer.data.tables import Events, Paths
from optimizer.journeys.counts import Counts
from optimizer.messages import Message, Text, _, listed
from optimizer.plotting import Plots

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Validation(Plots):
    """What the data say about the models.

    Parameters
    ----------
    source
        What was read.
    scores
        Every predictor on journeys it had not seen.
    order, why
        The Markov order to use, and the sentence that says why.
    signals
        Does the end of a journey depend on its last touches, by order.
    health
        The data-health gate.
    axioms
        The promises of every model on these journeys.
    disagreement
        The largest share of credit on which two models differ, 0 to 1.
    tells_models_apart
        Whether the data can.
    verdict
        All that in sentences.
    notes
        Remarks on the data.
    """

    source: Mapping[str, Any]
    scores: tuple[Score, ...]
    order: int
    why: Message
    signals: tuple[health.Signal, ...]
    health: tuple[health.Check, ...]
    axioms: tuple[axioms.AxiomCheck, ...]
    disagreement: float | None
    tells_models_apart: bool
    verdict: tuple[Message, ...]
    notes: tuple[Text, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        scores = [
            {key: value for key, value in asdict(score).items() if key != "by_fold"}
            for score in self.scores
        ]
        return {
            "source": dict(self.source),
            "order": self.order,
            "why": str(self.why),
            "signal": any(item.found for item in self.signals),
            "tells_models_apart": self.tells_models_apart,
            "verdict": [str(sentence) for sentence in self.verdict],
            "scores": scores,
            "signals": [asdict(item) for item in self.signals],
            "health": [check.as_dict() for check in self.health],
            "axioms": [asdict(item) for item in self.axioms],
            "disagreement": self.disagreement,
            "notes": [str(note) for note in self.notes],
        }


def validate(
    source: Source,
    max_order: int = MAX_ORDER,
    folds: int = FOLDS,
    seed: int = 0,
    columns: Mapping[str, str] | None = None,
    models: Sequence[str] | None = None,
    **options: Any,
) -> Validation:
    """Compare models and orders on held-out journeys, check every model's promises, and gate the
    data.

    Parameters
    ----------
    source
        Anything `attribute` takes but bare counts.
    max_order
        The highest Markov order compared.
    folds
        Groups of users, or of different paths where there are only paths.
    seed
        Of the permutation test.
    columns
        The source's names of our columns, by ours.
    models
        Names from `registry.MODELS`; None: all that can be judged.
    options
        See `options.Options`.
    """
    chosen = Options.of(**options)
    opened = opened_source(source, columns, chosen.segment)
    counts = count_orders(opened, chosen, max_order, folds)
    if not counts.journeys.sum():
        return _empty(counts)
    scores = score_orders(counts, np.arange(folds))
    best = choose(scores)
    order = int(best.order or 1)
    reason = why(scores, best)
    names = _judged(models, counts)
    scores += _held_out(opened, names, chosen, folds)
    signals = health.signal(counts, scores, seed)
    checks = health.checks(counts, signals)
    promises = axioms.check_axioms(
        frequent_paths(opened, chosen, axioms.PATHS),
        [name for name in names if not MODELS[name].timed],
        seed,
        order=order,
        direct=chosen.direct,
    )
    shown = [name for name in names if MODELS[name].by_default]
    compared = attribute(opened, shown, order=order, **options).compare()
    tells = any(item.found for item in signals)
    return Validation(
        counts.source,
        tuple(scores),
        order,
        reason,
        signals,
        checks,
        promises,
        float(compared["share_moved"].max()) if len(compared) else None,
        tells,
        (
            _("Use Markov order {order}.", order=best.order),
            _signal_verdict(counts, signals, tells),
            *_difference_verdict(compared),
            *_axiom_verdict(promises),
            *(check.verdict for check in checks if check.verdict is not None),
        ),
        counts.notes,
    )


def _empty(counts: Counts) -> Validation:
    return Validation(
        counts.source,
        (),
        1,
        _("there are no journeys"),
        (),
        (),
        (),
        None,
        False,
        (_("There are no journeys."),),
        counts.notes,
    )


def _judged(models: Sequence[str] | None, counts: Counts) -> list[str]:
    """The models that can be judged here: those computed from counts; of paths, none that needs
    times."""
    paths_only = counts.source.get("kind") == "paths"
    return [
        name
        for name in (models or MODELS)
        if MODELS[name].compute is not None and not (paths_only and MODELS[name].timed)
    ]


def _held_out(
    opened: Events | Paths, names: Sequence[str], options: Options, folds: int
) -> list[Score]:
    """Held-out scores of the models that predict otherwise than by a chain."""
    shares = {
        name: share(options)
        for name in names
        if (share := MODELS[name].share) is not None and not MODELS[name].effect
    }
    scores = score_shares(opened, shares, options, folds)
    for name in names:
        judge = MODELS[name].heldout
        if judge is not None:
            scores += judge(opened, options, folds)
    return scores


def _signal_verdict(counts: Counts, signals: Sequence[health.Signal], tells: bool) -> Message:
    areas = [item.auc for item in signals if item.auc is not None]
    if tells:
        return _(
            "Where a journey has been tells something of how it ends, so the models can be "
            "told apart by prediction."
        )
    if areas:
        return _(
            "The data carry no signal for conversion (held-out AUC at most {areas}; chance "
            "is 0.5): they cannot tell the models apart. Choose by what you know, and test "
            "(hold out a region or an audience).",
            areas=f"{max(areas):.3f}",
        )
    if counts.nulls.sum() and counts.conversions.sum():
        return _(
            "There are too few journeys to hold any out: the data cannot tell the models apart."
        )
    return _(
        "Journeys end in one way only: the data cannot tell the models apart. Export "
        "journeys without a conversion too."
    )


def _difference_verdict(compared: pd.DataFrame) -> list[Message]:
    if not len(compared):
        return []
    row = max(compared.to_dict("records"), key=lambda pair: float(pair["share_moved"]))
    return [
        _(
            "The models differ most between {model} and {other}: {moved} of the credit "
            "changes hands, most of it for {channel} ({share} against {against}).",
            model=row["model"],
            other=row["against"],
            moved=f"{row['share_moved']:.1%}",
            channel=row["largest_mover"],
            share=f"{row['share']:.1%}",
            against=f"{row['share_against']:.1%}",
        )
    ]


def _axiom_verdict(promises: Sequence[axioms.AxiomCheck]) -> list[Message]:
    broken = {item.axiom for item in promises if not item.holds}
    titles = [axioms.AXIOMS[name].title for name in sorted(broken) if axioms.AXIOMS[name].binding]
    if not titles:
        return []
    return [_("A model breaks a promise that none may break: {names}.", names=listed(titles))]
