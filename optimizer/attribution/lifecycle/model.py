"""From events to a fitted lifecycle: uplifts, baseline, populations, values, credit."""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.lifecycle.buyers import Buyers, buyers
from optimizer.attribution.lifecycle.chain import (
    Array,
    Chain,
    credit,
    mean_rates,
    stage_values,
    value_of_day,
)
from optimizer.attribution.lifecycle.checks import Placebo, placebo
from optimizer.attribution.lifecycle.estimate import TRIALS, Found, Rates, estimate, first_guess
from optimizer.attribution.lifecycle.sequence import arrange, same_day
from optimizer.attribution.lifecycle.timing import (
    Timing,
    apart,
    calibrated,
    suspicion,
    timing,
    untested,
)
from optimizer.attribution.uncertainty import BUCKETS, bucket_weights
from optimizer.errors import UserError
from optimizer.journeys.stages import SAMPLE, EventDays, Ladder, event_days
from optimizer.messages import _
from optimizer.plotting import Plots

if TYPE_CHECKING:
    from optimizer.data.tables import Events

CLASSES = 5
BESIDE = 0.25  # and this part of what channels do in the mean, which one of them may owe to another
PARTS = (
    30_000,
    120_000,
)  # rows of event-days on which most rounds of the estimation are made, then on all
ROUNDS = (50, 12, 2)
APART = (
    0.5,
    5,
)  # a channel that likelier than this merely harvests is left out and the rest estimated anew, in so many rounds
NEWCOMERS = 14  # days of data below which newcomers cannot be told from those who were there before
MISSING = 1.5  # hidden levels: spread of a replicate of expected counts is widened by this
LUCK = 2.0  # and this much of the chance scatter of untouched steps on touched days, for the same reason


@dataclass(frozen=True)
class Split:
    """What caused what, R replicates (R = 1: the estimate): total and organic (R,), by channel and stage R x C x S,
    by day of the touch R x days x C."""

    total: Array
    organic: Array
    by_stage: Array
    by_day: Array


@dataclass(frozen=True)
class Lifecycle(Plots):
    """A fitted lifecycle. C channels, S stages (K levels before the first purchase, two of buyers), G user classes.

    chain:     the estimate, calibrated (one replicate); raw: before the calendar and experiments had their say
    uplift:    C x S chance per touch to step up or buy; error: its standard error
    organic:   (S,) daily chance to step up or buy with no touch
    users:     G x S people in each stage at the end of the data, whole source
    recent:    (C,) touches a day over the last four weeks; entry: (C,) share of touches that found somebody new
    arrivals:  people a day who first came without a touch of a paid channel
    values:    currency per first order and per later order
    start:     the data's first day, ISO; placebo: uplift on the day before a touch, which should be about zero
    rates, came: touches per user-day (days, C, S) and people entering (days, S) over the history, whole source
    """

    channels: tuple[str, ...]
    paid: NDArray[np.bool_]
    ladder: Ladder
    days: int
    chain: Chain
    raw: Chain
    uplift: Array
    error: Array
    timing: Timing
    users: Array
    recent: Array
    entry: Array
    arrivals: float
    values: tuple[float, float]
    totals: tuple[float, ...]
    rates: Array
    came: Array
    evidence: Evidence
    notes: tuple[str, ...] = ()
    start: str = ""
    placebo: Placebo | None = None

    @property
    def stages(self) -> tuple[str, ...]:
        return self.ladder.names

    def replicates(self, weights: Array | int, seed: int = 0) -> Chain:
        """The chain as it might also be: one replicate per row of bucket weights (or a number of them)."""
        return self.evidence.draw(self, weights, seed)

    def stage_values(self, horizon: int, repeat: bool = True) -> Array:
        """(S,) expected orders (first ones only without `repeat`) within `horizon` days from each stage, at recent touch rates."""
        rates = self.rates[-28:].mean(axis=0)
        reward = np.ones(len(self.stages))
        if not repeat:
            reward[-2:] = 0.0
        value: Array = stage_values(
            self.chain,
            np.repeat(rates[None], horizon, axis=0),
            reward,
            np.ones((1, len(self.channels))),
        )
        return np.asarray(value[0, 0], dtype=np.float64)

    def per_touch(self, horizon: int) -> Array:
        """C x S expected orders that one more touch causes within `horizon` days, by the stage of who is touched."""
        rates = np.repeat(self.rates[-28:].mean(axis=0)[None], horizon, axis=0)
        value = stage_values(
            self.chain, rates, np.ones(len(self.stages)), np.ones((1, len(self.channels)))
        )
        __, keep, idle, sold, push = value_of_day(
            self.chain, rates[0][None], np.ones(len(self.stages)), value[:, 1]
        )
        worth: Array = keep[:, None] * (
            self.chain.buy * sold[:, None] + self.chain.up * (idle * push)[:, None]
        )
        return np.asarray(worth[0], dtype=np.float64)

    def split(self, reward: str = "orders", chain: Chain | None = None, nodes: int = 16) -> Split:
        """Aumann-Shapley credit over the history. reward: orders | customers | value. Totals are the observed ones:
        the chain's parts are scaled to them, and what it got wrong by that is in `notes`."""
        k = len(self.ladder.levels)
        pay = {
            "orders": np.ones(k + 2),
            "customers": np.r_[np.ones(k), 0, 0],
            "value": np.r_[np.full(k, self.values[0]), self.values[1], self.values[1]],
        }[reward]
        seen = {"orders": self.totals[1], "customers": self.totals[0], "value": self.totals[3]}[
            reward
        ]
        total, __, by_stage, by_day = credit(
            chain or self.chain, self.rates, self.came, np.zeros(k + 2), pay, self.paid, nodes
        )
        scale = np.divide(seen, total, out=np.zeros_like(total), where=total > 0)
        if chain is None:  # the estimate: touches do no harm, and nothing is caused below nothing
            by_stage, by_day = _upward(by_stage), _upward(by_day)
        caused_total, by_stage, by_day = (
            total * scale,
            by_stage * scale[:, None, None],
            by_day * scale[:, None, None],
        )
        return Split(caused_total, caused_total - by_stage.sum(axis=(1, 2)), by_stage, by_day)


