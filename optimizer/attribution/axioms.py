"""Axiom checks: which promises each model keeps, on the user's own journeys.

The journeys (the most frequent different paths) are changed in a way whose effect on fair credit
is known, and every model is asked again. A deviation is the largest change of a channel's credit,
as a share of all credit.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from optimizer.attribution.attribute import attribute
from optimizer.attribution.options import Options
from optimizer.attribution.paths import Row
from optimizer.attribution.registry import MODELS
from optimizer.data.tables import Events
from optimizer.journeys.direct import direct_channels
from optimizer.journeys.prepared import renamed
from optimizer.messages import Message, _

CreditByName = Mapping[str, float]  # organic under the empty name
Expected = Callable[[CreditByName, CreditByName, float], float]  # before, after, total -> deviation
Change = Callable[[Sequence[Row], random.Random, Sequence[str]], tuple[Sequence[Row], Expected]]

HOLDS = 1e-8
PATHS = 1000
# Channels that a change adds; no name of the user's, which is checked on a copy of the journeys.
NULL, TWIN, MERGED = "null channel", "twin channel", "merged channels"


@dataclass(frozen=True)
class Axiom:
    """A promise.

    Parameters
    ----------
    title, promise
        Its name, and what it promises.
    change
        (rows, random numbers, names that have a meaning) -> the changed rows, and what must hold
        then.
    binding
        Whether no model may break it.
    """

    title: Message
    promise: Message
    change: Change
    binding: bool = False


@dataclass(frozen=True)
class AxiomCheck:
    """One promise of one model on these data.

    Parameters
    ----------
    model, axiom
        By name.
    deviation
        Share of all credit, 0 where the promise holds exactly.
    holds
        Whether the deviation is rounding.
    """

    model: str
    axiom: str
    deviation: float
    holds: bool

    @property
    def title(self) -> Message:
        """The promise's name, for people."""
        return AXIOMS[self.axiom].title


def check_axioms(
    rows: Sequence[Row], models: Sequence[str], seed: int = 0, **options: Any
) -> tuple[AxiomCheck, ...]:
    """Every axiom for every model, on a list of paths.

    Parameters
    ----------
    rows
        (path, conversions, value, nulls) each.
    models
        Names of models that can be asked about paths (`checkable_models`).
    seed
        Of what is changed at random.
    options
        As for `attribute`.

    Returns
    -------
    tuple of AxiomCheck
        Empty where nothing converted.
    """
    if not rows or not sum(row[1] for row in rows):
        return ()
    found: list[AxiomCheck] = []
    given = Options.of(**{"direct": options["direct"]} if "direct" in options else {}).direct
    kept = direct_channels(sorted({name for path, *__ in rows for name in path}), given)
    options = {**options, "direct": kept}
    plain = _ask(rows, models, options)
    total = sum(row[1] for row in rows)
    for name, axiom in AXIOMS.items():
        changed, expected = axiom.change(rows, random.Random(seed), kept)
        answers = plain if changed is rows else _ask(changed, models, options)
        for model in models:
            deviation = expected(plain[model], answers[model], total)
            found.append(AxiomCheck(model, name, deviation, deviation <= HOLDS))
    return tuple(found)


def on_events(
    opened: Events, checks: Sequence[AxiomCheck], **options: Any
) -> tuple[AxiomCheck, ...]:
    """The checks with `rename` tried on the events themselves: on what was asked, ties and all.

    Parameters
    ----------
    opened
        Events.
    checks
        Of `check_axioms`.
    options
        As for `attribute`.
    """
    models = [check.model for check in checks if check.axiom == "rename"]
    if not models:
        return tuple(checks)
    names = sorted(opened.facts["channels"])
    kept = direct_channels(names, Options.of(**options).direct)
    others = [name for name in names if name not in kept]
    new = {name: f"n{len(others) - i:06d}" for i, name in enumerate(others)}
    plain, now = (
        attribute(source, models, read_ledger=False, **options)
        for source in (opened, renamed(opened, new))
    )
    found = {}
    for one, two in zip(plain.credits, now.credits, strict=True):
        before = {
            new.get(name, name): credit
            for name, credit in zip(one.channels, one.conversions.tolist(), strict=True)
        }
        after = dict(zip(two.channels, two.conversions.tolist(), strict=True))
        found[one.model] = _largest_move(before, after, one.total_conversions or 1.0)
    return tuple(
        replace(check, deviation=found[check.model], holds=found[check.model] <= HOLDS)
        if check.axiom == "rename"
        else check
        for check in checks
    )


def checkable_models() -> list[str]:
    """Models that can be asked about a path table.

    Returns
    -------
    list of str
        Names, in the order of the registry.
    """
    return [name for name in MODELS if MODELS[name].compute is not None and not MODELS[name].timed]


def _ask(
    rows: Sequence[Row], models: Sequence[str], options: Mapping[str, Any]
) -> dict[str, dict[str, float]]:
    """Credit by model and channel."""
    import pandas as pd

    frame = pd.DataFrame(
        [(" > ".join(path), won, value, lost) for path, won, value, lost in rows],
        columns=["path", "conversions", "value", "nulls"],
    )
    result = attribute(frame, list(models), read_ledger=False, **options)
    return {
        credit.model: {
            "": credit.organic_conversions or 0.0,
            **dict(zip(credit.channels, credit.conversions.tolist(), strict=True)),
        }
        for credit in result.credits
    }


