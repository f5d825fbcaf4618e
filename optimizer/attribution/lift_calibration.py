"""A model's credit set right by lift tests, after the fact: tested channels move, somebody takes
the difference.

Any model's credit can be calibrated so. A test says either how many conversions a channel really
caused, or how many times what the model says. What the channel loses (or gains) goes, in
proportion to their credit,

    untested   to all channels without a test (the default; the total stays what was observed)
    (channels) to the channels named (the total stays)
    organic    to nobody: it is shown as organic (the total stays)
    total      nowhere: the credited total changes

(The first and the last are do-attribution's `proportional_untested` and `allow_total_change`, the
second is how Dema spreads a causal factor over its "sources".) The lifecycle model has a
calibration of its own, which weighs a test against the model by their errors:
`optimizer.attribution.lifecycle.experiments`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.bootstrap import interval
from optimizer.attribution.credit import Credit
from optimizer.attribution.lift_tests import LiftTest
from optimizer.errors import UserError
from optimizer.messages import Message, Text, _, listed
from optimizer.registry import did_you_mean

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
WORDS = ("untested", "organic", "total")


@dataclass(frozen=True)
class _Takers:
    """Who takes the difference. asked: the word or the names; mask: which channels, None for
    nobody."""

    asked: str | list[str]
    mask: Mask | None

    @property
    def who(self) -> Text:
        """The channels that hold credit to give or take."""
        if isinstance(self.asked, str):
            return _("the untested channels")
        return listed(self.asked)

    @property
    def goal(self) -> Text:
        """Where the difference goes."""
        if not isinstance(self.asked, str):
            return listed(self.asked)
        return {
            "untested": _("all untested channels"),
            "organic": _("organic"),
            "total": _("nobody, so the total changes"),
        }[self.asked]


def calibrated(
    credit: Credit,
    tests: Sequence[LiftTest],
    difference: str | Iterable[str] = "untested",
    seed: int = 0,
) -> Credit:
    """The credit after its tests, with its draws and intervals.

    A draw keeps a tested channel at its multiplier (or at its conversions), each with the test's
    own normal error where it has one, never below 0. Rows by stage and by position are scaled with
    their channel. Removal effects stay what the model says.

    Parameters
    ----------
    credit
        One model's answer.
    tests
        At most one for each channel.
    difference
        Who takes what the tested channels lose: see the head of this file.
    seed
        Of the tests' errors in the draws.

    Raises
    ------
    UserError
        For channels that are not here, and where those who should take the difference cannot.
    """
    members = [_members(credit.channels, test) for test in tests]
    takers = _takers(credit, difference, _tested(credit, members))
    before = credit.conversions[None], credit.value[None]
    _refuse_uncredited(credit, tests, members)
    moved = _moved(before, tests, members)
    if takers.mask is not None:
        _refuse_untakeable(credit.model, before, moved, takers, takers.mask)
        moved = _handed_on(before, moved, takers.mask)
    conversions, value = moved[0][0], moved[1][0]
    scale = np.divide(
        conversions,
        credit.conversions,
        out=np.zeros_like(credit.conversions),
        where=credit.conversions != 0,
    )[:, None]
    stated = {
        test.channel: test.multiplier
        if test.multiplier is not None
        else {"conversions": test.conversions}
        for test in tests
    }
    out = replace(
        _rest(credit, takers, conversions, value),
        conversions=conversions,
        value=value,
        by_stage=None if credit.by_stage is None else credit.by_stage * scale,
        by_position=None if credit.by_position is None else credit.by_position * scale,
        notes=(
            *credit.notes,
            *(
                _note(credit, test, hit, conversions, takers)
                for test, hit in zip(tests, members, strict=True)
            ),
        ),
        options={**credit.options, "calibrate": stated, "difference": takers.asked},
    )
    if credit.draws is None or credit.value_draws is None:
        return out
    drawn = credit.draws, credit.value_draws
    errors = int(np.random.default_rng(seed).bit_generator.random_raw())
    replicates = _moved(drawn, tests, members, errors)
    if takers.mask is not None:
        replicates = _handed_on(drawn, replicates, takers.mask)
    low, high = interval(replicates[0])
    return replace(out, draws=replicates[0], value_draws=replicates[1], low=low, high=high)


def _members(channels: Sequence[str], test: LiftTest) -> Index:
    hit = _named(channels, test.channel)
    if not hit:
        raise UserError(
            _("'{channel}' is no channel of the journeys", channel=test.channel),
            "calibrate",
            did_you_mean(test.channel, channels),
        )
    return np.array(hit, dtype=np.int64)


def _named(channels: Sequence[str], name: str) -> list[int]:
    """Where a channel stands, or all tiers of a platform."""
    return [i for i, c in enumerate(channels) if c == name or c.startswith(name + "/")]


def _tested(credit: Credit, members: Sequence[Index]) -> Mask:
    """Which channels have a test; none may have two."""
    times = np.zeros(len(credit.channels), dtype=int)
    for hit in members:
        times[hit] += 1
    if (times > 1).any():
        raise UserError(
            _(
                "'{channel}' is tested twice, by itself and with its platform",
                channel=credit.channels[int(np.argmax(times > 1))],
            ),
            "calibrate",
            _("give one test for each channel"),
        )
    return times > 0


def _takers(credit: Credit, difference: str | Iterable[str], tested: Mask) -> _Takers:
    if isinstance(difference, str) and difference in WORDS:
        return _Takers(difference, ~tested if difference == "untested" else None)
    names = [difference] if isinstance(difference, str) else list(difference)
    mask = np.zeros(len(credit.channels), dtype=bool)
    for name in names:
        hit = _named(credit.channels, name)
        if not hit:
            raise UserError(
                _(
                    "the difference cannot go to '{name}', which is no channel of the journeys",
                    name=name,
                ),
                "difference",
                did_you_mean(name, [*credit.channels, *WORDS]),
            )
        mask[hit] = True
    if (mask & tested).any():
        raise UserError(
            _(
                "'{channel}' is tested, so it cannot take the difference",
                channel=credit.channels[int(np.argmax(mask & tested))],
            ),
            "difference",
            _("name channels without a test"),
        )
    return _Takers(names, mask)


def _moved(
    before: tuple[Array, Array],
    tests: Sequence[LiftTest],
    members: Sequence[Index],
    errors: int | None = None,
) -> tuple[Array, Array]:
    """Conversions and value with the tested channels where their tests put them, R x C each.

    errors: seed of the tests' errors; None: the tests are taken as they are.
    """
    after = before[0].copy(), before[1].copy()
    for test, hit in zip(tests, members, strict=True):
        level = _levels(test, before[0][:, hit].sum(axis=1), errors)
        for part, old in zip(after, before, strict=True):
            part[:, hit] = old[:, hit] * level[:, None]
    return after


def _levels(test: LiftTest, base: Array, errors: int | None) -> Array:
    """What the channel's credit is multiplied with, R. base: its conversions, R."""
    stated = test.conversions if test.multiplier is None else test.multiplier
    level = np.full(len(base), stated, dtype=np.float64)
    if errors is not None and test.error:
        # a channel's noise is its own, whatever other tests there are
        generator = np.random.default_rng([errors, zlib.crc32(test.channel.encode())])
        level = np.maximum(level + test.error * generator.standard_normal(len(base)), 0.0)
    if test.multiplier is not None:
        return level
    return np.asarray(np.divide(level, base, out=np.zeros_like(base), where=base > 0))


