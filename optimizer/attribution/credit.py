"""The nouns of attribution: what one model answers, and several models side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.disagreement import compare
from optimizer.attribution.ledger import Ledger
from optimizer.journeys.declared import Journey
from optimizer.messages import Text
from optimizer.plotting import Plots
from optimizer.units import share

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
COLUMNS = ("model", "channel", "conversions", "value", "share", "removal_effect", "low", "high")


@dataclass(frozen=True)
class Credit(Plots):
    """One model's answer. Arrays run over `channels`, which are sorted by name.

    Parameters
    ----------
    model
        The model's registered name.
    channels
        C names, sorted.
    conversions, value
        Credit, C each: conversions, and currency. They add up to `total_*` minus `organic_*`.
    total_conversions, total_value
        What there was to hand out.
    order
        Touches that the chain remembers; None for models that take no order.
    removal_effect
        Share of conversions lost when the channel is gone (Markov family), C, or None.
    organic_conversions, organic_value
        What no paid channel caused, or None where the model hands out all.
    stages, by_stage
        Credit in conversions, C x stages; rows add up to `conversions`. None: not told by stage.
    positions, by_position
        The same by the position of the touch in its journey.
    first_day, by_day
        (conversions, value) by day of the touch, days x C each, from `first_day` (ISO) on, for
        models that know it themselves (lifecycle), or None.
    low, high
        90 % bootstrap interval of `conversions`, C each, or None.
    draws, value_draws
        Bootstrap replicates, R x C, of `conversions` and of `value`; the same replicate number
        means the same resampled users in every model. None: not asked for.
    notes
        Remarks for people.
    options
        What the model was given that its readers should know, by name.
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
    notes: tuple[Text, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The model's name with its order: "markov 2"."""
        return self.model if self.order is None else f"{self.model} {self.order}"

    @property
    def share(self) -> Array:
        """Each channel's share of the credited conversions, C, 0 to 1 (0 where none were)."""
        total = float(self.conversions.sum())
        return self.conversions / total if total else np.zeros_like(self.conversions)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form of INTERFACE: model, order, total, organic, channels."""
        out: dict[str, Any] = {
            "model": self.model,
            "total": {"conversions": self.total_conversions, "value": self.total_value},
            "channels": [self._row(i) for i in range(len(self.channels))],
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
            out["notes"] = [str(note) for note in self.notes]
        return out

    def _row(self, i: int) -> dict[str, Any]:
        """The JSON form of one channel."""
        row: dict[str, Any] = {
            "channel": self.channels[i],
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
            row["stages"] = dict(zip(self.stages, self.by_stage[i].tolist(), strict=True))
        if self.by_position is not None:
            row["positions"] = dict(zip(self.positions, self.by_position[i].tolist(), strict=True))
        return row


@dataclass(frozen=True)
class Attribution(Plots):
    """Several models on the same journeys.

    Parameters
    ----------
    source
        What was read: kind, label, rows, users, journeys, from, to, ...
    conversion_rate
        Conversions per journey, 0 to 1; None where there are no journeys.
    credits
        One answer per model and order.
    notes
        Remarks for people.
    journey
        What a journey was.
    ledger
        What of the source was used, and what was not.
    """

    source: Mapping[str, Any]
    conversion_rate: float | None
    credits: tuple[Credit, ...]
    notes: tuple[Text, ...] = ()
    journey: Journey = field(default_factory=Journey)
    ledger: Ledger = field(default_factory=Ledger)

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
            "journey": self.journey.told(whole=True),
            "ledger": self.ledger.as_list(),
        }
        if self.notes:
            out["notes"] = [str(note) for note in self.notes]
        return out

    def to_frame(self) -> pd.DataFrame:
        """One row per model and channel, with `COLUMNS`; what a model does not give is NaN.

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
        return frame.astype(dict.fromkeys(COLUMNS[2:], float))  # NaN, never an object

    def compare(self, against: str | None = None) -> pd.DataFrame:
        """How far the models disagree, pair by pair or against one: see `disagreement.compare`.

        Parameters
        ----------
        against
            A model's name or label; None: all with all.

        Returns
        -------
        pandas.DataFrame
            One row per pair.

        Raises
        ------
        KeyError
            Where no model is called so.
        """
        return compare(self.credits, None if against is None else self[against])
