"""Stages from milestones: a scenario's ordered stages read as levels that a person climbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.messages import Message, _

PURCHASE = "purchase"
DEFAULT: tuple[dict[str, Any], ...] = (
    {"name": "awareness"},
    {"name": "interest", "milestones": ["engage", "product_view"]},
    {"name": "decision", "milestones": ["add_to_cart"]},
    {"name": "repurchase", "milestones": [PURCHASE]},
    {"name": "loyalty", "milestones": [PURCHASE], "count": 2},
)
FEW = 20  # milestones of a stage below which the stage cannot be told from its neighbours


@dataclass(frozen=True)
class Ladder:
    """The stages of people, lowest first. Milestones are signs: a stage may be reached without its
    milestone being seen.

    Parameters
    ----------
    levels
        Names of the stages before the first purchase.
    buyers
        Names of the two stages after it (one order, more).
    signs
        Milestone -> level it shows (1 ...).
    purchase
        The event of a purchase.
    notes
        What a reader should know of stages that were left out.
    timeout
        Days after which, in the mean, somebody untouched who shows nothing has fallen back a
        level; None: estimated.
    """

    levels: tuple[str, ...]
    buyers: tuple[str, str]
    signs: Mapping[str, int]
    purchase: str = PURCHASE
    notes: tuple[Message, ...] = ()
    timeout: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All stages."""
        return (*self.levels, *self.buyers)


def ladder(
    stages: Sequence[Any] | None,
    seen: Mapping[str, int],
    purchase: str = PURCHASE,
    timeout: float | None = None,
) -> Ladder:
    """The ladder of a scenario's stages. Stages that the data hardly ever show are left out, and
    that is said.

    Parameters
    ----------
    stages
        Mappings or objects with name, milestones, count; None: the default five.
    seen
        Milestone -> rows of it in the data.
    purchase
        The event of a purchase.
    timeout
        Days, see `Ladder`.

    Examples
    --------
    >>> ladder(None, {"engage": 500, "add_to_cart": 3}).levels
    ('awareness', 'interest')
    """
    rows = [_read(s) for s in (DEFAULT if stages is None else stages)]
    before = [r for r in rows if purchase not in r[1]]
    after = [r[0] for r in rows if purchase in r[1]]
    if not before:
        before = [("awareness", ())]
    levels: list[str] = [before[0][0]]
    signs: dict[str, int] = {}
    notes: list[Message] = []
    for name, milestones in before[1:]:
        shown = sum(int(seen.get(m, 0)) for m in milestones)
        if shown < FEW:
            notes.append(
                _("stage {name} is left out: the data show it {a} times", name=name, a=shown)
            )
            continue
        levels.append(name)
        signs.update({m: len(levels) - 1 for m in milestones if m in seen})
    if len(levels) == 1:
        notes.append(
            _(
                "the journeys carry no milestones before the purchase: only what touches do to "
                "buying itself can be seen"
            )
        )
    names = (*after, "repurchase", "loyalty")[:2] if len(after) != 1 else (after[0], "loyalty")
    return Ladder(tuple(levels), (names[0], names[1]), signs, purchase, tuple(notes), timeout)


def _read(stage: Any) -> tuple[str, tuple[str, ...]]:
    """Name and milestones of a stage, a mapping or an object."""
    given: Mapping[str, Any] = stage if isinstance(stage, Mapping) else vars(stage)
    return str(given.get("name")), tuple(given.get("milestones") or ())
