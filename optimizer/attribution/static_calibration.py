"""A model's credit set right by lift tests, after the fact: tested channels move, somebody takes the difference.

Any model's credit can be calibrated so. A test says either how many conversions a channel really caused, or how
many times what the model says. What the channel loses (or gains) goes, in proportion to their credit,

    untested   to all channels without a test (the default; the total stays what was observed)
    (channels) to the channels named (the total stays)
    organic    to nobody: it is shown as organic (the total stays)
    total      nowhere: the credited total changes

(The first and the last are do-attribution's `proportional_untested` and `allow_total_change`, the second is how
Dema spreads a causal factor over its "sources".) The lifecycle model has a calibration of its own, which weighs a test
against the model by their errors: `optimizer.attribution.calibration`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.credit import Credit
from optimizer.attribution.uncertainty import interval
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean

Array = NDArray[np.float64]
WORDS = ("untested", "organic", "total")


@dataclass(frozen=True)
class Lift:
    """One channel's test (a platform stands for its tiers together). Either `multiplier`, times what the model says, or
    `conversions`, what the channel caused over the whole history. error: the standard error of that number."""

    channel: str
    multiplier: float | None = None
    conversions: float | None = None
    error: float = 0.0


def read_tests(given: Any) -> tuple[Lift, ...]:
    """Tests from {channel: multiplier}, {channel: {"conversions": 360, "standard_error": 40}}, or a table with the columns
    channel, multiplier, conversions, standard_error (a path or a frame). Raises `Problems` with all that is wrong."""
    entries = list(given.items()) if isinstance(given, Mapping) else _table(given)
    problems: list[Problem] = []
    tests: list[Lift] = []
    for channel, entry in entries:
        where = _("calibrate: {channel}", channel=channel)
        cells = dict(entry) if isinstance(entry, Mapping) else {"multiplier": entry}
        unknown = sorted(set(cells) - {"multiplier", "conversions", "standard_error"})
        numbers = {name: _number(cell) for name, cell in cells.items() if cell is not None}
        said = [name for name in ("multiplier", "conversions") if name in numbers]
        wrong = [
            name for name, number in numbers.items() if number is None or not 0 <= number < np.inf
        ]
        if unknown:
            problems.append(
                Problem(
                    _("unknown entry '{name}'", name=unknown[0]),
                    where,
                    did_you_mean(unknown[0], ("multiplier", "conversions", "standard_error")),
                )
            )
        elif len(said) != 1:
            problems.append(
                Problem(
                    _("a test says either multiplier or conversions"),
                    where,
                    _("write one of the two"),
                )
            )
        elif wrong:
            problems.append(
                Problem(
                    _("{name} is {value}", name=wrong[0], value=repr(cells[wrong[0]])),
                    where,
                    _("write a number of 0 or more, such as 0.7"),
                )
            )
        elif any(test.channel == str(channel) for test in tests):
            problems.append(
                Problem(
                    _("the channel is tested twice"),
                    where,
                    _("give one test for each channel: combine them"),
                )
            )
        else:
            tests.append(
                Lift(
                    str(channel),
                    numbers.get("multiplier"),
                    numbers.get("conversions"),
                    numbers.get("standard_error") or 0.0,
                )
            )
    if problems:
        raise Problems(problems)
    if not tests:
        raise UserError(
            _("calibrate names no channel"),
            fix=_("write {{channel: multiplier}}, or leave calibrate out"),
        )
    return tuple(tests)


def _number(cell: Any) -> float | None:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None


def _table(source: Any) -> list[tuple[str, dict[str, Any]]]:
    from optimizer.data import cells
    from optimizer.data.checking import Check, Column, checked, match
    from optimizer.data.money import number_checks
    from optimizer.data.sources import open_raw

    if not isinstance(source, str | Path) and not hasattr(source, "columns"):
        raise UserError(
            _("a {kind} holds no tests", kind=type(source).__name__),
            "calibrate",
            _("write {{channel: multiplier}}, or name a csv file"),
        )
    raw = open_raw(source)
    names = ("multiplier", "conversions", "standard_error")
    found, __ = match(
        raw,
        (
            Column("channel", True, hints=("source", "platform", "渠道", "平台")),
            Column("multiplier", also=("factor",), hints=("lift", "coefficient", "倍数", "系数")),
            Column("conversions", hints=("orders", "incremental", "转化数")),
            Column("standard_error", also=("error",), hints=("se", "stderr", "标准误")),
        ),
    )
    channel = cells.text(found["channel"].sql, found["channel"].kind)
    shape = {"channel": channel} | {
        n: cells.number(found[n].sql, found[n].kind) if n in found else "CAST(NULL AS DOUBLE)"
        for n in names
    }
    checks = [
        Check(
            "channel",
            f"{channel} IS NULL",
            _("channel is empty"),
            _("name the channel that was tested"),
        )
    ]
    for n in names:
        if n in found:
            checks += number_checks(n, found[n])
    table = checked(raw, shape, checks, found, "tests")
    rows = raw.engine.rows(f"SELECT channel, multiplier, conversions, standard_error FROM {table}")
    return [(row[0], dict(zip(names, row[1:], strict=True))) for row in rows]


def calibrated(
    credit: Credit,
    tests: Sequence[Lift],
    difference: str | Iterable[str] = "untested",
    seed: int = 0,
) -> Credit:
    """The credit after its tests, with its draws and intervals.

    A draw keeps a tested channel at its multiplier (or at its conversions), each with the test's own normal error where it
    has one, never below 0. Rows by stage and by position are scaled with their channel. Removal effects stay what the model
    says. Raises `UserError` for channels that are not here, and where those who should take the difference cannot.
    """
    members = [_members(credit.channels, test) for test in tests]
    taken = np.zeros(len(credit.channels), dtype=int)
    for hit in members:
        taken[hit] += 1
    if (taken > 1).any():
        twice = credit.channels[int(np.argmax(taken > 1))]
        raise UserError(
            _("'{channel}' is tested twice, by itself and with its platform", channel=twice),
            "calibrate",
            _("give one test for each channel"),
        )
    where, to, word = _takers(credit, difference, taken > 0)
    one = _moved(
        credit.conversions[None],
        credit.value[None],
        tests,
        members,
        where,
        None,
        (credit.model, to),
    )
    lost = float(credit.conversions.sum() - one[0].sum()), float(credit.value.sum() - one[1].sum())
    changed: dict[str, Any] = {}
    if word == "organic":
        left = (
            (credit.organic_conversions or 0.0) + lost[0],
            (credit.organic_value or 0.0) + lost[1],
        )
        if left[0] < -1e-9 * max(credit.total_conversions, 1.0):
            raise UserError(
                _(
                    "{model}: the tests ask for {number} more conversions than are organic",
                    model=credit.model,
                    number=f"{-lost[0]:,.1f}",
                ),
                "calibrate",
                _("let other channels give them, or let the total change"),
            )
        changed = {"organic_conversions": max(left[0], 0.0), "organic_value": max(left[1], 0.0)}
    elif word == "total":
        changed = {
            "total_conversions": credit.total_conversions - lost[0],
            "total_value": credit.total_value - lost[1],
        }
    if credit.draws is not None and credit.value_draws is not None:
        draws = _moved(
            credit.draws,
            credit.value_draws,
            tests,
            members,
            where,
            np.random.default_rng(seed).bit_generator.random_raw(),
            None,
        )
        low, high = interval(draws[0])
        changed |= {"draws": draws[0], "value_draws": draws[1], "low": low, "high": high}
    scale = np.divide(
        one[0][0],
        credit.conversions,
        out=np.zeros_like(credit.conversions),
        where=credit.conversions != 0,
    )[:, None]
    for name in ("by_stage", "by_position"):
        if getattr(credit, name) is not None:
            changed[name] = getattr(credit, name) * scale
    notes = [
        _told(credit, test, hit, one[0][0], to) for test, hit in zip(tests, members, strict=True)
    ]
    said = {
        test.channel: test.multiplier
        if test.multiplier is not None
        else {"conversions": test.conversions}
        for test in tests
    }
    options = {**credit.options, "calibrate": said, "difference": to}
    return replace(
        credit,
        conversions=one[0][0],
        value=one[1][0],
        notes=(*credit.notes, *notes),
        options=options,
        **changed,
    )


def _members(channels: Sequence[str], test: Lift) -> NDArray[np.int64]:
    hit = [
        i
        for i, name in enumerate(channels)
        if name == test.channel or name.startswith(test.channel + "/")
    ]
    if not hit:
        raise UserError(
            _("'{channel}' is no channel of the journeys", channel=test.channel),
            "calibrate",
            did_you_mean(test.channel, channels),
        )
    return np.array(hit, dtype=np.int64)


def _takers(
    credit: Credit, difference: str | Iterable[str], tested: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_] | None, str | list[str], str]:
    """Who takes the difference: a mask of channels, or None; what to call them; the word, "" for named channels."""
    if isinstance(difference, str) and difference in WORDS:
        return (~tested if difference == "untested" else None), difference, difference
    names = [difference] if isinstance(difference, str) else list(difference)
    mask = np.zeros(len(credit.channels), dtype=bool)
    for name in names:
        hit = [
            i
            for i, channel in enumerate(credit.channels)
            if channel == name or channel.startswith(name + "/")
        ]
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
    return mask, names, ""


def _moved(
    conversions: Array,
    value: Array,
    tests: Sequence[Lift],
    members: Sequence[NDArray[np.int64]],
    takers: NDArray[np.bool_] | None,
    seed: int | None,
    strict: tuple[str, Any] | None,
) -> tuple[Array, Array]:
    """Calibrated conversions and value, R x C each. seed: of the tests' errors, None for the estimate; strict: (model, to
    whom), for the messages where takers cannot take; None: what they cannot is left out (a draw)."""
    out = conversions.copy(), value.copy()
    for test, hit in zip(tests, members, strict=True):
        level: Any = test.multiplier if test.multiplier is not None else test.conversions
        if seed is not None and test.error:
            noise = np.random.default_rng(
                [seed, zlib.crc32(test.channel.encode())]
            ).standard_normal(len(conversions))
            level = np.maximum(level + test.error * noise, 0.0)
        if test.multiplier is None:
            base = conversions[:, hit].sum(axis=1)
            if strict and base[0] <= 0 < float(np.max(level)):
                raise UserError(
                    _(
                        "{model} gives '{channel}' no credit, so {conversions} conversions cannot be "
                        "laid on it",
                        model=strict[0],
                        channel=test.channel,
                        conversions=f"{test.conversions:,g}",
                    ),
                    "calibrate",
                    _("leave this channel's test out, or choose a model that credits it"),
                )
            level = np.divide(level, base, out=np.zeros_like(base), where=base > 0)
        for part, before in zip(out, (conversions, value), strict=True):
            part[:, hit] = before[:, hit] * np.reshape(level, (-1, 1))
    if takers is not None:
        _hand_on(out, conversions, value, takers, strict)
    return out


def _hand_on(
    out: tuple[Array, Array],
    conversions: Array,
    value: Array,
    takers: NDArray[np.bool_],
    strict: tuple[str, Any] | None,
) -> None:
    """What the tested lost goes to the takers in proportion to what they have (of value: to their conversions where they
    have no value)."""
    for part, before, base in ((out[0], conversions, conversions), (out[1], value, value)):
        lost = before.sum(axis=1) - part.sum(axis=1)
        held = np.where(takers, base, 0.0)
        if base is value:
            held = np.where(
                (held.sum(axis=1) > 0)[:, None], held, np.where(takers, conversions, 0.0)
            )
        whole = held.sum(axis=1)
        if strict is None:
            lost = np.maximum(lost, -whole)
        elif abs(lost[0]) > 1e-12 * max(float(np.abs(before).sum()), 1e-300):
            whom = (
                _("the untested channels") if isinstance(strict[1], str) else ", ".join(strict[1])
            )
            if whole[0] <= 0:
                raise UserError(
                    _(
                        "{model}: nobody with credit is there to take the difference ({whom})",
                        model=strict[0],
                        whom=whom,
                    ),
                    "difference",
                    _("name other channels, or write total or organic"),
                )
            if lost[0] + whole[0] < -1e-9 * whole[0]:
                what = "conversions" if base is conversions else "value"
                raise UserError(
                    _(
                        "{model}: the tests ask for {number} more {what}, but {whom} hold only {whole}",
                        model=strict[0],
                        number=f"{-lost[0]:,.1f}",
                        what=what,
                        whom=whom,
                        whole=f"{whole[0]:,.1f}",
                    ),
                    "difference",
                    _("name more channels, or let the total change: total"),
                )
        share = np.divide(held, whole[:, None], out=np.zeros_like(held), where=whole[:, None] > 0)
        part[:, takers] = (part + share * lost[:, None])[:, takers]


def _told(
    credit: Credit, test: Lift, hit: NDArray[np.int64], after: Array, to: str | list[str]
) -> str:
    places = {
        "untested": _("all untested channels"),
        "organic": "organic",
        "total": _("nobody, so the total changes"),
    }
    whom = places[to] if isinstance(to, str) else ", ".join(to)
    return _(
        "calibrated: {channel} from {before} to {after} conversions; the difference goes to {whom}",
        channel=test.channel,
        before=f"{credit.conversions[hit].sum():,.1f}",
        after=f"{after[hit].sum():,.1f}",
        whom=whom,
    )
