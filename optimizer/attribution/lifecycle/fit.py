"""From events to a fitted lifecycle, step by step."""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.bootstrap import BUCKETS
from optimizer.attribution.lifecycle.buyers import Buyers, fit_buyers
from optimizer.attribution.lifecycle.chain import Array, Chain, touch_rates
from optimizer.attribution.lifecycle.em import estimate
from optimizer.attribution.lifecycle.history import (
    daily_series,
    doubts,
    exposure_classes,
    newcomers,
)
from optimizer.attribution.lifecycle.incrementality import (
    Incrementality,
    combined,
    fit_incrementality,
    untested,
    with_incrementality,
)
from optimizer.attribution.lifecycle.model import LATELY, Lifecycle
from optimizer.attribution.lifecycle.parameters import ExpectedCounts, HmmParameters, first_guess
from optimizer.attribution.lifecycle.partial_pooling import pooling_weights
from optimizer.attribution.lifecycle.placebo import placebo
from optimizer.attribution.lifecycle.replicates import CountsByBucket
from optimizer.attribution.lifecycle.sequence import Sequence, arrange, same_day_share
from optimizer.attribution.lifecycle.stage_chain import stage_chain
from optimizer.data.tables import Events
from optimizer.errors import UserError
from optimizer.journeys.event_days import SAMPLE, EventDays, event_days
from optimizer.messages import _

# rows of event-days on which most rounds of the estimation are made, then on all
PARTS = (30_000, 120_000)
ROUNDS = (50, 12, 2)
# a channel that likelier than this merely harvests is left out and the rest estimated anew, in so
# many rounds
EXCLUDED_ABOVE, EXCLUDED_ROUNDS = 0.5, 5


def fit_lifecycle(
    events: Events,
    stages: Seq[Any] | None = None,
    paid: Seq[str] | None = None,
    unpaid: Seq[str] = ("direct",),
    buckets: int = BUCKETS,
    sample: int = SAMPLE,
    check_timing: bool = True,
    rounds: tuple[int, ...] = ROUNDS,
    timeout: float | None = None,
) -> Lifecycle:
    """Fit the lifecycle model to events.

    Parameters
    ----------
    events
        An opened events table.
    stages
        The scenario's; None: the default five.
    paid
        Channels money can be put on; None: all but `unpaid`.
    unpaid
        How people who come by themselves are called.
    buckets
        Groups of users for the bootstrap.
    sample
        Events above which a sample of whole users is read.
    check_timing
        Whether uplifts are held against the calendar.
    rounds
        Rounds of estimation on the parts of `PARTS`, and on all people.
    timeout
        Days after which somebody untouched falls back a stage, in the mean; None: estimated.

    Raises
    ------
    UserError
        Where nobody was ever touched or nobody ever bought.
    """
    days = event_days(events, stages, buckets, sample, timeout)
    return fit_days(days, paid, unpaid, buckets, check_timing, rounds)


@dataclass(frozen=True)
class _Inputs:
    """What all steps read: the event-days, touches of the people read (days x C), people first
    seen a day (days,), the part of a touch's effect on its own day, channels that are signs only
    and that are paid (C,), weights of siblings (C x C), where the estimation starts, and the
    number of buckets.
    """

    days: EventDays
    touches: Array
    entering: Array
    same_day: float
    inert: NDArray[np.bool_]
    paid: NDArray[np.bool_]
    pooling: Array
    guess: HmmParameters
    buckets: int

    def lives(
        self, days: EventDays, part: int = 1, without: NDArray[np.bool_] | None = None
    ) -> Sequence:
        """The lives of every `part`-th user; channels of `without` are never at work.

        Parameters
        ----------
        days
            Event-days, of the same channels as `self.days`.
        part
            n: only every n-th user (to start the estimation with).
        without
            (C,) channels that are never at work, besides those that are signs only (None: no
            others).
        """
        inert = self.inert if without is None else self.inert | without
        return arrange(days, self.same_day, part, inert)


