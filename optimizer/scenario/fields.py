"""The kinds of values a scenario holds, each read by its meaning and described to editors by the
same declaration.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from optimizer.messages import _
from optimizer.scenario.values import PLAIN, Wrong, describe, number, read
from optimizer.units import Amount, Count, Kind, Money, Positive, Ratio, Share


def typed(hint: Any) -> BeforeValidator:
    """A pydantic field that is read as `values.read` reads the type hint.

    Parameters
    ----------
    hint
        A type that `values.read` knows, with its `Kind` where it is a number.

    Returns
    -------
    BeforeValidator
        It raises `Wrong` where a value is something else.
    """
    return BeforeValidator(lambda raw: read(hint, raw))


# kinds only the scenario knows
Part = Annotated[
    float,
    Kind("share", 5e-324, 1, hint=_("a share above 0 and at most 1, or a percentage such as 30%")),
]
Fading = Annotated[
    float,
    Kind("share", 0, 0.999999, hint=_("a share from 0 to below 1, or a percentage such as 30%")),
]
First = Annotated[int, Kind("first", 1, 1e9, whole=True, hint=_("a whole number, 1 or more"))]
Periods = Annotated[
    int, Kind("periods", 1, 520, whole=True, hint=_("a whole number of periods from 1 to 520"))
]
Days = Annotated[
    int, Kind("days", 1, 3650, whole=True, hint=_("a whole number of days from 1 to 3650"))
]

MoneyField = Annotated[float, typed(Money), WithJsonSchema(describe(Money))]
ShareField = Annotated[float, typed(Share), WithJsonSchema(describe(Share))]
PartField = Annotated[float, typed(Part), WithJsonSchema(describe(Part))]
FadingField = Annotated[float, typed(Fading), WithJsonSchema(describe(Fading))]
RatioField = Annotated[float, typed(Ratio), WithJsonSchema(describe(Ratio))]
AmountField = Annotated[float, typed(Amount), WithJsonSchema(describe(Amount))]
PositiveField = Annotated[float, typed(Positive), WithJsonSchema(describe(Positive))]
CountField = Annotated[int, typed(Count), WithJsonSchema(describe(Count))]
FirstField = Annotated[int, typed(First), WithJsonSchema(describe(First))]
PeriodsField = Annotated[int, typed(Periods), WithJsonSchema(describe(Periods))]
DaysField = Annotated[int, typed(Days), WithJsonSchema(describe(Days))]
NumberField = Annotated[float, BeforeValidator(lambda raw: number(raw, PLAIN))]
SharesField = Annotated[  # one share, or several
    tuple[float, ...],
    BeforeValidator(
        lambda raw: read(tuple[Share, ...], raw if isinstance(raw, list | tuple) else [raw])
    ),
    WithJsonSchema(describe(Share | tuple[Share, ...])),
]
Text = Annotated[str, typed(str)]
TitleField = Annotated[  # language -> name; one name stands for every language
    dict[Literal["en", "zh"], Text],
    BeforeValidator(lambda raw: {"en": raw, "zh": raw} if isinstance(raw, str) else raw),
    WithJsonSchema(describe(str | dict[str, str])),
]
Name = Annotated[str, BeforeValidator(lambda raw: _name(raw)), Field(min_length=1)]


def _name(raw: Any) -> str:
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str) or not raw.strip():
        raise Wrong(
            _("{raw} is not a name", raw=repr(raw)), _("write a name, in quotes if it is a number")
        )
    return raw.strip()
