"""What an attribution model is: the contract, declared where a model is registered.

A model is one decorated function. Its name is what users type, the first paragraph of its docstring
their help; everything else that the program must know of it is said in the decorator. Three kinds:

* `@share_of_journey(title=...)` (first, last, linear, ...): the function takes `Options` and
  returns one SQL expression, the part of its journey's conversion that a touch receives. The data
  engine adds the shares up while it counts, so such a model costs nothing more than its
  expression.
* `@from_counts(title=..., chain=True, ...)` (markov, shao, ...): the function takes
  `(counts, draws, options)` and returns `CreditReplicates`, one row per bootstrap replicate.
* `@from_events(title=...)` (lifecycle, fractribution, ...): the function takes
  `(events, options, draws)` and returns `Credit`.

Ours stand in `optimizer.attribution.models`, one file per family: a new file there is found
without a list. A package of the user's own joins through the entry points of the group
`optimizer.models`, which lead to the decorated function or to its module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from optimizer.attribution.credit import Credit
from optimizer.attribution.heldout import Score
from optimizer.attribution.options import Options
from optimizer.attribution.replicates import Array, CreditReplicates, in_proportion, weigh
from optimizer.data.tables import Events, Paths
from optimizer.errors import UserError
from optimizer.journeys.counts import Counts
from optimizer.messages import Text, _
from optimizer.registry import Registry

Compute = Callable[[Counts, Array, Options], CreditReplicates]
Share = Callable[[Options], str]
Read = Callable[[Any, Options, Array | None], Credit]  # of Events; of Paths too where it says so
HeldOut = Callable[[Events | Paths, Options, int], list[Score]]

LAST_PLACE = 1000


@dataclass(frozen=True, eq=False, kw_only=True)
class ModelSpec:
    """A registered attribution model.

    Parameters
    ----------
    name
        What users type.
    title
        What it is called in reports ("First touch").
    help
        Its docstring; the first paragraph is shown to users.
    compute
        (counts, draws, options) -> `CreditReplicates`; None for models that read events.
    share
        Options -> SQL of a touch's part of its journey; None for other models.
    from_events
        (events, options, draws) -> `Credit`; None for models computed from counts.
    chain
        Needs the transition counts of `Options.order`.
    pairs
        Needs journeys by presence of channel pairs.
    takes_order
        Answers differently at every Markov order.
    timed
        Needs the times of touches; on a path table it falls back to one day between touches and
        says so.
    paths
        Can be asked of a path table.
    effect
        The shares are removal effects, which need not add up; credit is split in their proportion.
    by_position
        Credit is also told by the position of the touch (1, 2, ..., 10 and later).
    by_stage
        Credit is also told by the lifecycle stage of the touch.
    nonnegative
        No channel's credit is below 0 (the registry-wide tests hold the model to it).
    by_default
        Part of the side-by-side view when nobody names models.
    heldout
        (opened, options, folds) -> the scores of what it predicts of journeys it has not seen;
        None: share models are judged by their shares, others not at all.
    weighs_tests
        Whether, under these options, the model weighs lift tests itself, so that none is laid on
        its credit again; None: never.
    rank
        Its place in lists, low first; equal ranks in the order of registration.
    """

    name: str
    title: Text
    help: str
    compute: Compute | None = None
    share: Share | None = None
    from_events: Read | None = None
    chain: bool = False
    pairs: bool = False
    takes_order: bool = False
    timed: bool = False
    paths: bool = True
    effect: bool = False
    by_position: bool = False
    by_stage: bool = False
    nonnegative: bool = True
    by_default: bool = True
    heldout: HeldOut | None = None
    weighs_tests: Callable[[Options], bool] | None = None
    rank: int = LAST_PLACE

    @property
    def journey_level(self) -> Literal["shares", "effects", "even"]:
        """How credit is told journey by journey.

        "shares": each touch gets its share. "effects": each converting journey is divided in
        proportion to the channels' removal effects (or credit), and each channel scaled to its
        total. "even": each channel's total is spread evenly over its touches.
        """
        if self.share is not None and not self.effect:
            return "shares"
        return "even" if self.from_events is not None and not self.paths else "effects"

    def __call__(self, counts: Counts, draws: Array, options: Options) -> CreditReplicates:
        """Credit from counts in every replicate.

        Parameters
        ----------
        counts
            What the model asked to be counted, by B user buckets.
        draws
            R x B bucket weights, all ones for the estimate.
        options
            The choices of all models.

        Raises
        ------
        UserError
            For a model that reads the events themselves.
        """
        if self.compute is None:
            raise UserError(
                _("{model} needs the events themselves, not counts", model=self.name),
                fix=_("give an events table"),
            )
        return self.compute(counts, draws, options)


def _accepts(name: str, entry: object) -> None:
    if not isinstance(entry, ModelSpec):
        raise TypeError(
            f"'{name}' is no attribution model: decorate its function with share_of_journey, "
            "from_counts or from_events of optimizer.attribution.registry"
        )
    if (entry.compute is None) == (entry.from_events is None):
        raise ValueError(f"'{name}' is computed either from counts or from events")


class ModelRegistry(Registry[ModelSpec]):
    """Attribution models by name, in the order of their ranks."""

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(super().__iter__(), key=lambda name: self[name].rank))

    def by_default(self) -> list[str]:
        """The models that are shown when nobody names any."""
        return [name for name in self if self[name].by_default]


MODELS = ModelRegistry(
    _("attribution model"),
    "optimizer.models",
    accepts=_accepts,
    home="optimizer.attribution.models",
)


def share_of_journey(
    *,
    title: Text,
    by_default: bool = True,
    timed: bool = False,
    by_position: bool = False,
    effect: bool = False,
    rank: int = LAST_PLACE,
) -> Callable[[Share], ModelSpec]:
    """Register a model whose credit is a sum over journeys of each touch's share.

    The function returns one SQL expression. It is evaluated once per touch inside the data engine
    and says which part of the journey's conversion (and of its value) this touch receives. It may
    use:

    * `pos`: 1 for the first touch of the journey, up to `n`
    * `n`: touches in the journey
    * `repeats`: touches of this channel in this journey
    * `distinct_channels`: different channels in this journey
    * `days_to_last`: days (a fraction) between this touch and the journey's last touch; NULL in a
      path table
    * `is_direct`: whether the channel is one of `Options.direct`
    * `last_named`: position of the last touch that is not direct; NULL where all are

    and `sum(...) OVER journey` for a sum over the touches of the journey.

    Parameters
    ----------
    title, by_default, timed, by_position, effect, rank
        See `ModelSpec`.

    Returns
    -------
    Callable
        A decorator that turns `Options -> SQL` into the registered `ModelSpec`.
    """

    def _enter(function: Share) -> ModelSpec:
        return MODELS.add(
            function.__name__,
            ModelSpec(
                name=function.__name__,
                title=title,
                help=function.__doc__ or "",
                compute=_of_shares(function.__name__, effect),
                share=function,
                by_default=by_default,
                timed=timed,
                by_position=by_position,
                effect=effect,
                rank=rank,
            ),
        )

    return _enter


def _of_shares(name: str, effect: bool) -> Compute:
    """Credit from the shares that were added up while counting."""

    def _compute(counts: Counts, draws: Array, options: Options) -> CreditReplicates:
        conversions, value = (weigh(draws, counted) for counted in counts.credit[name])
        if not effect:
            return CreditReplicates(conversions, value)
        total = weigh(draws, counts.conversions)
        relative = conversions / np.where(total > 0, total, 1.0)[:, None]
        return CreditReplicates(
            in_proportion(total, conversions),
            in_proportion(weigh(draws, counts.value), value),
            relative,
        )

    return _compute


def from_counts(
    *,
    title: Text,
    chain: bool = False,
    pairs: bool = False,
    nonnegative: bool = True,
    by_default: bool = True,
    heldout: HeldOut | None = None,
    rank: int = LAST_PLACE,
) -> Callable[[Compute], ModelSpec]:
    """Register a model computed from counts: `(counts, draws, options) -> CreditReplicates`.

    Parameters
    ----------
    title, chain, pairs, nonnegative, by_default, heldout, rank
        See `ModelSpec`. A model that needs the chain takes an order.

    Returns
    -------
    Callable
        A decorator that turns the function into the registered `ModelSpec`.
    """

    def _enter(function: Compute) -> ModelSpec:
        return MODELS.add(
            function.__name__,
            ModelSpec(
                name=function.__name__,
                title=title,
                help=function.__doc__ or "",
                compute=function,
                chain=chain,
                pairs=pairs,
                takes_order=chain,
                nonnegative=nonnegative,
                by_default=by_default,
                heldout=heldout,
                rank=rank,
            ),
        )

    return _enter


def from_events(
    *,
    title: Text,
    by_default: bool = False,
    paths: bool = False,
    takes_order: bool = False,
    by_stage: bool = False,
    weighs_tests: Callable[[Options], bool] | None = None,
    rank: int = LAST_PLACE,
) -> Callable[[Read], ModelSpec]:
    """Register a model that reads the events itself: `(events, options, draws) -> Credit`.

    `draws` is R x B bucket weights (see `bootstrap.bucket_weights`; B buckets by
    `Events.bucket(B)`), or None when no intervals are asked for. Own settings arrive in
    `options.lifecycle`.

    Parameters
    ----------
    title, by_default, paths, takes_order, by_stage, weighs_tests, rank
        See `ModelSpec`. With `paths` the function also gets opened path tables.

    Returns
    -------
    Callable
        A decorator that turns the function into the registered `ModelSpec`.
    """

    def _enter(function: Read) -> ModelSpec:
        return MODELS.add(
            function.__name__,
            ModelSpec(
                name=function.__name__,
                title=title,
                help=function.__doc__ or "",
                from_events=function,
                by_default=by_default,
                paths=paths,
                takes_order=takes_order,
                by_stage=by_stage,
                weighs_tests=weighs_tests,
                rank=rank,
            ),
        )

    return _enter
