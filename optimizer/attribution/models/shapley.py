"""The Shapley value (Shapley 1953): as a model of journeys, and of any game given by its
coalitions' worths.

The game of journeys is v(S) = conversions on paths whose channels are all in S, a sum of unanimity
games, one per path: its value is an even split over the distinct channels of each path, and needs
no enumeration. `shapley_values` enumerates: for worths that come from elsewhere (a table of
coalitions, an experiment), and for checking the models.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from math import factorial

from optimizer.attribution.options import Options
from optimizer.attribution.registry import share_of_journey
from optimizer.errors import UserError
from optimizer.messages import _

MOST_PLAYERS = 20


@share_of_journey(title=_("Shapley"), rank=70)
def shapley(options: Options) -> str:
    """Shapley value of the channels, v(S) = conversions on paths whose channels are all in S.

    v is a sum of unanimity games, one per path, so the value is exactly an even split over the
    distinct channels of each path (Shapley 1953): linear time, any number of channels.
    """
    return "1.0 / (distinct_channels * repeats)"


@share_of_journey(title=_("Ordered Shapley"), by_default=False, by_position=True, rank=80)
def shapley_ordered(options: Options) -> str:
    """Ordered Shapley value (Zhao et al. 2018): Shapley credit, told apart by the position of the
    touch.

    A channel's even share of the path is split over the positions at which it occurs, so the
    positions add up to the channel's credit and the channels' credit is that of `shapley`.
    """
    return "1.0 / (distinct_channels * repeats)"


def shapley_values(worth: Mapping[Iterable[str], float]) -> dict[str, float]:
    """Each player's average contribution over all orders of arrival; exact, 2^n coalitions.

    Parameters
    ----------
    worth
        Coalition (a set or tuple of players) -> what it achieves together; the empty one is 0
        unless given. Every coalition must be there.

    Returns
    -------
    dict
        Player -> value. They add up to the worth of all players together.

    Raises
    ------
    UserError
        For a coalition without a worth, or more than `MOST_PLAYERS` players.

    Examples
    --------
    >>> shapley_values({("a",): 1.0, ("b",): 2.0, ("a", "b"): 5.0})
    {'a': 2.0, 'b': 3.0}
    """
    game = {frozenset(coalition): float(value) for coalition, value in worth.items()}
    game.setdefault(frozenset(), 0.0)
    players = sorted(frozenset().union(*game))
    if len(players) > MOST_PLAYERS:
        raise UserError(
            _("{players} players have too many coalitions to enumerate", players=len(players)),
            fix=_("use at most {MOST_PLAYERS}, or the model `shapley`", MOST_PLAYERS=MOST_PLAYERS),
        )
    missing = next(
        (
            c
            for k in range(len(players) + 1)
            for c in combinations(players, k)
            if frozenset(c) not in game
        ),
        None,
    )
    if missing is not None:
        raise UserError(
            _("the coalition {names} has no worth", names=", ".join(missing)),
            fix=_("give every coalition of the players"),
        )
    n = len(players)
    weight = [factorial(k) * factorial(n - k - 1) / factorial(n) for k in range(n)]
    out = {}
    for player in players:
        rest = [other for other in players if other != player]
        out[player] = sum(
            weight[k] * (game[frozenset((*coalition, player))] - game[frozenset(coalition)])
            for k in range(n)
            for coalition in combinations(rest, k)
        )
    return out