def _handed_on(
    before: tuple[Array, Array], moved: tuple[Array, Array], mask: Mask
) -> tuple[Array, Array]:
    """What the tested lost goes to the takers, in proportion to what they hold, as far as they
    hold it."""
    conversions, value = moved[0].copy(), moved[1].copy()
    for part, old, held in zip((conversions, value), before, _held(before, mask), strict=True):
        whole = held.sum(axis=1)
        lost = np.maximum(old.sum(axis=1) - part.sum(axis=1), -whole)
        share = np.divide(held, whole[:, None], out=np.zeros_like(held), where=whole[:, None] > 0)
        part[:, mask] = (part + share * lost[:, None])[:, mask]
    return conversions, value


def _held(before: tuple[Array, Array], mask: Mask) -> tuple[Array, Array]:
    """The takers' conversions and value, R x C each; their conversions where they have no value."""
    conversions, value = np.where(mask, before[0], 0.0), np.where(mask, before[1], 0.0)
    return conversions, np.where((value.sum(axis=1) > 0)[:, None], value, conversions)


def _refuse_uncredited(credit: Credit, tests: Sequence[LiftTest], members: Sequence[Index]) -> None:
    """Conversions cannot be laid on a channel that the model gives nothing."""
    for test, hit in zip(tests, members, strict=True):
        if test.conversions is not None and credit.conversions[hit].sum() <= 0 < test.conversions:
            raise UserError(
                _(
                    "{model} gives '{channel}' no credit, so {conversions} conversions cannot be "
                    "laid on it",
                    model=credit.model,
                    channel=test.channel,
                    conversions=f"{test.conversions:,g}",
                ),
                "calibrate",
                _("leave this channel's test out, or choose a model that credits it"),
            )


