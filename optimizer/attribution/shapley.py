"""The Shapley value of any game given by its coalitions' worths (Shapley 1953).

The models `shapley` and `shapley_ordered` need no enumeration: their game is a sum of unanimity games. This one is for
worths that come from elsewhere (a table of coalitions, an experiment), and for checking the models.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from math import factorial

from optimizer.errors import UserError
from optimizer.messages import _

MOST_PLAYERS = 20


def shapley_values(worth: Mapping[Iterable[str], float]) -> dict[str, float]:
    """Each player's average contribution over all orders of arrival; exact, 2^n coalitions.

    worth: coalition (a set or tuple of players) -> what it achieves together; the empty one is 0 unless given. Every
    coalition must be there. The values add up to the worth of all players together.

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
