"""Several models on the same journeys: `attribute`. The registry `MODELS` holds every model by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.attribution import by_journey as by_journey
from optimizer.attribution import family
from optimizer.attribution import heuristics as heuristics
from optimizer.attribution import markov as markov
from optimizer.attribution import shao as shao
from optimizer.attribution import staged as staged
from optimizer.attribution.conventions import convention
from optimizer.attribution.credit import Attribution, Credit
from optimizer.attribution.family import MODELS, Answer, Array, Model, Options
from optimizer.attribution.uncertainty import BUCKETS, bucket_weights, interval
from optimizer.errors import Problem, Problems, UserError
from optimizer.journeys.counts import Counts
from optimizer.messages import _

__all__ = ["MODELS", "Options", "attribute"]


@dataclass(frozen=True)
class Ask:
    """One line of the answer: a model with its options."""

    model: Model
    options: Options


def attribute(
    source: Any,
    models: str | Iterable[str] | None = None,
    order: int | str | Sequence[int] = 1,
    lookback_days: float | None = None,
    intervals: int = 0,
    seed: int = 0,
    like: str | None = None,
    columns: Mapping[str, str] | None = None,
    buckets: int = BUCKETS,
    calibrate: Any = None,
    difference: str | Sequence[str] = "untested",
    **options: Any,
) -> Attribution:
    """What each channel contributed, model by model.

    source:        a path, a frame or a table of events or of paths (anything `optimizer.data.tables.open_source`
                   takes, or what it returned), or `Counts`
    models:        names from `MODELS`; by default the models that need nothing but the journeys
    order:         touches a Markov state remembers: a number, several, or "auto" (by held-out likelihood)
    lookback_days: leave out touches older than this before the journey's end
    intervals:     bootstrap replicates for 90 % intervals (0: none), by `buckets` groups of users, seeded by `seed`
    like:          the convention of another tool, see `conventions.LIKE`
    calibrate:     what lift tests found, {channel: multiplier}, {channel: {"conversions": n}} or a table of them; see
                   `static_calibration`
    difference:    who takes what a calibrated channel loses: "untested" (all others), channels by name, "organic", or
                   "total" (nobody: the total changes)
    options:       see `family.Options`

    >>> attribute("paths.csv", models=["last", "markov"], order=2).to_frame()
    """
    given: dict[str, Any] = dict(options)
    names = [models] if isinstance(models, str) else list(models) if models is not None else None
    if like is not None:
        tool = convention(like)
        given = {**tool.options, **given}
        names = list(tool.models) if names is None else names
    if intervals < 0 or int(intervals) != intervals:
        raise UserError(
            _("intervals is {intervals}", intervals=repr(intervals)),
            fix=_("write a number of bootstrap replicates, such as 1000, or 0"),
        )
    chosen = _chosen(names)
    tests = None
    if calibrate is not None:
        from optimizer.attribution.static_calibration import calibrated, read_tests

        tests = read_tests(calibrate)
    opened = (
        source
        if isinstance(source, Counts)
        else opened_source(source, columns, given.get("segment"))
    )
    if names is None:
        chosen = [model for model in chosen if _timed(opened) or not model.timed]
    for model in chosen:
        if model.from_events is not None and not (
            _timed(opened) or (model.paths and not isinstance(opened, Counts))
        ):
            raise UserError(
                _("{name} reads the events themselves", name=model.name),
                fix=_("give an events table") + (" or a path table" if model.paths else ""),
            )
    orders, why = _orders(opened, order, chosen, lookback_days, given)
    asks = [
        Ask(model, Options.of(order=k, lookback_days=lookback_days, **given))
        for model in chosen
        for k in (orders if model.chain or model.removal else orders[:1])
    ]
    counts = (
        opened if isinstance(opened, Counts) else _count(opened, asks, buckets if intervals else 1)
    )
    if intervals and counts.buckets < 2:
        raise UserError(
            _("these counts have no user buckets to resample"), fix=_("count with buckets=200")
        )
    draws = bucket_weights(int(intervals), counts.buckets, seed) if intervals else None
    credits = tuple(_credit(ask, counts, opened, draws) for ask in asks)
    if tests:
        credits = tuple(
            credit if _has_tests(ask) else calibrated(credit, tests, difference, seed)
            for ask, credit in zip(asks, credits, strict=True)
        )
    if draws is not None and not isinstance(opened, Counts) and opened.engine.dialect != "duckdb":
        why = (
            *why,
            _(
                "{dialect} puts users into other groups than DuckDB does: the credit is the "
                "same there, the ends of intervals differ by chance",
                dialect=opened.engine.dialect,
            ),
        )
    return Attribution(dict(counts.source), counts.conversion_rate, credits, (*counts.notes, *why))


def _has_tests(ask: Ask) -> bool:
    """Whether a model weighs tests of its own (the lifecycle model's experiments): those are not laid on it twice."""
    return ask.model.name == "lifecycle" and bool(ask.options.lifecycle.get("experiments"))


def _chosen(names: list[str] | None) -> list[Model]:
    if names is None:
        return [MODELS[name] for name in MODELS if MODELS[name].by_default]
    if not names:
        raise UserError(
            _("no model is named"), fix=_("name one, or leave models out for the usual ones")
        )
    wrong: list[Problem] = []
    chosen: list[Model] = []
    for name in dict.fromkeys(names):
        try:
            chosen.append(MODELS[name])
        except UserError as error:
            wrong.extend(error.problems)
    if wrong:
        raise Problems(wrong)
    return chosen


def opened_source(
    source: Any, columns: Mapping[str, str] | None = None, segment: str | None = None
) -> Any:
    """Events or Paths, whatever the source was; of a segment, everything its people did, whether or not each row says so."""
    from optimizer.customers.segments import of_segment
    from optimizer.data.tables import Events, Paths, open_source

    opened = source if isinstance(source, Events | Paths) else open_source(source, columns)
    return (
        of_segment(opened, segment)
        if segment is not None and isinstance(opened, Events)
        else opened
    )


def _timed(opened: Any) -> bool:
    """Whether the touches have times."""
    if isinstance(opened, Counts):
        return "time_decay" in opened.credit and opened.source.get("kind") != "paths"
    from optimizer.data.tables import Events

    return isinstance(opened, Events)


def _orders(
    opened: Any,
    order: int | str | Sequence[int],
    chosen: list[Model],
    lookback_days: float | None,
    given: Mapping[str, Any],
) -> tuple[list[int], tuple[str, ...]]:
    if order == "auto":
        if not any(model.chain or model.removal for model in chosen):
            return [1], ()
        from optimizer.attribution.validation import choose_order

        best, why = choose_order(opened, lookback_days=lookback_days, **given)
        return [best], (why,)
    orders = [order] if isinstance(order, int | str) else list(order)
    for k in orders:
        Options.of(order=k)
    return [int(k) for k in dict.fromkeys(orders)], ()


def _count(opened: Any, asks: Sequence[Ask], buckets: int) -> Counts:
    """One pass over the journeys for everything that the asked models need."""
    weights = {
        ask.model.name: ask.model.share(ask.options) for ask in asks if ask.model.share is not None
    }
    orders = sorted({ask.options.order for ask in asks if ask.model.chain})
    return _counted(
        opened,
        asks[0].options,
        weights,
        orders,
        any(ask.model.pairs for ask in asks),
        buckets,
        any(ask.options.truncate == "longest" for ask in asks),
    )


def counted(
    opened: Any,
    models: Sequence[Model],
    options: Options,
    buckets: int,
    weights: Mapping[str, str] | None = None,
) -> Counts:
    """What these models and share expressions need, under one set of options (for models that build on others)."""
    return _counted(
        opened,
        options,
        {
            **{model.name: model.share(options) for model in models if model.share is not None},
            **(weights or {}),
        },
        [options.order] if any(model.chain for model in models) else [],
        any(model.pairs for model in models),
        buckets,
        options.truncate == "longest",
    )


def _counted(
    opened: Any,
    options: Options,
    weights: Mapping[str, str],
    orders: Sequence[int],
    pairs: bool,
    buckets: int,
    longest: bool,
) -> Counts:
    from optimizer.journeys.counting import count

    return count(
        opened,
        weights=weights,
        orders=tuple(orders),
        pairs=pairs,
        buckets=buckets,
        lookback_days=options.lookback_days,
        nulls=options.nulls,
        collapse=options.collapse,
        direct=options.direct,
        conversion=options.conversion,
        segment=options.segment,
        platforms=options.platforms,
        longest=longest,
    )


def _credit(ask: Ask, counts: Counts, opened: Any, draws: Array | None) -> Credit:
    model, options = ask.model, ask.options
    if model.from_events is not None:
        credit: Credit = model.from_events(opened, options, draws)
        return credit
    answer = model(counts, np.ones((1, counts.buckets)), options)
    replicates = model(counts, draws, options) if draws is not None else None
    low, high = interval(replicates.conversions) if replicates is not None else (None, None)
    left = answer.unassigned
    positions: tuple[str, ...] = ()
    by_position = None
    if model.by_position and not isinstance(opened, Counts):
        from optimizer.attribution.touch_credit import credit_by_position

        positions, by_position = credit_by_position(opened, model, options)
    return Credit(
        model=model.name,
        channels=counts.channels,
        conversions=answer.conversions[0],
        value=answer.value[0],
        total_conversions=float(counts.conversions.sum()),
        total_value=float(counts.value.sum()),
        order=options.order if model.chain else None,
        removal_effect=None if answer.removal_effect is None else answer.removal_effect[0],
        organic_conversions=None if left is None else float(left[0, 0]),
        organic_value=None if left is None else float(left[0, 1]),
        positions=positions,
        by_position=by_position,
        low=low,
        high=high,
        draws=None if replicates is None else replicates.conversions,
        value_draws=None if replicates is None else replicates.value,
        notes=_notes(model, counts, answer, replicates),
    )


def _notes(
    model: Model, counts: Counts, answer: Answer, replicates: Answer | None
) -> tuple[str, ...]:
    notes = list(answer.notes)
    if replicates is not None:
        notes += [note for note in replicates.notes if note not in notes]
    if model.timed and counts.source.get("kind") == "paths":
        notes.append(_("a paths table has no times: touches are taken to be one day apart"))
    return tuple(notes)


def _join_later_families() -> None:
    """Models that live in modules of their own and join the registry when they are imported."""
    from importlib import import_module
    from importlib.util import find_spec

    for name in ("optimizer.attribution.lifecycle",):
        if find_spec(name) is not None:
            import_module(name)


_join_later_families()
assert family.MODELS is MODELS