def _refuse_untakeable(
    model: str, before: tuple[Array, Array], moved: tuple[Array, Array], takers: _Takers, mask: Mask
) -> None:
    """Takers must be there, and cannot give more than they hold."""
    kinds = _("conversions"), _("value")
    for what, old, new, held in zip(kinds, before, moved, _held(before, mask), strict=True):
        lost, whole = float(old.sum() - new.sum()), float(held.sum())
        if abs(lost) <= 1e-12 * max(float(np.abs(old).sum()), 1e-300):
            continue
        if whole <= 0:
            raise UserError(
                _(
                    "{model}: nobody with credit is there to take the difference ({whom})",
                    model=model,
                    whom=takers.who,
                ),
                "difference",
                _("name other channels, or write total or organic"),
            )
        if lost + whole < -1e-9 * whole:
            raise UserError(
                _(
                    "{model}: the tests ask for {number} more {what}, but {whom} hold only {whole}",
                    model=model,
                    number=f"{-lost:,.1f}",
                    what=what,
                    whom=takers.who,
                    whole=f"{whole:,.1f}",
                ),
                "difference",
                _("name more channels, or let the total change: total"),
            )


def _rest(credit: Credit, takers: _Takers, conversions: Array, value: Array) -> Credit:
    """The credit with its organic part, or its totals, changed by what nobody takes."""
    lost = float(credit.conversions.sum() - conversions.sum())
    lost_value = float(credit.value.sum() - value.sum())
    if takers.asked == "total":
        return replace(
            credit,
            total_conversions=credit.total_conversions - lost,
            total_value=credit.total_value - lost_value,
        )
    if takers.asked != "organic":
        return credit
    left = (credit.organic_conversions or 0.0) + lost
    if left < -1e-9 * max(credit.total_conversions, 1.0):
        raise UserError(
            _(
                "{model}: the tests ask for {number} more conversions than are organic",
                model=credit.model,
                number=f"{-lost:,.1f}",
            ),
            "calibrate",
            _("let other channels give them, or let the total change"),
        )
    return replace(
        credit,
        organic_conversions=max(left, 0.0),
        organic_value=max((credit.organic_value or 0.0) + lost_value, 0.0),
    )


def _note(credit: Credit, test: LiftTest, hit: Index, after: Array, takers: _Takers) -> Message:
    return _(
        "calibrated: {channel} from {before} to {after} conversions; the difference goes to {whom}",
        channel=test.channel,
        before=f"{credit.conversions[hit].sum():,.1f}",
        after=f"{after[hit].sum():,.1f}",
        whom=takers.goal,
    )
