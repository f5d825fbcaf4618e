"""The knobs of a simulated company: its size, and the traps an attribution method must survive."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from optimizer.errors import Problem, Problems
from optimizer.messages import _
from optimizer.registry import did_you_mean


@dataclass(frozen=True)
class Knobs:
    """One company's size and traps; 1.0 or the default is an ordinary company.

    Parameters
    ----------
    users, weeks, channels
        How large it is.
    seen
        Share of steps between stages that leave a milestone in the data (purchases are always
        seen).
    harvest
        How much more a harvesting channel finds people who buy that very day (1: it only targets
        late stages; 0: there is no harvesting channel).
    organic
        Multiplies every rate at which people step or buy with no touch.
    targeting
        0 (touches fall on anyone) to 1 (each channel seeks the stage it works in).
    heavy
        Spread of how often users are reached at all (0: all alike).
    tiny
        Number of paid channels with a twentieth of a usual channel's touches.
    null
        Number of paid channels whose touches change nothing (and which target nobody in
        particular).
    pauses
        Chance that a channel rests in a week.
    in_step
        0 (each channel's spend wanders on its own) to 1 (all move together).
    season
        Relative swing of organic demand over the year (0: none).
    noise
        Relative week-to-week noise of touches bought per unit of spend.
    """

    users: int = 20_000
    weeks: int = 26
    channels: int = 6
    seen: float = 0.8
    harvest: float = 6.0
    organic: float = 1.0
    targeting: float = 0.5
    heavy: float = 0.8
    tiny: int = 0
    null: int = 0
    pauses: float = 0.08
    in_step: float = 0.0
    season: float = 0.0
    noise: float = 0.08

    def __post_init__(self) -> None:
        problems = [
            Problem(
                _("{name} is {value}", name=name, value=getattr(self, name)),
                "simulate",
                _("from {start} to {end}", start=low, end=high),
            )
            for name, (low, high) in RANGES.items()
            if not low <= getattr(self, name) <= high
        ]
        if not problems and self.tiny + self.null > self.channels - 1:
            problems.append(
                Problem(
                    _("more tiny and null channels than there are channels to spare"),
                    "simulate",
                    _("leave at least one ordinary channel"),
                )
            )
        if problems:
            raise Problems(problems)

    def but(self, **changes: Any) -> Knobs:
        """These knobs with some changed; an unknown name is an error."""
        known = [f.name for f in fields(self)]
        wrong = [
            Problem(_("no knob '{k}'", k=k), "simulate", did_you_mean(k, known))
            for k in changes
            if k not in known
        ]
        if wrong:
            raise Problems(wrong)
        return replace(self, **changes)


RANGES: dict[str, tuple[float, float]] = {
    "users": (100, 2_000_000),
    "weeks": (2, 520),
    "channels": (1, 60),
    "seen": (0, 1),
    "harvest": (0, 100),
    "organic": (0, 20),
    "targeting": (0, 1),
    "heavy": (0, 2),
    "tiny": (0, 59),
    "null": (0, 59),
    "pauses": (0, 0.9),
    "in_step": (0, 1),
    "season": (0, 0.9),
    "noise": (0, 1),
}
