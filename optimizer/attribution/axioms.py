"""The axiom card: which promises each model keeps, checked on the user's own journeys.

The journeys (the most frequent different paths) are changed in a way whose effect on fair credit is known, and every
model is asked again. A deviation is the largest change of a channel's credit, as a share of all credit.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.attribution.family import MODELS, Options
from optimizer.messages import _

Row = tuple[tuple[str, ...], float, float, float]  # path, conversions, value, nulls
Credit = Mapping[str, float]
HOLDS = 1e-8
PATHS = 1000

AXIOMS = {
    "adds up": _("credit (and what is shown as organic) adds up to the observed conversions"),
    "null channel": _("a channel on no converting journey gets nothing"),
    "symmetry": _("two channels that occur in the same places get the same"),
    "rename": _("other names, same credit"),
    "row order": _("other order of rows, same credit"),
    "duplicate rows": _("every journey twice, twice the credit"),
    "merging channels": _("two channels under one name get the sum of what they got"),
}


@dataclass(frozen=True)
class Axiom:
    """One promise of one model on these data. deviation: share of all credit, 0 where it holds exactly."""

    model: str
    axiom: str
    deviation: float
    holds: bool


def card(
    rows: Sequence[Row], models: Sequence[str], seed: int = 0, **options: Any
) -> tuple[Axiom, ...]:
    """Every axiom for every model, on a list of paths. options: as for `attribute`."""
    if not rows or not sum(row[1] for row in rows):
        return ()
    found: list[Axiom] = []
    kept = Options.of(**{"direct": options["direct"]} if "direct" in options else {}).direct
    plain = _ask(rows, models, options)
    total = sum(row[1] for row in rows)
    for axiom, check in _CHECKS.items():
        changed, expected = check(rows, random.Random(seed), kept)
        answers = plain if changed is rows else _ask(changed, models, options)
        for model in models:
            deviation = expected(plain[model], answers[model], total)
            found.append(Axiom(model, axiom, deviation, deviation <= HOLDS))
    return tuple(found)


def _ask(
    rows: Sequence[Row], models: Sequence[str], options: Mapping[str, Any]
) -> dict[str, dict[str, float]]:
    """Credit by model and channel; organic under the empty name."""
    import pandas as pd

    from optimizer.attribution.models import attribute

    frame = pd.DataFrame(
        [(" > ".join(path), won, value, lost) for path, won, value, lost in rows],
        columns=["path", "conversions", "value", "nulls"],
    )
    result = attribute(frame, list(models), **options)
    return {
        credit.model: {
            "": credit.organic_conversions or 0.0,
            **dict(zip(credit.channels, credit.conversions.tolist(), strict=True)),
        }
        for credit in result.credits
    }


Expected = Callable[[Credit, Credit, float], float]
Change = Callable[[Sequence[Row], random.Random, Sequence[str]], tuple[Sequence[Row], Expected]]


def _apart(one: Credit, two: Credit, total: float) -> float:
    names = {*one, *two}
    return max(abs(one.get(name, 0.0) - two.get(name, 0.0)) for name in names) / total


def _same(changed: Sequence[Row]) -> tuple[Sequence[Row], Expected]:
    return changed, _apart


def _adds_up(
    rows: Sequence[Row], draw: random.Random, kept: Sequence[str]
) -> tuple[Sequence[Row], Expected]:
    return rows, lambda plain, _, total: abs(sum(plain.values()) - total) / total


def _null_channel(
    rows: Sequence[Row], draw: random.Random, kept: Sequence[str]
) -> tuple[Sequence[Row], Expected]:
    """A new channel joins the lost journeys of one path in ten, somewhere on their way, and no converting one."""
    changed: list[Row] = []
    chosen = {path for path, *__ in [row for row in rows if row[3]][::10]}
    for path, won, value, lost in rows:
        if path in chosen:
            at = draw.randint(0, len(path) - 1)
            changed += [
                (path, won, value, 0.0),
                ((*path[:at], _("null channel"), *path[at:]), 0.0, 0.0, lost),
            ]
        else:
            changed.append((path, won, value, lost))
    changed.append(((_("null channel"),), 0.0, 0.0, 1.0))
    return changed, lambda _, now, total: abs(now["null channel"]) / total


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
            twin = tuple("twin channel" if step == name else step for step in path)
            changed += [(path, won / 2, value / 2, lost / 2), (twin, won / 2, value / 2, lost / 2)]
        else:
            changed.append((path, won, value, lost))
    return changed, lambda _, now, total: abs(now[name] - now["twin channel"]) / total


def _rename(
    rows: Sequence[Row], draw: random.Random, kept: Sequence[str]
) -> tuple[Sequence[Row], Expected]:
    """Names that sort the other way round; `kept` names have a meaning and stay."""
    names = sorted({name for path, *__ in rows for name in path} - set(kept))
    other = {name: f"n{len(names) - i:06d}" for i, name in enumerate(names)}
    changed = [(tuple(other.get(step, step) for step in path), *rest) for path, *rest in rows]
    return changed, lambda plain, now, total: _apart(
        {other.get(name, name): x for name, x in plain.items()}, now, total
    )  # type: ignore[return-value]


def _row_order(
    rows: Sequence[Row], draw: random.Random, kept: Sequence[str]
) -> tuple[Sequence[Row], Expected]:
    changed = list(rows)
    draw.shuffle(changed)
    return _same(changed)


def _duplicates(
    rows: Sequence[Row], draw: random.Random, kept: Sequence[str]
) -> tuple[Sequence[Row], Expected]:
    return [*rows, *rows], lambda plain, now, total: _apart(
        {name: 2 * x for name, x in plain.items()}, now, total
    )


def _merging(
    rows: Sequence[Row], draw: random.Random, kept: Sequence[str]
) -> tuple[Sequence[Row], Expected]:
    """The two busiest channels become one."""
    busiest = _busiest(rows)[:2]
    changed = [
        (tuple("merged channels" if step in busiest else step for step in path), *rest)
        for path, *rest in rows
    ]
    return (
        changed,
        lambda plain, now, total: (
            abs(sum(plain[name] for name in busiest) - now["merged channels"]) / total
        ),
    )  # type: ignore[return-value]


_CHECKS: dict[str, Change] = dict(
    zip(
        AXIOMS,
        (_adds_up, _null_channel, _symmetry, _rename, _row_order, _duplicates, _merging),
        strict=True,
    )
)


def models_for_card() -> list[str]:
    """Models that can be asked about a path table."""
    return [name for name in MODELS if MODELS[name].from_events is None and not MODELS[name].timed]


def deviations(card_: Sequence[Axiom]) -> np.ndarray[Any, Any]:
    """The deviations in the card's order (for tests and plots)."""
    return np.array([axiom.deviation for axiom in card_])
