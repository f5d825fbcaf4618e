"""Markov removal effects from counted transitions, exact at any order (Anderl et al. 2016;
`journeys.absorbing`)."""

from __future__ import annotations

import numpy as np

from optimizer import progress
from optimizer.attribution.options import Options
from optimizer.attribution.registry import from_counts
from optimizer.attribution.replicates import Array, CreditReplicates, in_proportion, weigh
from optimizer.journeys import absorbing, sparse_chain
from optimizer.journeys.counts import Chain, Counts
from optimizer.messages import Message, _

LINEAR_ABOVE = 250  # states; bootstrap replicates of larger chains are linearised


@from_counts(title=_("Markov"), chain=True, rank=100)
def markov(counts: Counts, draws: Array, options: Options) -> CreditReplicates:
    """Removal effect in an absorbing Markov chain over the last `order` touches, exact, no
    simulation.

    credit = total * RE / sum of RE, for conversions and, with the reward per conversion in place,
    for value (Anderl et al. 2016).

    Parameters
    ----------
    counts
        Transitions of `options.order` by B user buckets.
    draws
        R x B bucket weights. Replicates of large chains are linearised.
    options
        order and truncate are used.

    Examples
    --------
    Half of the journeys pass `a`, and half of those at `b` convert:

    >>> import pandas as pd
    >>> from optimizer.attribution.attribute import attribute
    >>> paths = pd.DataFrame({"path": ["a > b", "b"], "conversions": [1, 0], "nulls": [0, 1]})
    >>> attribute(paths, "markov")["markov"].removal_effect.tolist()
    [0.5, 1.0]
    """
    chain = counts.chains[options.order]
    members = absorbing.groups(chain.states[:, -1], len(counts.channels))
    steps = _steps(counts, options)
    linear = len(draws) > 1 and len(chain.states) > LINEAR_ABOVE and steps is None
    effects = _linearised(chain, draws, members) if linear else _exact(chain, draws, members, steps)
    notes: tuple[Message, ...] = ()
    if linear:
        notes = (_("intervals of this large chain are linearised around the estimate"),)
    elif len(draws) == 1 and options.order > 1 and _never_full(chain):
        notes = (
            _(
                "no journey has {order} touches: a removal effect is then the share of "
                "conversions on whose way the channel was",
                order=options.order,
            ),
        )
    return CreditReplicates(
        in_proportion(weigh(draws, counts.conversions), effects.conversions),
        in_proportion(weigh(draws, counts.value), effects.value),
        effects.conversions,
        notes=notes,
    )


def _never_full(chain: Chain) -> bool:
    """Whether no journey is long enough for one full history."""
    return bool(len(chain.source) and (chain.states[:, 0] < 0).all())


def _steps(counts: Counts, options: Options) -> int | None:
    if options.truncate == "longest":
        longest = counts.source.get("longest_path")
        if longest is None:
            raise KeyError("longest_path")
        return int(longest) + 1
    return options.truncate if isinstance(options.truncate, int) else None


def _exact(
    chain: Chain, draws: Array, members: list[absorbing.Index], steps: int | None
) -> absorbing.Effects:
    block = max(1, absorbing.BLOCK_BYTES // (8 * max(1, len(chain.source) + len(chain.states))))
    parts = [
        absorbing.removal_effects(
            chain.source,
            chain.target,
            weigh(part, chain.moves),
            weigh(part, chain.conversions),
            weigh(part, chain.value),
            weigh(part, chain.nulls),
            members,
            steps,
        )
        for part in progress.counted([draws[i : i + block] for i in range(0, len(draws), block)])
    ]
    return absorbing.Effects(
        np.concatenate([part.conversions for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.conversion_rate for part in parts]),
        np.concatenate([part.value_rate for part in parts]),
    )


def _linearised(chain: Chain, draws: Array, members: list[absorbing.Index]) -> absorbing.Effects:
    """Replicates of a large chain by its first derivative in the bucket weights (the infinitesimal
    jackknife).

    For weights w, f(START; w) = f(START; 1) + (w - 1) . g with g_b = sum_s x_s / out_s *
    (reward_bs - out_bs f_s) + sum_e x_s / out_s * moves_be f_t, x the expected visits and f the
    expected reward, both of the chain without the channel where one is removed.
    """
    import scipy.sparse as sp

    ones = np.ones((1, draws.shape[1]))
    moves, conversions, value, nulls = (
        weigh(ones, part)[0] for part in (chain.moves, chain.conversions, chain.value, chain.nulls)
    )
    states = len(chain.states)
    leave = sp.csr_matrix(
        (np.ones(len(chain.source)), (np.arange(len(chain.source)), chain.source)),
        shape=(len(chain.source), states),
    )
    out = np.bincount(chain.source, weights=moves, minlength=states) + conversions + nulls
    out = np.where(out > 0, out, 1.0)
    by_bucket = (
        sp.csr_matrix(chain.moves) @ leave
        + sp.csr_matrix(chain.conversions)
        + sp.csr_matrix(chain.nulls)
    )
    q = sparse_chain.transition(chain.source, chain.target, moves, out, states)
    shift = draws - 1.0

    def rates(q_kept: sp.csr_matrix, lost: absorbing.Index | None) -> Array:
        """f(START) for conversions and value in every replicate, R x 2."""
        visits = sparse_chain.expected_visits(q_kept)
        columns = []
        for counted, total in ((chain.conversions, conversions), (chain.value, value)):
            f = sparse_chain.solve(q_kept, total / out)
            onward = f.copy()
            if lost is not None:
                onward[lost] = 0.0
            pull = visits / out
            slope = (
                counted @ pull
                - by_bucket @ (pull * f)
                + chain.moves @ (pull[chain.source] * onward[chain.target])
            )
            columns.append(f[0] + shift @ np.asarray(slope).ravel())
        return np.stack(columns, axis=-1)

    base = rates(q, None)
    lost = np.zeros((len(draws), len(members), 2))
    for c, group in enumerate(members):
        if len(group):
            lost[:, c] = base - rates(sparse_chain.without(q, group), group)
    relative = [
        np.where(
            base[:, i, None] > 0,
            np.clip(lost[:, :, i] / np.where(base[:, i] > 0, base[:, i], 1.0)[:, None], 0.0, 1.0),
            0.0,
        )
        for i in (0, 1)
    ]
    return absorbing.Effects(relative[0], relative[1], base[:, 0], base[:, 1])