@dataclass(frozen=True)
class _Estimate:
    """What is known when all is estimated: parameters and their counts, what makes buyers order
    again, the chain of both, the same without effects of excluded channels, incrementality, and
    where each user stands (U x K).
    """

    parameters: HmmParameters
    counts: ExpectedCounts
    buyers: Buyers
    raw: Chain
    working: Chain
    incrementality: Incrementality
    standing: Array


def fit_days(
    days: EventDays,
    paid: Seq[str] | None = None,
    unpaid: Seq[str] = ("direct",),
    buckets: int = BUCKETS,
    check_timing: bool = True,
    rounds: tuple[int, ...] = ROUNDS,
) -> Lifecycle:
    """As `fit_lifecycle`, from event-days already read.

    Parameters
    ----------
    days
        See `event_days`.
    paid, unpaid, buckets, check_timing, rounds
        As in `fit_lifecycle`.
    """
    _require_touches_and_purchases(days)
    inputs = _inputs(days, paid, unpaid, buckets)
    weight, klass = exposure_classes(days)
    fitted = _estimate(inputs, weight, check_timing, rounds)
    if check_timing:
        fitted = _without_harvesters(inputs, weight, fitted)
    return _lifecycle(inputs, fitted, _users(fitted, klass, len(weight)))


def _require_touches_and_purchases(days: EventDays) -> None:
    """Raise `UserError` where there is nothing to learn from."""
    if not days.channels:
        raise UserError(
            _("no channel ever touched anybody"),
            fix=_("the lifecycle model needs rows with event 'touch' and a channel"),
        )
    if days.totals[0] == 0:
        raise UserError(
            _("nobody ever bought"),
            fix=_(
                "the lifecycle model needs rows with event '{purchase}'",
                purchase=days.ladder.purchase,
            ),
        )


def _inputs(days: EventDays, paid: Seq[str] | None, unpaid: Seq[str], buckets: int) -> _Inputs:
    """The event-days with what is derived from them once."""
    is_paid = (
        [c not in unpaid for c in days.channels]
        if paid is None
        else [c in set(paid) for c in days.channels]
    )
    return _Inputs(
        days=days,
        touches=days.volume * days.share,
        entering=np.bincount(days.first_day, minlength=days.days).astype(float),
        same_day=same_day_share(days),
        inert=np.array([c in unpaid and (paid is None or c not in paid) for c in days.channels]),
        paid=np.array(is_paid),
        pooling=pooling_weights(days.channels),
        guess=first_guess(len(days.channels), len(days.ladder.levels)),
        buckets=buckets,
    )


def _estimate(
    inputs: _Inputs, weight: Array, check_timing: bool, rounds: tuple[int, ...]
) -> _Estimate:
    """Everything from all channels. weight: (G,) of the exposure classes."""
    days = inputs.days
    whole = inputs.lives(days)
    parameters, counts = _hidden_levels(inputs, whole, rounds)
    buyers = fit_buyers(days, inputs.same_day, inputs.buckets, inputs.inert)
    raw = stage_chain(parameters, counts, buyers, weight)
    incrementality = (
        _held_against_the_calendar(inputs, raw, parameters.emission)
        if check_timing
        else untested(len(days.channels))
    )
    standing = np.zeros((len(days.bucket), len(days.ladder.levels)))
    standing[whole.user] = counts.standing
    return _Estimate(parameters, counts, buyers, raw, raw, incrementality, standing)


def _hidden_levels(
    inputs: _Inputs, whole: Sequence, rounds: tuple[int, ...]
) -> tuple[HmmParameters, ExpectedCounts]:
    """The hidden Markov model: most of the way on few people, where a round is cheap, then on
    all.
    """
    parameters, owed = inputs.guess, 0
    for rows, turns in zip(PARTS, rounds, strict=False):
        part, owed = len(whole.day) // rows, owed + turns
        if part > 1:
            parameters, __ = estimate(
                inputs.lives(inputs.days, part),
                inputs.touches / part,
                parameters,
                owed,
                inputs.guess,
                pooling=inputs.pooling,
            )
            owed = 0
    return estimate(
        whole,
        inputs.touches,
        parameters,
        owed + rounds[-1],
        inputs.guess,
        inputs.buckets,
        inputs.pooling,
    )


