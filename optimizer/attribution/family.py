"""What an attribution model is: the registry, the options, and what a model needs to be counted.

A model is one function in `MODELS`. Its docstring is its help text. There are two kinds.

*Shares of a journey* (first, last, linear, ...): the function takes `Options` and returns one SQL expression,
the part of its journey's conversion that a touch receives. The data engine adds the shares up while it counts,
so such a model costs nothing more than its expression. Register with `@share_of_journey`.

*Everything else* (markov, shao, ...): the function takes `(counts, draws, options)` and returns `Answer`;
`draws` is R x B, one row of bucket weights per bootstrap replicate (all ones for the estimate itself).
Register with `@from_counts(...)`, saying what must be counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import Registry, did_you_mean

if TYPE_CHECKING:
    from optimizer.journeys.counts import Counts

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Options:
    """The choices of all models; each has the default that the docs name.

    order:          touches that a Markov state remembers
    lookback_days:  touches older than this before the journey's end are left out (None: none)
    nulls:          journeys without a conversion take part in the chain
    collapse:       consecutive repeats of a channel count as one touch before histories are built
    truncate:       "longest" cuts the chain's sum at the longest collapsed path + 1 steps, a number at that many;
                    None: the exact infinite sum
    half_life_days: time_decay; a touch this much older counts half
    position:       first, middle and last share of `position`; the middle is split evenly
    direct:         channels that `last_non_direct` passes over
    conversion:     events that close a journey (events tables)
    segment:        only what the people of this segment did (events tables); the latest that is known of a user counts
    platforms:      tiers are rolled up: `xiaohongshu/koc` counts as `xiaohongshu`
    lifecycle:      what the lifecycle model alone takes, by name (stages, windows, tests)
    """

    order: int = 1
    lookback_days: float | None = None
    nulls: bool = True
    collapse: bool = False
    truncate: int | str | None = None
    half_life_days: float = 7.0
    position: tuple[float, float, float] = (0.4, 0.2, 0.4)
    direct: tuple[str, ...] = ("direct",)
    conversion: tuple[str, ...] = ("purchase",)
    segment: str | None = None
    platforms: bool = False
    lifecycle: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(
            isinstance(self.order, int) and not isinstance(self.order, bool) and self.order >= 1,
            _("order is {order}", order=repr(self.order)),
            _("write a whole number of touches, 1 or more, or 'auto'"),
        )
        _check(
            self.lookback_days is None or _number(self.lookback_days) > 0,
            _("lookback is {lookback_days} days", lookback_days=repr(self.lookback_days)),
            _("write a number of days above 0"),
        )
        _check(
            0 < _number(self.half_life_days) < np.inf,
            _("half_life_days is {half_life_days}", half_life_days=repr(self.half_life_days)),
            _("write a number of days above 0"),
        )
        _check(
            self.truncate is None
            or self.truncate == "longest"
            or (isinstance(self.truncate, int) and self.truncate >= 1),
            _("truncate is {truncate}", truncate=repr(self.truncate)),
            _("write 'longest' or a whole number of steps"),
        )
        shares = tuple(_number(part) for part in self.position)
        _check(
            len(shares) == 3
            and all(0 <= part <= 1 for part in shares)
            and abs(sum(shares) - 1) < 1e-9,
            _("position is {position}", position=repr(self.position)),
            _("write three shares that add up to 1: first, middle, last"),
        )
        object.__setattr__(self, "position", shares)
        for name in ("direct", "conversion"):
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))

    @classmethod
    def of(cls, **given: Any) -> Options:
        """Options by name; an unknown name is an error that says the nearest known one."""
        known = [entry.name for entry in fields(cls)]
        for name in given:
            if name not in known:
                raise UserError(
                    _("unknown option '{name}'", name=name), fix=did_you_mean(name, known)
                )
        return cls(**given)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise UserError(_("{raw} is not a number", raw=repr(value))) from None


def _check(holds: bool, what: str, fix: str) -> None:
    if not holds:
        raise UserError(what, fix=fix)


@dataclass(frozen=True)
class Answer:
    """Credit for R replicates (R = 1 for the estimate): conversions and value R x C, removal effect R x C or None.

    unassigned: R x 2 (conversions, value) that the model leaves to nobody, or None where all is handed out.
    """

    conversions: Array
    value: Array
    removal_effect: Array | None = None
    unassigned: Array | None = None
    notes: tuple[str, ...] = ()


Compute = Callable[["Counts", Array, Options], Answer]


@dataclass(frozen=True, eq=False)
class Model:
    """A registered model: its name and help, what must be counted for it, and how counts become credit.

    share:    Options -> SQL expression of a touch's part of its journey (None for other models)
    chain:    needs the transition counts of `Options.order`
    pairs:    needs journeys by presence of channel pairs
    nonnegative: no channel's credit is below 0 (the registry-wide tests hold the model to it)
    by_default: part of the side-by-side view when nobody names models
    timed:    needs the times of touches; on a paths table it falls back to one day between touches and says so
    by_position: credit is also told by the position of the touch (1, 2, ..., 10 and later)
    effect:   the shares are removal effects and are split in proportion
    from_events: computed from the events themselves, (events, options, draws | None) -> Credit; see `from_events`
    paths:    can read a path table
    removal:  the model whose removal effects it divides journeys by
    """

    name: str
    doc: str
    compute: Compute
    share: Callable[[Options], str] | None = None
    chain: bool = False
    pairs: bool = False
    nonnegative: bool = True
    by_default: bool = True
    timed: bool = False
    by_position: bool = False
    effect: bool = False
    from_events: Callable[..., Any] | None = None
    paths: bool = True
    removal: str | None = None

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        return self.doc

    def __call__(self, counts: Counts, draws: Array, options: Options) -> Answer:
        return self.compute(counts, draws, options)


MODELS: Registry[Model] = Registry(_("attribution model"), "optimizer.models")


def _enter(model: Model) -> Model:
    MODELS.register(model)
    return model


def weigh(draws: Array, counted: Array) -> Array:
    """Bucket weights (R x B) times counts by bucket (B x ...): the replicates' totals (R x ...)."""
    return np.asarray(draws @ counted, dtype=np.float64)


