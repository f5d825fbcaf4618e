"""Several models on the same journeys: `attribute`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimizer.attribution.bootstrap import BUCKETS, bucket_weights, interval
from optimizer.attribution.compatibility import preset
from optimizer.attribution.counting import counts_for, kept_counts, opened_as_is, opened_source
from optimizer.attribution.credit import Attribution, Credit
from optimizer.attribution.folds import resampled
from optimizer.attribution.ledger import SINGLE, SINGLE_SHARE, Ledger, ledger
from optimizer.attribution.lift_calibration import calibrated
from optimizer.attribution.lift_tests import LiftTest, read_tests
from optimizer.attribution.options import Options
from optimizer.attribution.order_choice import choose_order
from optimizer.attribution.registry import MODELS, ModelSpec
from optimizer.attribution.replicates import Array, CreditReplicates
from optimizer.attribution.touch_credit import credit_by_position
from optimizer.data.open import Source
from optimizer.data.tables import Events, Paths
from optimizer.errors import Problem, Problems, UserError
from optimizer.journeys.counts import Counts
from optimizer.journeys.declared import COUNTED, Journey
from optimizer.journeys.direct import direct_channels, known_direct
from optimizer.journeys.prepared import rolled_up
from optimizer.messages import Message, Text, _
from optimizer.store import Kept

Opened = Events | Paths | Counts


@dataclass(frozen=True)
class Ask:
    """One line of the answer: a model with its options."""

    model: ModelSpec
    options: Options


def attribute(
    source: Source,
    models: str | Iterable[str] | None = None,
    order: int | str | Sequence[int] = 1,
    lookback_days: float | None = None,
    intervals: int = 0,
    seed: int = 0,
    like: str | None = None,
    columns: Mapping[str, str] | None = None,
    buckets: int = BUCKETS,
    calibrate: object = None,
    difference: str | Sequence[str] = "untested",
    journey: Journey | Mapping[str, Any] | None = None,
    read_ledger: bool = True,
    kept: Kept | None = None,
    **options: Any,
) -> Attribution:
    """What each channel contributed, model by model.

    Parameters
    ----------
    source
        A path, a frame or a table of events or of paths (anything `optimizer.data.open.open_source`
        takes, or what it returned), or `Counts`.
    models
        Names from `registry.MODELS`; by default the models that need nothing but the journeys.
    order
        Touches a Markov state remembers: a number, several, or "auto" (by held-out likelihood).
    lookback_days
        Leave out touches older than this before the journey's end, days.
    intervals
        Bootstrap replicates for 90 % intervals (0: none), by `buckets` groups of users.
    seed
        Of the replicates.
    like
        The convention of another tool, see `compatibility.PRESETS`.
    columns
        The source's names of our columns, by ours.
    buckets
        Groups of users that are resampled.
    calibrate
        What lift tests found, {channel: multiplier}, {channel: {"conversions": n}} or a table of
        them; see `lift_calibration`.
    difference
        Who takes what a calibrated channel loses: "untested" (all others), channels by name,
        "organic", or "total" (nobody: the total changes).
    journey
        What a touch, a conversion and a journey are (`journeys.declared.Journey`, or its fields by
        name); what is said beside it counts more.
    read_ledger
        Whether the answer tells what of the source was used, which may take a reading more.
    kept
        Where counts of this very source are found; what the usual models need is then counted along
        with what is asked for.
    options
        See `options.Options`.

    Returns
    -------
    Attribution
        One `Credit` per model and order.

    Raises
    ------
    UserError
        For unknown names, and for models that the source cannot answer.

    Examples
    --------
    >>> import pandas as pd
    >>> paths = pd.DataFrame({"path": ["a > b", "b"], "conversions": [4, 1], "nulls": [6, 9]})
    >>> found = attribute(paths, models=["last", "linear"])
    >>> found["linear"].channels, found["linear"].conversions.tolist()
    (('a', 'b'), [2.0, 3.0])
    """
    declared, given = Journey.of(journey), dict(options)
    if lookback_days is not None:
        given["lookback_days"] = lookback_days
    names = [models] if isinstance(models, str) else list(models) if models is not None else None
    if like is not None:
        tool = preset(like)
        given = {**tool.options, **given}
        names = list(tool.models) if names is None else names
    if intervals < 0 or int(intervals) != intervals:
        raise UserError(
            _("intervals is {intervals}", intervals=repr(intervals)),
            fix=_("write a number of bootstrap replicates, such as 1000, or 0"),
        )
    named = None if names is None else _named(names)
    tests = () if calibrate is None else read_tests(calibrate)
    opened, declared, given = _read(source, declared, columns, like, given)
    chosen = _default(opened) if named is None else named
    for model in chosen:
        _refuse_unreadable(model, opened)
    orders, why = _orders(opened, order, chosen, Options.of(**given))
    asks = [
        Ask(model, Options.of(order=k, **given))
        for model in chosen
        for k in (orders if model.takes_order else orders[:1])
    ]
    read = opened
    if intervals and not isinstance(read, Counts):
        read = resampled(read, asks[0].options)
    if kept is not None:
        kept = kept.told({"journey": declared.told(whole=True)})
    counts, draws = _counted(read, asks, int(intervals), buckets, seed, kept)
    known_direct(counts.channels, asks[0].options.direct)
    credits = [_credit(ask, counts, read, draws) for ask in asks]
    if tests:
        credits = _calibrated(asks, credits, tests, difference, seed)
    drawn = [] if draws is None else _on_draws(opened)
    return Attribution(
        dict(counts.source),
        counts.conversion_rate,
        tuple(credits),
        (*counts.notes, *why, *drawn),
        _journey(declared, asks[0].options),
        _ledger(opened, counts, asks) if read_ledger else Ledger(),
    )


def _on_draws(opened: Opened) -> list[Text]:
    """What must be said of the groups of users that are resampled."""
    if isinstance(opened, Counts) or opened.engine.dialect == "duckdb":
        return []
    return [
        _(
            "{dialect} puts users into other groups than DuckDB does: the credit is the "
            "same there, the ends of intervals differ by chance",
            dialect=opened.engine.dialect,
        )
    ]


def _ledger(opened: Opened, counts: Counts, asks: Sequence[Ask]) -> Ledger:
    """What of the source was used; of a model that passes over direct traffic, which that is."""
    return ledger(opened, counts, asks[0].options, any(_passes_over(ask) for ask in asks))


def _read(
    source: Source,
    declared: Journey,
    columns: Mapping[str, str] | None,
    like: str | None,
    given: dict[str, Any],
) -> tuple[Opened, Journey, dict[str, Any]]:
    """The source as its journey reads it, the journey (of the tool, under what the user declares),
    and the options that follow.
    """
    opened: Opened = (
        source if isinstance(source, Counts) else opened_as_is(source, declared, columns)
    )
    if like is not None and isinstance(opened, Events):
        declared = preset(like).journey_under(declared)
    given = {**declared.counted(), **given}
    if not isinstance(opened, Counts):
        opened = opened_source(opened, None, given.get("segment"), declared)
    return opened, declared, given


def _calibrated(
    asks: Sequence[Ask],
    credits: Sequence[Credit],
    tests: Sequence[LiftTest],
    difference: str | Sequence[str],
    seed: int,
) -> list[Credit]:
    """The credits with lift tests laid on, but for models that weigh them already."""
    return [
        credit if _weighs_tests(ask) else calibrated(credit, tests, difference, seed)
        for ask, credit in zip(asks, credits, strict=True)
    ]


def _journey(declared: Journey, options: Options) -> Journey:
    """The journey as it was counted: the declaration under the options given beside it."""
    return replace(
        declared,
        **{name: getattr(options, name) for name in COUNTED},
        conversion=options.conversion,
        join="reuses" if options.reuse else "closes",
    )


def _named(names: Sequence[str]) -> list[ModelSpec]:
    """The models of these names, each once; all unknown names are said together."""
    if not names:
        raise UserError(
            _("no model is named"), fix=_("name one, or leave models out for the usual ones")
        )
    wrong: list[Problem] = []
    chosen: list[ModelSpec] = []
    for name in dict.fromkeys(names):
        try:
            chosen.append(MODELS[name])
        except UserError as error:
            wrong.extend(error.problems)
    if wrong:
        raise Problems(wrong)
    return chosen


def _default(opened: Opened) -> list[ModelSpec]:
    """The models shown when nobody names any; where the touches have no times, without timed
    ones."""
    timed = _has_times(opened)
    return [MODELS[name] for name in MODELS.by_default() if timed or not MODELS[name].timed]


def _has_times(opened: Opened) -> bool:
    if isinstance(opened, Counts):
        timed = any(name in MODELS and MODELS[name].timed for name in opened.credit)
        return timed and opened.source.get("kind") != "paths"
    return isinstance(opened, Events)


def _refuse_unreadable(model: ModelSpec, opened: Opened) -> None:
    """A model that reads events cannot be asked of counts, nor of paths unless it says so."""
    if model.from_events is None or _has_times(opened):
        return
    if isinstance(opened, Counts) or not model.paths:
        raise UserError(
            _("{name} reads the events themselves", name=model.name),
            fix=_("give an events table or a path table")
            if model.paths
            else _("give an events table"),
        )


def _orders(
    opened: Opened, order: int | str | Sequence[int], chosen: Sequence[ModelSpec], options: Options
) -> tuple[list[int], tuple[Message, ...]]:
    """The orders asked for, and why where they were chosen here."""
    if order == "auto":
        if not any(model.takes_order for model in chosen):
            return [1], ()
        best, why = choose_order(opened, options)
        return [best], (why,)
    orders = [order] if isinstance(order, int | str) else list(order)
    for k in orders:
        Options.of(order=k)
    return [int(k) for k in dict.fromkeys(orders)], ()


def _counted(
    opened: Opened,
    asks: Sequence[Ask],
    intervals: int,
    buckets: int,
    seed: int,
    kept: Kept | None = None,
) -> tuple[Counts, Array | None]:
    """What the asked models need, and the replicates' weights (None: no intervals)."""
    if isinstance(opened, Counts):
        counts = opened
    else:
        asked = [(ask.model, ask.options) for ask in asks]
        shares = any(ask.model.share is not None for ask in asks)
        single = {SINGLE: SINGLE_SHARE} if shares else None
        groups = buckets if intervals else 1
        counts = (
            counts_for(opened, asked, groups, single)
            if kept is None
            else kept_counts(kept, opened, asked, _default(opened), groups)
        )
    if not intervals:
        return counts, None
    if counts.buckets < 2:
        raise UserError(
            _("these counts have no user buckets to resample"), fix=_("count with buckets=200")
        )
    return counts, bucket_weights(intervals, counts.buckets, seed)


