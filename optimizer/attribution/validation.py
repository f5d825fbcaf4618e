"""`validate`: held-out comparison of models and orders, axiom checks, data health, and what
follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from optimizer.attribution import axioms, health
from optimizer.attribution.attribute import attribute
from optimizer.attribution.counting import count_under, opened_source
from optimizer.attribution.gate import Gate, gate
from optimizer.attribution.heldout import Score, score_shares
from optimizer.attribution.options import Options
from optimizer.attribution.order_choice import FOLDS, MAX_ORDER, choose, why
from optimizer.attribution.paths import frequent_paths
from optimizer.attribution.registry import MODELS
from optimizer.attribution.signal_test import Signal, overall_p
from optimizer.data.open import Source
from optimizer.data.tables import Events, Paths
from optimizer.journeys.counts import Counts
from optimizer.messages import Message, Text, _, listed
from optimizer.plotting import Plots

if TYPE_CHECKING:
    import pandas as pd

MOST_TIMES = 100  # an effect this large is no longer worth a sentence


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
        The Markov order that predicts best, 0 where none does better than forgetting every touch,
        and the sentence that says why.
    signals
        Does a purchase depend on the last touches, by order.
    detectable
        How many times as often people must buy after some touch to be found out here four times
        in five; None where nothing can be compared.
    health
        The data-health gate.
    axioms
        The promises of every model on these journeys.
    disagreement
        The largest share of credit on which two models differ, 0 to 1.
    tells_models_apart
        Whether the data can: there is a signal, and it predicts journeys not seen.
    verdict
        All that in sentences.
    notes
        Remarks on the data.
    """

    source: Mapping[str, Any]
    scores: tuple[Score, ...]
    order: int
    why: Message
    signals: tuple[Signal, ...]
    detectable: float | None
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
            "p_value": overall_p(self.signals),
            "detectable": self.detectable,
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
        Groups of users, or of journeys where there are only paths.
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
    counts = count_under(opened, chosen, (1, 2))
    if not counts.journeys.sum():
        return _empty(counts)
    judged = gate(opened, chosen, max_order, folds, seed)
    scores = list(judged.scores)
    best = choose(scores)
    order = int(best.order or 0)
    reason = why(scores, best)
    names = _judged(models, counts)
    scores += _held_out(opened, names, chosen, folds)
    checks = health.checks(counts, judged.signals)
    promises = axioms.check_axioms(
        frequent_paths(opened, chosen, axioms.PATHS),
        [name for name in names if not MODELS[name].timed],
        seed,
        order=max(order, 1),
        direct=chosen.direct,
    )
    if isinstance(opened, Events):  # renaming is tried on what was asked, ties and all
        promises = axioms.on_events(opened, promises, order=max(order, 1), **options)
    shown = [name for name in names if MODELS[name].by_default]
    beside = attribute(opened, shown, order=max(order, 1), read_ledger=False, **options)
    compared = beside.compare()
    return Validation(
        counts.source,
        tuple(scores),
        order,
        reason,
        judged.signals,
        judged.detectable,
        checks,
        promises,
        float(compared["share_moved"].max()) if len(compared) else None,
        judged.predicts,
        (
            _order_verdict(order),
            *_signal_verdict(counts, judged),
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
        None,
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


def _order_verdict(order: int) -> Message:
    if order:
        return _("Use Markov order {order}.", order=order)
    return _(
        "Order 0 predicts best: the last touches do not tell what comes next. Where a Markov "
        "chain is wanted, use order 1, the simplest."
    )


def _signal_verdict(counts: Counts, judged: Gate) -> list[Message]:
    """The result of the gate, which may be that the data cannot tell."""
    p, seen = judged.p_value, judged.detectable
    if judged.predicts:
        return [
            _(
                "Where a journey has been tells something of how it ends, so the models can be "
                "told apart by prediction."
            )
        ]
    if judged.found:
        return [
            _(
                "Where people have been tells something of who buys (p = {p}), but too little to "
                "predict journeys not seen: the models can hardly be told apart.",
                p=f"{p:.3f}",
            )
        ]
    if p is None:
        return [_one_way(counts)]
    by_what = (
        _(
            "These data cannot tell the models apart: among journeys of the same length, where "
            "they have been does not tell how they end (p = {p}). Choose by what you know, and "
            "test (hold out a region or an audience).",
            p=f"{p:.3f}",
        )
        if counts.source.get("kind") == "paths"
        else _(
            "These data cannot tell the models apart: among people touched as often, in the same "
            "period and as long ago, where they have been does not tell who buys (p = {p}). "
            "Choose by what you know, and test (hold out a region or an audience).",
            p=f"{p:.3f}",
        )
    )
    if seen is None or not seen < MOST_TIMES:
        return [by_what]
    return [
        by_what,
        _(
            "That is not proof of no effect: one that makes people less than {times} times as "
            "likely to buy after a touch would often go unseen here.",
            times=f"{seen:.2f}",
        ),
    ]


def _one_way(counts: Counts) -> Message:
    if counts.nulls.sum() and counts.conversions.sum():
        return _("There are too few journeys to compare: the data cannot tell the models apart.")
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