def in_proportion(total: Array, effects: Array) -> Array:
    """Totals (R) handed out in proportion to the effects (R x C); nothing where no channel has an effect."""
    whole = effects.sum(axis=1)
    return effects * np.where(whole > 0, total / np.where(whole > 0, whole, 1.0), 0.0)[:, None]


def share_of_journey(
    *, by_default: bool = True, timed: bool = False, by_position: bool = False, effect: bool = False
) -> Callable[[Callable[[Options], str]], Model]:
    """Register a model whose credit is a sum over journeys of each touch's share. See `heuristics`.

    effect: the sums are removal effects (in conversions), which need not add up; credit is split in their proportion.
    """

    def enter(function: Callable[[Options], str]) -> Model:
        name = function.__name__

        def compute(counts: Counts, draws: Array, options: Options) -> Answer:
            conversions, value = (weigh(draws, counted) for counted in counts.credit[name])
            if not effect:
                return Answer(conversions, value)
            total = weigh(draws, counts.conversions)
            relative = conversions / np.where(total > 0, total, 1.0)[:, None]
            return Answer(
                in_proportion(total, conversions),
                in_proportion(weigh(draws, counts.value), value),
                relative,
            )

        return _enter(
            Model(
                name,
                function.__doc__ or "",
                compute,
                share=function,
                by_default=by_default,
                timed=timed,
                by_position=by_position,
                effect=effect,
            )
        )

    return enter


def from_counts(**needs: Any) -> Callable[[Compute], Model]:
    """Register a model computed from counts; `needs` are the fields of `Model` (chain=True, pairs=True, ...)."""

    def enter(function: Compute) -> Model:
        return _enter(Model(function.__name__, function.__doc__ or "", function, **needs))

    return enter


def from_events(
    *, by_default: bool = False, paths: bool = False, removal: str | None = None
) -> Callable[[Callable[..., Any]], Model]:
    """Register a model that reads the events itself: `(events, options, draws) -> Credit`.

    draws: R x B bucket weights (see `uncertainty.bucket_weights`; B buckets by `Events.bucket(B)`), or None when no
    intervals are asked for. Own settings arrive in `options.lifecycle`. paths: also takes an opened path table.
    """

    def enter(function: Callable[..., Any]) -> Model:
        def compute(counts: Counts, draws: Array, options: Options) -> Answer:
            raise UserError(
                _("{model} needs the events themselves, not counts", model=function.__name__),
                fix=_("give an events table"),
            )

        return _enter(
            Model(
                function.__name__,
                function.__doc__ or "",
                compute,
                by_default=by_default,
                from_events=function,
                paths=paths,
                removal=removal,
            )
        )

    return enter