def _upward(parts: Array) -> Array:
    """Parts below 0 set to 0, the others scaled so that the sum stays (0 where it was below 0)."""
    total, kept = parts.sum(), np.maximum(parts, 0.0)
    return np.asarray(
        kept * (max(float(total), 0.0) / float(kept.sum())) if kept.sum() > 0 else kept,
        dtype=np.float64,
    )


@dataclass(frozen=True)
class Evidence:
    """What replicates are drawn from: expected counts by user bucket."""

    found: Found
    rates: Rates
    buyers: Buyers
    prior_up: Array
    prior_buy: Array
    inert: NDArray[np.bool_]
    tests: Any = None

    def draw(self, life: Lifecycle, weights: Array | int, seed: int) -> Chain:
        """Bucket weights for the uplifts, the calendar's covariance for kappa; a Beta posterior where touches are few."""
        buckets = self.found.pushes.shape[0]
        if isinstance(weights, int):
            weights = (
                bucket_weights(weights, buckets, seed) if buckets > 1 else np.ones((weights, 1))
            )
        rng = np.random.default_rng([seed, 7])
        n, k = len(weights), len(life.ladder.levels)

        def chance(hits: Array, trials: Array, centre: Array, untouched: Array) -> Array:
            total_hits, total = hits.sum(axis=0), trials.sum(axis=0)
            got = np.einsum("rb,b...->r...", weights, hits)
            had = np.einsum("rb,b...->r...", weights, trials)
            moved = (got + TRIALS * centre) / (had + TRIALS) - (total_hits + TRIALS * centre) / (
                total + TRIALS
            )
            thin = np.sqrt(centre * (1 - centre) * TRIALS) / (
                total + TRIALS
            )  # the prior's own spread, gone with data
            # steps that would have come untouched also fall on touched days, more or fewer by luck
            luck = LUCK * np.sqrt(untouched / (total + TRIALS))
            # where levels are hidden, part of what one channel did is laid at the door of those whose touches lie beside its own
            seen = total.sum(axis=1) > 0
            beside = BESIDE * centre[seen].mean(axis=0) if seen.any() else 0.0
            owed = np.broadcast_to(rng.normal(0, 1, (*moved.shape[:2], 1)), moved.shape)
            owed = owed - (owed * total).sum(axis=1, keepdims=True) / np.maximum(
                total.sum(axis=0), 1.0
            )  # one's gain is another's loss
            noise = rng.normal(0, 1, moved.shape) * np.hypot(thin, luck) + owed * beside
            # below 0 is allowed: an interval of nothing has to hold 0
            return np.asarray(
                np.clip(centre + MISSING * moved + noise, -0.05, 0.9), dtype=np.float64
            )

        up, buy = np.zeros((n, len(life.channels), k + 2)), np.zeros((n, len(life.channels), k + 2))
        up[..., :k] = chance(
            self.found.pushes,
            self.found.trials,
            self.rates.up,
            np.r_[np.diag(self.rates.base, 1), 0.0],
        )
        up[..., k - 1] = 0.0
        buy[..., :k] = chance(self.found.buys, self.found.trials, self.rates.buy, self.rates.hazard)
        buy[..., k:] = chance(
            self.buyers.orders, self.buyers.trials, self.buyers.buy, self.buyers.hazard
        )
        up[:, self.inert], buy[:, self.inert] = 0.0, 0.0
        kappa = life.timing.draw(rng, n)
        raw = life.raw
        moved = Chain(
            up,
            buy,
            np.broadcast_to(raw.hazard, (n, k + 2)),
            np.broadcast_to(raw.base, (n, k + 2, k + 2)),
            raw.reach,
            raw.weight,
            raw.entry,
        )
        return calibrated(moved, kappa, life.rates.mean(axis=0), life.timing.apart)


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

    stages: the scenario's (None: the default five); paid: channels money can be put on (None: all but `unpaid`);
    unpaid: how people who come by themselves are called; timeout: days after which somebody untouched falls back a stage,
    in the mean (None: estimated).
    Raises `UserError` where nobody was ever touched or nobody ever bought.
    """
    days = event_days(events, stages, buckets, sample, timeout)
    return fit_days(days, paid, unpaid, buckets, check_timing, rounds)


def fit_days(
    days: EventDays,
    paid: Seq[str] | None = None,
    unpaid: Seq[str] = ("direct",),
    buckets: int = BUCKETS,
    check_timing: bool = True,
    rounds: tuple[int, ...] = ROUNDS,
) -> Lifecycle:
    """As `fit_lifecycle`, from event-days already read."""
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
    own, k, count = same_day(days), len(days.ladder.levels), len(days.channels)
    guess = first_guess(count, k)
    kin = siblings(days.channels)
    inert = np.array([c in unpaid and (paid is None or c not in paid) for c in days.channels])
    is_paid = (
        np.array([c not in unpaid for c in days.channels])
        if paid is None
        else np.array([c in set(paid) for c in days.channels])
    )
    whole = arrange(days, own, inert=inert)
    rates, owed = guess, 0
    for rows, turns in zip(
        PARTS, rounds, strict=False
    ):  # most of the way on few people, where a round is cheap
        part, owed = len(whole.day) // rows, owed + turns
        if part > 1:
            rates, __ = estimate(
                arrange(days, own, part, inert),
                days.volume * days.share / part,
                rates,
                owed,
                guess,
                siblings=kin,
            )
            owed = 0
    rates, found = estimate(
        whole, days.volume * days.share, rates, owed + rounds[-1], guess, buckets, kin
    )
    after = buyers(days, own, buckets, inert)
    weight, klass = _classes(days)
    entering = np.bincount(days.first_day, minlength=days.days).astype(float)
    signs, sales = _series(days)
    touches = days.volume * days.share

    def chained(rates: Rates, found: Found) -> Chain:
        reach = np.column_stack(
            [
                (found.reached + 1e-3) / np.maximum(found.days.sum(axis=0), 1.0),
                (after.reached + 1e-3) / np.maximum(after.days, 1.0),
            ]
        )
        return _chain(rates, after, reach, weight, found.days.sum(axis=0))

    raw = chained(rates, found)
    doubt = suspicion(raw, np.r_[found.days.sum(axis=0), after.days])
    when = (
        timing(raw, rates.show, touches, entering, signs, sales, doubt)
        if check_timing
        else untested(doubt)
    )
    standing, level = raw, np.zeros((len(days.bucket), k))
    level[whole.user] = found.level
    there = is_paid & ~inert & (when.harvest > APART[0]) & check_timing
    if there.any() and not (there | ~is_paid).all():
        rest = days.without(there)
        seq = arrange(rest, own, inert=inert | there)
        others, seen = estimate(seq, rest.volume * days.share, rates, APART[1], guess, buckets, kin)
        level[seq.user] = seen.level
        rates = replace(others, **_merged(others, rates, ("up", "buy", "reach"), there))
        found = replace(
            seen, **_merged(seen, found, ("pushes", "buys", "trials", "reached"), there)
        )
        raw = chained(rates, found)
        standing = replace(
            raw,
            up=np.where(there[:, None], 0.0, raw.up),
            buy=np.where(there[:, None], 0.0, raw.buy),
        )
        when = apart(
            when, timing(standing, rates.show, touches, entering, signs, sales, doubt), there
        )
    spread = np.zeros((len(weight), k + 2))
    for g in range(len(weight)):
        mine = klass == g
        spread[g, :k] = level[mine].sum(axis=0)
        spread[g, k], spread[g, k + 1] = (
            (after.people[mine] == 1).sum(),
            (after.people[mine] == 2).sum(),
        )
    nobody = np.zeros((1, len(weight), k + 2))
    drawn, __, came = mean_rates(standing, nobody, touches, entering)
    chain = calibrated(raw, when.kappa[None], drawn.mean(axis=0), when.apart)
    evidence = Evidence(found, rates, after, guess.up, guess.buy, inert)
    value = days.totals
    recent = days.volume[-28:].mean(axis=0)
    entry, arrivals = _newcomers(days, is_paid)
    life = Lifecycle(
        days.channels,
        is_paid,
        days.ladder,
        days.days,
        chain,
        raw,
        chain.up[0] + chain.buy[0],
        np.zeros((count, k + 2)),
        when,
        spread / days.share,
        recent,
        entry,
        arrivals,
        (
            value[2] / value[0],
            (value[3] - value[2]) / max(value[1] - value[0], 1.0) or value[2] / value[0],
        ),
        value,
        drawn,
        came / days.share,
        evidence,
        (*days.notes, *_doubts(days, is_paid)),
        days.start,
        placebo(days),
    )
    draws = life.replicates(100)
    return replace(life, error=(draws.up + draws.buy).std(axis=0))


def _series(days: EventDays) -> tuple[Array, Array]:
    """Levels shown (days x K - 1) and first purchases a day, of the people that were read."""
    signs = np.zeros((days.days, len(days.ladder.levels) - 1))
    np.add.at(signs, (days.sign[1], days.sign[2] - 1), 1.0)
    first = days.first_orders
    return signs, np.bincount(days.order[1][first], minlength=days.days).astype(float)


def _merged(new: Any, old: Any, names: Seq[str], there: NDArray[np.bool_]) -> dict[str, Any]:
    """What was estimated without some channels, with what was found of these before; arrays with axes ..., C, K."""
    return {
        name: np.where(there[:, None], getattr(old, name), getattr(new, name)) for name in names
    }


def _chain(rates: Rates, after: Buyers, reach: Array, weight: Array, lived: Array) -> Chain:
    count, k = rates.up.shape
    up, buy, hazard, base = (
        np.zeros((1, count, k + 2)),
        np.zeros((1, count, k + 2)),
        np.zeros((1, k + 2)),
        np.zeros((1, k + 2, k + 2)),
    )
    up[0, :, :k], buy[0, :, :k], buy[0, :, k:] = rates.up, rates.buy, after.buy
    up[0, :, k - 1] = 0.0
    hazard[0, :k], hazard[0, k:] = _rising(rates.hazard, lived), after.hazard
    base[0, :k, :k] = rates.base
    base[0, k, k] = base[0, k + 1, k + 1] = 1.0
    return Chain(up, buy, hazard, base, reach, weight, rates.start)


def _rising(hazard: Array, weight: Array) -> Array:
    """Nobody higher up buys less: neighbours that say otherwise are averaged (pool adjacent violators)."""
    blocks: list[list[float]] = []
    for value, size in zip(hazard.tolist(), np.maximum(weight, 1e-9).tolist(), strict=True):
        blocks.append([value, size, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            last, before = blocks.pop(), blocks.pop()
            total = last[1] + before[1]
            blocks.append(
                [(last[0] * last[1] + before[0] * before[1]) / total, total, last[2] + before[2]]
            )
    return np.concatenate([np.full(int(count), value) for value, __, count in blocks])


def siblings(channels: tuple[str, ...]) -> Array:
    """1 between channels of the same platform (first part) or the same tier (last part)."""
    parts = [c.split("/") for c in channels]
    return np.array(
        [
            [
                float(i != j and len(a) > 1 and len(b) > 1 and (a[0] == b[0] or a[-1] == b[-1]))
                for j, b in enumerate(parts)
            ]
            for i, a in enumerate(parts)
        ]
    )


def _classes(days: EventDays) -> tuple[Array, NDArray[np.int64]]:
    """How unequally people are reached: classes by touches per day seen, their weights freed of counting noise."""
    people = len(days.bucket)
    touches = np.bincount(days.touch[0], weights=days.touch[3], minlength=people)
    rate = touches / np.maximum(days.days - days.first_day, 1)
    order = np.argsort(rate, kind="stable")
    klass = np.empty(people, dtype=np.int64)
    klass[order] = np.arange(people) * CLASSES // max(people, 1)
    mean, var = float(touches.mean()), float(touches.var())
    trust = np.clip((var - mean) / var, 0.0, 1.0) if var > 0 else 0.0
    level = np.array(
        [rate[klass == g].mean() if (klass == g).any() else 0.0 for g in range(CLASSES)]
    )
    weight = 1 + np.sqrt(trust) * (level / max(float(level.mean()), 1e-12) - 1)
    return np.maximum(weight, 0.02), klass


def _doubts(days: EventDays, paid: NDArray[np.bool_]) -> list[str]:
    """What the data cannot tell, before any model."""
    out = []
    reached = np.zeros(len(days.bucket), dtype=bool)
    reached[days.touch[0][paid[days.touch[2]] & ~days.touch[4]]] = True
    buyers_seen = np.unique(days.order[0])
    if not reached.any():
        out.append(
            _("no paid channel touched anybody before a purchase: nothing tells what they cause")
        )
    elif not reached[buyers_seen].any():
        out.append(
            _(
                "nobody who bought was touched by a paid channel before: whatever they cause, "
                "they can only have led others up the stages"
            )
        )
    if days.days < NEWCOMERS:
        out.append(
            _(
                "{days} day(s) of data: too short to tell newcomers from those who were there "
                "before; a plan counts on no newcomers",
                days=days.days,
            )
        )
    return out


def _newcomers(days: EventDays, paid: NDArray[np.bool_]) -> tuple[Array, float]:
    """Lately: the share of each channel's touches that found somebody never seen before, and the people a day who
    came without a paid touch. At the beginning of the data everybody is new to them, so less than `NEWCOMERS` days tell
    nothing, and little more is read from their second half."""
    if days.days < NEWCOMERS:
        return np.zeros(len(days.channels)), 0.0
    since = max(days.days - 28, days.days // 2)
    user, day, channel, count, __ = days.touch
    new = (days.first_day[user] == day) & (day >= since)
    total = np.bincount(channel[day >= since], count[day >= since], minlength=len(days.channels))
    people = np.bincount(user[new], minlength=len(days.bucket))
    came = np.zeros(len(days.channels))
    np.add.at(came, channel[new], 1.0 / people[user[new]])
    share = np.where(total > 0, came / np.maximum(total, 1.0), 0.0)
    arrived = float((days.first_day >= since).sum()) - float(came[paid].sum())
    return np.where(paid, share, 0.0), max(arrived, 0.0) / days.share / (days.days - since)