def _held_against_the_calendar(inputs: _Inputs, chain: Chain, emission: Array) -> Incrementality:
    """Incrementality of each channel, see `fit_incrementality`."""
    signs, sales = daily_series(inputs.days)
    return fit_incrementality(chain, emission, inputs.touches, inputs.entering, signs, sales)


def _without_harvesters(inputs: _Inputs, weight: Array, all_in: _Estimate) -> _Estimate:
    """Leave out channels that likelier than not merely harvest, and estimate the rest anew.

    Such a channel has explained away what others caused: its touches stand beside purchases that
    people owed to their stage. What it may yet keep is taken from the baseline of the others.
    """
    harvesting = inputs.paid & ~inputs.inert & (all_in.incrementality.harvest > EXCLUDED_ABOVE)
    if not harvesting.any() or (harvesting | ~inputs.paid).all():
        return all_in
    rest = inputs.days.without(harvesting)
    seq = inputs.lives(rest, without=harvesting)
    others, seen = estimate(
        seq,
        rest.volume * inputs.days.share,
        all_in.parameters,
        EXCLUDED_ROUNDS,
        inputs.guess,
        inputs.buckets,
        inputs.pooling,
    )
    standing = all_in.standing.copy()
    standing[seq.user] = seen.standing
    before, found, column = all_in.parameters, all_in.counts, harvesting[:, None]
    parameters = replace(
        others,
        up=np.where(column, before.up, others.up),
        buy=np.where(column, before.buy, others.buy),
        exposure=np.where(column, before.exposure, others.exposure),
    )
    counts = replace(
        seen,
        pushes=np.where(column, found.pushes, seen.pushes),
        buys=np.where(column, found.buys, seen.buys),
        trials=np.where(column, found.trials, seen.trials),
        reached=np.where(column, found.reached, seen.reached),
    )
    raw = stage_chain(parameters, counts, all_in.buyers, weight)
    working = replace(raw, up=np.where(column, 0.0, raw.up), buy=np.where(column, 0.0, raw.buy))
    incrementality = combined(
        all_in.incrementality,
        _held_against_the_calendar(inputs, working, parameters.emission),
        harvesting,
    )
    return _Estimate(parameters, counts, all_in.buyers, raw, working, incrementality, standing)


def _users(fitted: _Estimate, klass: NDArray[np.int64], classes: int) -> Array:
    """People read by class and stage at the end of the data, G x S."""
    k = fitted.standing.shape[1]
    people = fitted.buyers.people
    out = np.zeros((classes, k + 2))
    for g in range(classes):
        mine = klass == g
        out[g, :k] = fitted.standing[mine].sum(axis=0)
        out[g, k], out[g, k + 1] = (people[mine] == 1).sum(), (people[mine] == 2).sum()
    return out


def _lifecycle(inputs: _Inputs, fitted: _Estimate, users: Array) -> Lifecycle:
    """The result. users: G x S people read, by class and stage at the end of the data."""
    days, raw, incrementality = inputs.days, fitted.raw, fitted.incrementality
    nobody = np.zeros((1, *users.shape))
    rates, __, inflow = touch_rates(fitted.working, nobody, inputs.touches, inputs.entering)
    chain = with_incrementality(
        raw, incrementality.factor[None], rates.mean(axis=0), incrementality.excluded
    )
    firsts, orders, first_value, value = days.totals
    per_first = first_value / firsts
    share, arrivals = newcomers(days, inputs.paid)
    return Lifecycle(
        channels=days.channels,
        paid=inputs.paid,
        ladder=days.ladder,
        days=days.days,
        chain=chain,
        raw=raw,
        incrementality=incrementality,
        users=users / days.share,
        recent=days.volume[-LATELY:].mean(axis=0),
        newcomers=share,
        arrivals=arrivals,
        values=(per_first, (value - first_value) / max(orders - firsts, 1.0) or per_first),
        totals=days.totals,
        rates=rates,
        inflow=inflow / days.share,
        evidence=CountsByBucket(fitted.counts, fitted.parameters, fitted.buyers, inputs.inert),
        notes=(*days.notes, *doubts(days, inputs.paid)),
        start=days.start,
        placebo=placebo(days),
    )
