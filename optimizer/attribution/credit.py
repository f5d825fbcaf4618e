"""The nouns of attribution: what one model answers, and several models side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optimizer.plotting import Plots
from optimizer.units import share

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Credit(Plots):
    """One model's answer. Arrays run over `channels`, which are sorted by name.

    conversions, value:     credit, conversions and currency; they add up to `total_*` minus `organic_*`
    removal_effect:         share of conversions lost when the channel is gone (Markov family), or None
    organic_*:              what no paid channel caused (lifecycle only), or None
    by_stage:               credit in conversions, channels x stages, rows add up to `conversions`, or None
    by_position:            the same by the position of the touch in its journey (`positions`), or None
    by_day:                 (conversions, value) by day of the touch, days x channels each, from `first_day` (ISO) on, for
                            models that know it themselves (lifecycle), or None
    low, high:              90 % bootstrap interval of `conversions`, or None
    draws:                  bootstrap replicates x channels of `conversions` (value_draws: of `value`); the same
                            replicate number means the same resampled users in every model
    """

    model: str
    channels: tuple[str, ...]
    conversions: Array
    value: Array
    total_conversions: float
    total_value: float
    order: int | None = None
    removal_effect: Array | None = None
    organic_conversions: float | None = None
    organic_value: float | None = None
    stages: tuple[str, ...] = ()
    by_stage: Array | None = None
    positions: tuple[str, ...] = ()
    by_position: Array | None = None
    first_day: str | None = None
    by_day: tuple[Array, Array] | None = None
    low: Array | None = None
    high: Array | None = None
    draws: Array | None = None
    value_draws: Array | None = None
    notes: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The model's name with its order, for people: "markov 2"."""
        return self.model if self.order is None else f"{self.model} {self.order}"

    @property
    def share(self) -> Array:
        """Each channel's share of the credited conversions, 0 to 1 (0 for all where nothing was credited)."""
        total = float(self.conversions.sum())
        return self.conversions / total if total else np.zeros_like(self.conversions)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form of INTERFACE: model, order, total, organic, channels."""
        rows = []
        for i, channel in enumerate(self.channels):
            row: dict[str, Any] = {
                "channel": channel,
                "conversions": float(self.conversions[i]),
                "value": float(self.value[i]),
                "share": float(self.share[i]),
            }
            for name, column in (
                ("removal_effect", self.removal_effect),
                ("low", self.low),
                ("high", self.high),
            ):
                if column is not None:
                    row[name] = float(column[i])
            if self.by_stage is not None:
                row["stages"] = {
                    s: float(x) for s, x in zip(self.stages, self.by_stage[i], strict=True)
                }
            if self.by_position is not None:
                row["positions"] = {
                    p: float(x) for p, x in zip(self.positions, self.by_position[i], strict=True)
                }
            rows.append(row)
        out: dict[str, Any] = {
            "model": self.model,
            "total": {"conversions": self.total_conversions, "value": self.total_value},
            "channels": rows,
        }
        if self.order is not None:
            out["order"] = self.order
        if self.organic_conversions is not None:
            out["organic"] = {
                "conversions": self.organic_conversions,
                "value": self.organic_value,
                "share": share(self.organic_conversions, self.total_conversions),
            }
        if self.options:
            out["options"] = dict(self.options)
        if self.notes:
            out["notes"] = list(self.notes)
        return out


@dataclass(frozen=True)
class Attribution(Plots):
    """Several models on the same journeys. `source` says what was read; `conversion_rate` is per journey."""

    source: dict[str, Any]
    conversion_rate: float | None
    credits: tuple[Credit, ...]
    notes: tuple[str, ...] = ()

    def __getitem__(self, model: str) -> Credit:
        """The credit of one model, by name ("markov") or label ("markov 2")."""
        for credit in self.credits:
            if model in (credit.model, credit.label):
                return credit
        raise KeyError(model)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form of INTERFACE."""
        out: dict[str, Any] = {
            "source": self.source,
            "conversion_rate": self.conversion_rate,
            "models": [credit.as_dict() for credit in self.credits],
        }
        if self.notes:
            out["notes"] = list(self.notes)
        return out

    def to_frame(self) -> pd.DataFrame:
        """One row per model and channel: model, channel, conversions, value, share, removal_effect, low, high.

        A model that is asked for at several orders is named with its order ("markov 2").
        """
        import pandas as pd

        names = [credit.model for credit in self.credits]
        rows = [
            {
                "model": credit.label if names.count(credit.model) > 1 else credit.model,
                **{k: row.get(k) for k in COLUMNS[1:]},
            }
            for credit in self.credits
            for row in credit.as_dict()["channels"]
        ]
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        return frame.astype(
            dict.fromkeys(COLUMNS[2:], float)
        )  # what a model does not give is NaN, never an object

    def compare(self, against: str | None = None) -> pd.DataFrame:
        """How far the models disagree, pair by pair or against one of them: see `disagreement.compare`."""
        from optimizer.attribution.disagreement import compare

        return compare(self, against)


COLUMNS = ("model", "channel", "conversions", "value", "share", "removal_effect", "low", "high")
