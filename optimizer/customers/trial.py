"""An experiment's file: arms of an A/B test, or regions of a geo hold-out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.customers.arms import Arm
from optimizer.data.importers import Choices, read_exports
from optimizer.errors import Problems, UserError
from optimizer.messages import _

if TYPE_CHECKING:
    import pandas as pd

YES = ("1", "true", "yes", "y", "treated", "treatment", "test", "实验", "实验组", "是", "投放")
NO = ("0", "false", "no", "n", "control", "holdout", "hold-out", "对照", "对照组", "否", "不投放")


@dataclass(frozen=True)
class Trial:
    """Either arms, or regions.

    Parameters
    ----------
    arms
        In the file's order.
    regions
        region, period (ISO text), value, treated (bool).
    """

    arms: tuple[Arm, ...] = ()
    regions: pd.DataFrame | None = None


def read_trial(file: Path, columns: tuple[tuple[str, str], ...] = ()) -> Trial:
    """Read an experiment's file, whichever of the two kinds it is.

    Parameters
    ----------
    file
        Arms of an A/B test, or regions of a geo hold-out.
    columns
        (our name, the file's name) where the file has another.

    Raises
    ------
    UserError
        Everything wrong, at once.
    """
    wanted = {ours for ours, __ in columns}
    kinds = (
        ["geo_test"]
        if wanted & {"region", "treated"}
        else ["ab_test"]
        if wanted & {"arm", "visitors"}
        else ["geo_test", "ab_test"]
    )
    wrong: list[UserError] = []
    for kind in kinds:
        with read_exports(kind, [file], Choices(columns=columns)) as found:
            if found.problems:
                wrong.append(Problems(found.problems))
                if any(c.to == "region" for c in found.columns):
                    break  # it is a geo file, with something wrong in it
                continue
            frame = found.frame()
            return (
                Trial(regions=_regions(frame, str(file)))
                if kind == "geo_test"
                else Trial(arms=_arms(frame, str(file)))
            )
    raise wrong[-1]


def _regions(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    sides = frame["treated"].astype(str).str.strip().str.lower()
    unknown = sorted(set(sides) - {*YES, *NO})
    if unknown:
        raise UserError(
            _("'{unknown}' does not say whether a region is treated", unknown=unknown[0]),
            where,
            _("write 1 or 0, yes or no, treated or control"),
        )
    return frame.assign(treated=sides.isin(YES), value=frame["value"].astype(float))


def _arms(frame: pd.DataFrame, where: str) -> tuple[Arm, ...]:
    names = list(dict.fromkeys(frame["arm"]))
    if len(names) < 2:
        raise UserError(
            _("there is one arm only: '{names}'", names=names[0]),
            where,
            _("an experiment has a control and at least one other arm"),
        )
    arms = []
    if "visitors" in frame and "conversions" in frame:
        for name in names:
            rows = frame[frame["arm"] == name]
            if rows[["visitors", "conversions"]].isna().to_numpy().any():
                raise UserError(
                    _("arm '{name}' has rows without visitors or conversions", name=name),
                    where,
                    _("fill them in, 0 where there were none"),
                )
            arms.append(
                Arm.of_share(name, int(rows["visitors"].sum()), int(rows["conversions"].sum()))
            )
    elif "value" in frame:
        yes_or_no = bool(frame["value"].dropna().isin([0, 1]).all())
        for name in names:
            values = frame.loc[frame["arm"] == name, "value"].astype(float)
            if values.isna().any():
                raise UserError(
                    _("arm '{name}' has rows without a value", name=name),
                    where,
                    _("0 for a unit that brought nothing"),
                )
            if yes_or_no:
                arms.append(Arm.of_share(name, len(values), round(math.fsum(values))))
            else:
                mean = math.fsum(values) / len(values)
                arms.append(
                    Arm.of_mean(
                        name,
                        len(values),
                        mean,
                        math.sqrt(math.fsum((values - mean) ** 2) / max(1, len(values) - 1)),
                    )
                )
    else:
        raise UserError(
            _("the outcome is missing"),
            where,
            _("visitors and conversions per arm, or one row per unit with its value"),
        )
    return tuple(arms)
