"""`validate`: held-out comparison of models and orders, axiom card, data health, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from optimizer.attribution import axioms, health, heldout
from optimizer.attribution.family import MODELS, Options
from optimizer.attribution.heldout import Score
from optimizer.attribution.implied import score_shares
from optimizer.attribution.pair_rates import score_pairs
from optimizer.attribution.paths import frequent_paths
from optimizer.journeys.counts import Counts
from optimizer.messages import _
from optimizer.plotting import Plots

FOLDS = 10
MAX_ORDER = 4


@dataclass(frozen=True)
class Validation(Plots):
    """What the data say about the models.

    scores: every predictor on journeys it had not seen; order: the Markov order to use and why;
    signals: does the end of a journey depend on its last touches, by order; health: the data-health gate;
    axioms: the promises of every model on these journeys; disagreement: the largest share of credit on which two
    models differ; tells_models_apart: whether the data can; verdict: all that in sentences.
    """

    source: Mapping[str, Any]
    scores: tuple[Score, ...]
    order: int
    why: str
    signals: tuple[health.Signal, ...]
    health: tuple[health.Check, ...]
    axioms: tuple[axioms.Axiom, ...]
    disagreement: float | None
    tells_models_apart: bool
    verdict: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        scores = [
            {key: value for key, value in asdict(score).items() if key != "by_fold"}
            for score in self.scores
        ]
        return {
            "source": dict(self.source),
            "order": self.order,
            "why": self.why,
            "signal": any(item.found for item in self.signals),
            "tells_models_apart": self.tells_models_apart,
            "verdict": list(self.verdict),
            "scores": scores,
            "signals": [asdict(item) for item in self.signals],
            "health": [asdict(check) for check in self.health],
            "axioms": [asdict(item) for item in self.axioms],
            "disagreement": self.disagreement,
            "notes": list(self.notes),
        }


def choose_order(
    opened: Any, max_order: int = MAX_ORDER, lookback_days: float | None = None, **given: Any
) -> tuple[int, str]:
    """The Markov order with the best held-out likelihood (see `heldout.choose`), and a sentence that says so."""
    options = Options.of(lookback_days=lookback_days, **given)
    counts = opened if isinstance(opened, Counts) else _counts(opened, options, max_order, FOLDS)
    scores = heldout.score_orders(counts, np.arange(counts.buckets) % min(FOLDS, counts.buckets))
    best = heldout.choose(scores)
    return int(best.order or 1), _why(scores, best)


def _why(scores: Sequence[Score], best: Score) -> str:
    parts = [f"{score.order}: {score.log_likelihood:.4f}" for score in scores if score.order]
    return _(
        "order {order}: best held-out log-likelihood per journey within one standard "
        "error ({names})",
        order=best.order,
        names=", ".join(parts),
    )


def _counts(opened: Any, options: Options, max_order: int, folds: int) -> Counts:
    from optimizer.journeys.counting import count

    return count(
        opened,
        orders=tuple(range(1, max_order + 1)),
        buckets=folds,
        by_path=True,
        lookback_days=options.lookback_days,
        nulls=options.nulls,
        collapse=options.collapse,
        direct=options.direct,
        conversion=options.conversion,
        segment=options.segment,
        platforms=options.platforms,
    )


def validate(
    source: Any,
    max_order: int = MAX_ORDER,
    folds: int = FOLDS,
    seed: int = 0,
    columns: Mapping[str, str] | None = None,
    models: Sequence[str] | None = None,
    **options: Any,
) -> Validation:
    """Compare models and orders on held-out journeys, check every model's promises, and gate the data.

    source:  anything `attribute` takes but bare counts; folds are groups of users, or of different paths where there
             are only paths
    options: see `family.Options`
    """
    from optimizer.attribution.models import attribute, opened_source

    chosen = Options.of(**options)
    opened = opened_source(source, columns, chosen.segment)
    counts = _counts(opened, chosen, max_order, folds)
    paths_only = counts.source.get("kind") == "paths"
    names = [
        name
        for name in (models or MODELS)
        if MODELS[name].from_events is None and not (paths_only and MODELS[name].timed)
    ]
    if not counts.journeys.sum():
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
    scores = heldout.score_orders(counts, np.arange(folds))
    best = heldout.choose(scores)
    shares = {
        name: share(chosen)
        for name in names
        if (share := MODELS[name].share) is not None and not MODELS[name].effect
    }
    scores += score_shares(opened, shares, chosen, folds)
    if "shao" in names:
        scores += score_pairs(opened, chosen, folds)
    signals = health.signal(counts, scores, seed)
    checks = health.checks(counts, signals)
    promises = axioms.card(
        frequent_paths(opened, chosen, axioms.PATHS),
        [name for name in names if not MODELS[name].timed],
        seed,
        order=int(best.order or 1),
        direct=chosen.direct,
    )
    credit = attribute(
        opened,
        [name for name in names if MODELS[name].by_default],
        order=int(best.order or 1),
        **options,
    )
    apart = credit.compare()
    moved = float(apart["share_moved"].max()) if len(apart) else None
    tells = any(item.found for item in signals)
    verdict = _verdict(counts, best, signals, checks, promises, apart, tells)
    return Validation(
        counts.source,
        tuple(scores),
        int(best.order or 1),
        _why(scores, best),
        signals,
        checks,
        promises,
        moved,
        tells,
        verdict,
        counts.notes,
    )


def _verdict(
    counts: Counts,
    best: Score,
    signals: Sequence[health.Signal],
    checks: Sequence[health.Check],
    promises: Sequence[axioms.Axiom],
    apart: Any,
    tells: bool,
) -> tuple[str, ...]:
    says = [_("Use Markov order {order}.", order=best.order)]
    areas = [item.auc for item in signals if item.auc is not None]
    if tells:
        says.append(
            _(
                "Where a journey has been tells something of how it ends, so the models can be "
                "told apart by prediction."
            )
        )
    elif areas:
        says.append(
            _(
                "The data carry no signal for conversion (held-out AUC at most {areas}; chance "
                "is 0.5): they cannot tell the models apart. Choose by what you know, and test "
                "(hold out a region or an audience).",
                areas=f"{max(areas):.3f}",
            )
        )
    elif counts.nulls.sum() and counts.conversions.sum():
        says.append(
            _("There are too few journeys to hold any out: the data cannot tell the models apart.")
        )
    else:
        says.append(
            _(
                "Journeys end in one way only: the data cannot tell the models apart. Export "
                "journeys without a conversion too."
            )
        )
    if len(apart):
        row = apart.loc[apart["share_moved"].idxmax()]
        says.append(
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
        )
    broken = sorted(
        {
            axiom.axiom
            for axiom in promises
            if not axiom.holds
            and axiom.axiom in (_("adds up"), "rename", _("row order"), _("duplicate rows"))
        }
    )
    if broken:
        says.append(
            _("A model breaks a promise that none may break: {names}.", names=", ".join(broken))
        )
    says += [
        check.says[0].upper() + check.says[1:] + "."
        for check in checks
        if check.state != "ok" and check.name != "signal"
    ]
    return tuple(says)