def _largest_move(one: CreditByName, two: CreditByName, total: float) -> float:
    names = {*one, *two}
    return max(abs(one.get(name, 0.0) - two.get(name, 0.0)) for name in names) / total


def _adds_up(
    rows: Sequence[Row], draw: random.Random, kept: Sequence[str]
) -> tuple[Sequence[Row], Expected]:
    return rows, lambda plain, now, total: abs(sum(plain.values()) - total) / total


def _null_channel(
    rows: Sequence[Row], draw: random.Random, kept: Sequence[str]
) -> tuple[Sequence[Row], Expected]:
    """A new channel joins the lost journeys of one path in ten, on their way, and no converting
    one."""
    changed: list[Row] = []
    chosen = {path for path, *__ in [row for row in rows if row[3]][::10]}
    for path, won, value, lost in rows:
        if path in chosen:
            at = draw.randint(0, len(path) - 1)
            changed += [(path, won, value, 0.0), ((*path[:at], NULL, *path[at:]), 0.0, 0.0, lost)]
        else:
            changed.append((path, won, value, lost))
    changed.append(((NULL,), 0.0, 0.0, 1.0))
    return changed, lambda plain, now, total: abs(now[NULL]) / total


def _busiest(rows: Sequence[Row]) -> list[str]:
    """Channels by the conversions on whose paths they are, most first."""
    touched: dict[str, float] = {}
    for path, won, __, __ in rows:
        for name in set(path):
            touched[name] = touched.get(name, 0.0) + won
    return sorted(touched, key=lambda name: (-touched[name], name))


def _symmetry(
    rows: Sequence[Row], draw: random.Random, kept: Sequence[str]
) -> tuple[Sequence[Row], Expected]:
    """Half of the journeys of the busiest channel meet its twin instead."""
    name = _busiest(rows)[0]
    changed: list[Row] = []
    for path, won, value, lost in rows:
        if name in path:
            twin = tuple(TWIN if step == name else step for step in path)
            changed += [(path, won / 2, value / 2, lost / 2), (twin, won / 2, value / 2, lost / 2)]
        else:
            changed.append((path, won, value, lost))
    return changed, lambda plain, now, total: abs(now[name] - now[TWIN]) / total


def _rename(
    rows: Sequence[Row], draw: random.Random, kept: Sequence[str]
) -> tuple[Sequence[Row], Expected]:
    """Names that sort the other way round; `kept` names have a meaning and stay."""
    names = sorted({name for path, *__ in rows for name in path} - set(kept))
    other = {name: f"n{len(names) - i:06d}" for i, name in enumerate(names)}
    changed: list[Row] = [
        (tuple(other.get(step, step) for step in path), won, value, lost)
        for path, won, value, lost in rows
    ]

    def _expected(plain: CreditByName, now: CreditByName, total: float) -> float:
        return _largest_move({other.get(name, name): x for name, x in plain.items()}, now, total)

    return changed, _expected


def _row_order(
    rows: Sequence[Row], draw: random.Random, kept: Sequence[str]
) -> tuple[Sequence[Row], Expected]:
    changed = list(rows)
    draw.shuffle(changed)
    return changed, _largest_move


def _duplicates(
    rows: Sequence[Row], draw: random.Random, kept: Sequence[str]
) -> tuple[Sequence[Row], Expected]:
    def _expected(plain: CreditByName, now: CreditByName, total: float) -> float:
        return _largest_move({name: 2 * x for name, x in plain.items()}, now, total)

    return [*rows, *rows], _expected


def _merging(
    rows: Sequence[Row], draw: random.Random, kept: Sequence[str]
) -> tuple[Sequence[Row], Expected]:
    """The two busiest channels become one."""
    busiest = _busiest(rows)[:2]
    changed: list[Row] = [
        (tuple(MERGED if step in busiest else step for step in path), won, value, lost)
        for path, won, value, lost in rows
    ]

    def _expected(plain: CreditByName, now: CreditByName, total: float) -> float:
        return abs(sum(plain[name] for name in busiest) - now[MERGED]) / total

    return changed, _expected


AXIOMS = {
    "adds up": Axiom(
        _("adds up"),
        _("credit (and what is shown as organic) adds up to the observed conversions"),
        _adds_up,
        binding=True,
    ),
    "null channel": Axiom(
        _("null channel"), _("a channel on no converting journey gets nothing"), _null_channel
    ),
    "symmetry": Axiom(
        _("symmetry"), _("two channels that occur in the same places get the same"), _symmetry
    ),
    "rename": Axiom(_("rename"), _("other names, same credit"), _rename, binding=True),
    "row order": Axiom(
        _("row order"), _("other order of rows, same credit"), _row_order, binding=True
    ),
    "duplicate rows": Axiom(
        _("duplicate rows"), _("every journey twice, twice the credit"), _duplicates, binding=True
    ),
    "merging channels": Axiom(
        _("merging channels"),
        _("two channels under one name get the sum of what they got"),
        _merging,
    ),
}