def _weighs_tests(ask: Ask) -> bool:
    """Whether a model weighs tests of its own: those are not laid on it twice."""
    return ask.model.weighs_tests is not None and ask.model.weighs_tests(ask.options)


def _credit(ask: Ask, counts: Counts, opened: Opened, draws: Array | None) -> Credit:
    model, options = ask.model, ask.options
    if model.from_events is not None:
        if options.platforms and isinstance(opened, Events) and not model.paths:
            opened = rolled_up(opened)
            opened = opened if draws is None else resampled(opened, options)
        return model.from_events(opened, options, draws)
    estimate = model(counts, np.ones((1, counts.buckets)), options)
    replicates = model(counts, draws, options) if draws is not None else None
    low, high = interval(replicates.conversions) if replicates is not None else (None, None)
    left = estimate.unassigned
    positions, by_position = (
        credit_by_position(opened, model, options)
        if model.by_position and not isinstance(opened, Counts)
        else ((), None)
    )
    return Credit(
        model=model.name,
        channels=counts.channels,
        conversions=estimate.conversions[0],
        value=estimate.value[0],
        total_conversions=float(counts.conversions.sum()),
        total_value=float(counts.value.sum()),
        order=options.order if model.takes_order else None,
        removal_effect=None if estimate.removal_effect is None else estimate.removal_effect[0],
        organic_conversions=None if left is None else float(left[0, 0]),
        organic_value=None if left is None else float(left[0, 1]),
        positions=positions,
        by_position=by_position,
        low=low,
        high=high,
        draws=None if replicates is None else replicates.conversions,
        value_draws=None if replicates is None else replicates.value,
        notes=_notes(ask, counts, estimate, replicates),
    )


def _passes_over(ask: Ask) -> bool:
    """Whether a model tells direct traffic from other."""
    share = ask.model.share(ask.options) if ask.model.share is not None else ""
    return "last_named" in share or "is_direct" in share


def _notes(
    ask: Ask, counts: Counts, estimate: CreditReplicates, replicates: CreditReplicates | None
) -> tuple[Message, ...]:
    model, options = ask.model, ask.options
    notes = [*estimate.notes, *(replicates.notes if replicates is not None else ())]
    if _passes_over(ask) and not direct_channels(counts.channels, options.direct):
        notes.append(
            _("no channel is direct traffic here, so every touch counts (say which with direct)")
        )
    if model.timed and counts.source.get("kind") == "paths":
        notes.append(_("a paths table has no times: touches are taken to be one day apart"))
    return tuple(dict.fromkeys(notes))
