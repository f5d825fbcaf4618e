"""Credit touch by touch: by journey, by position. Rows add up to the model's channel totals.

A share-of-journey model gives each touch its share. Any other model's channel totals are laid onto
the touches, as the model declares (`ModelSpec.journey_level`): each converting journey is divided
among its touches in proportion to the channels' removal effects (or credit), and each channel is
then scaled to its total. A channel that a model credits although it is on no converting journey is
spread evenly over its touches; so is every channel of a model that only reads events.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.attribution.credit import Credit
from optimizer.attribution.options import Options
from optimizer.attribution.registry import MODELS, ModelSpec
from optimizer.attribution.touches import TouchShares, touch_shares
from optimizer.data.tables import Events, Paths

Array = NDArray[np.float64]
POSITIONS = 10  # later touches are told together


def credited_touches(
    opened: Events | Paths, credit: Credit, options: Options
) -> tuple[TouchShares, str]:
    """The touches with their credit.

    Returns
    -------
    touches : TouchShares
        What the query is over.
    sql : str
        The touches' columns and credit_conversions, credit_value (currency).
    """
    model = MODELS[credit.model]
    if model.share is not None and model.journey_level == "shares":
        touches = touch_shares(opened, options, {credit.model: model.share(options)})
        if "calibrate" not in credit.options:
            columns = "share_0 * conversions AS credit_conversions, share_0 * value AS credit_value"
            return touches, f"SELECT *, {columns} FROM ({touches.sql}) AS t"
    else:
        effects = (
            credit.removal_effect
            if credit.removal_effect is not None
            else np.maximum(credit.conversions, 0.0)
        )
        names = touch_shares(opened, options, {}).names
        scores = _by_name(credit, effects, names)
        touches = touch_shares(opened, options, {credit.model: scores})
    return touches, _laid_on(touches, credit, even=model.journey_level == "even")


def _laid_on(touches: TouchShares, credit: Credit, even: bool) -> str:
    """SQL: each channel's touches scaled to its credit, by their shares or evenly."""
    found = touches.engine.columns(
        f"SELECT channel, {touches.total('share_0 * conversions')} AS conversions,"
        f" {touches.total('share_0 * value', True)} AS value,"
        f" {touches.total('conversions + nulls')} AS touches"
        f" FROM ({touches.sql}) AS t GROUP BY channel"
    )
    place = np.asarray(found["channel"], dtype=np.int64)
    columns = []
    for name, given in (("conversions", credit.conversions), ("value", credit.value)):
        wanted = _by_name(credit, given, touches.names)
        laid, seen = np.zeros(len(touches.names)), np.zeros(len(touches.names))
        if not even:
            laid[place] = np.asarray(found[name], float)
        seen[place] = np.asarray(found["touches"], float)
        scale = np.divide(wanted, laid, out=np.zeros_like(wanted), where=laid > 0)
        spread = np.divide(wanted, seen, out=np.zeros_like(wanted), where=(laid <= 0) & (seen > 0))
        columns.append(
            f"share_0 * {name} * {touches.lookup(scale)}"
            f" + (conversions + nulls) * {touches.lookup(spread)} AS credit_{name}"
        )
    return f"SELECT *, {', '.join(columns)} FROM ({touches.sql}) AS t"


def _by_name(credit: Credit, numbers: Array, names: tuple[str, ...]) -> Array:
    """The credit's numbers in the order of the source's channel names."""
    given = dict(zip(credit.channels, numbers.tolist(), strict=True))
    return np.array([given.get(name, 0.0) for name in names])


def credit_by_position(
    opened: Events | Paths, model: ModelSpec, options: Options
) -> tuple[tuple[str, ...], Array]:
    """A share-of-journey model's credit by the position of the touch.

    Returns
    -------
    positions : tuple of str
        P labels ("1", ..., "10+").
    conversions : numpy.ndarray
        C x P.

    Raises
    ------
    ValueError
        For a model without shares.
    """
    if model.share is None:
        raise ValueError(f"{model.name} has no shares")
    touches = touch_shares(opened, options, {model.name: model.share(options)})
    found = touches.engine.columns(
        f"SELECT channel, least(pos, {POSITIONS}) AS place,"
        f" {touches.total('share_0 * conversions')} AS conversions"
        f" FROM ({touches.sql}) AS t GROUP BY 1, 2"
    )
    place = np.asarray(found["place"], dtype=np.int64) - 1
    size = int(place.max(initial=0)) + 1
    out = np.zeros((len(touches.names), size))
    out[np.asarray(found["channel"], dtype=np.int64), place] = np.asarray(
        found["conversions"], float
    )
    return tuple(f"{i}+" if i == POSITIONS else str(i) for i in range(1, size + 1)), out
