"""Large absorbing chains: journeys followed step by step, and linear systems solved iteratively.

Q is the sparse S x S matrix of the probabilities of moving on; state 0 is START. Following all
journeys is exact, because those that are left after some steps cannot bring more than rounding
loses. Where journeys hardly end, the loops of likely transitions are factorised first (a block
preconditioner), so that going round a loop any number of times is one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import scipy.sparse as sp

Array = NDArray[np.float64]
Index = NDArray[np.int64]

FOLLOWED_STEPS = 2000  # journeys are followed for at most so many touches, and given up ...
SLOW = 100  # ... as soon as the pace of so many says that it will not do
EPSILON, NONE = 2.0**-56, 1e-40
# transitions of so much make loops, of which none should have more states than ...
LIKELY = (0.3, 0.6, 0.9)
LOOP_STATES = 500


def transition(
    source: Index, target: Index, moves: Array, out: Array, states: int
) -> sp.csr_matrix:
    """Q, S x S, from one replicate's counts.

    Parameters
    ----------
    source, target, moves
        E states left and reached, and how often.
    out
        S, how often each state was left, however it was.
    states
        S.
    """
    import scipy.sparse as sp  # here and below: most chains are small and never need it

    return sp.csr_matrix((moves / out[source], (source, target)), shape=(states, states))


def without(q: sp.csr_matrix, group: Index) -> sp.csr_matrix:
    """Q when every transition into the states of `group` is lost instead (Anderl et al. 2016).

    Parameters
    ----------
    q
        S x S.
    group
        States.
    """
    import scipy.sparse as sp

    keep = np.ones(q.shape[0])
    keep[group] = 0.0
    return (q @ sp.diags(keep)).tocsr()


def expected_visits(q: sp.csr_matrix, tolerance: float = 1e-14) -> Array:
    """Expected visits to every state from START, S: the first row of (I - Q)^-1, by BiCGSTAB or
    else by LU.

    Parameters
    ----------
    q
        S x S.
    tolerance
        Relative.
    """
    start = np.zeros(q.shape[0])
    start[0] = 1.0
    return solve(q.T.tocsr(), start, tolerance)


def solve(q: sp.csr_matrix, right: Array, tolerance: float = 1e-14) -> Array:
    """x = (I - q)^-1 right for a large sparse q.

    BiCGSTAB (van der Vorst 1992) with iterative refinement, checked, and a factorisation to fall
    back on.

    Parameters
    ----------
    q
        S x S, rows or columns of which add up to at most 1.
    right
        S.
    tolerance
        Relative, of the first iteration.
    """
    import scipy.sparse as sp
    from scipy.sparse.linalg import LinearOperator, bicgstab, splu

    states = q.shape[0]
    system = sp.identity(states, format="csr") - q
    scale = float(np.abs(right).max()) or 1.0
    loops = split_loops(q)
    within = None if loops is None else LinearOperator(q.shape, loops[0].solve, dtype=np.float64)
    # Some steps on: from START alone, where nobody comes back to, the iteration would break off.
    begun = right + q @ (right + q @ (right + q @ right))
    x, _ = bicgstab(system, right, x0=begun, rtol=tolerance, atol=0.0, maxiter=500, M=within)
    for _ in range(2):  # iterative refinement: the residual is solved for again
        residual = right - system @ x
        if float(np.abs(residual).max()) <= 1e-15 * scale:
            break
        step, _ = bicgstab(system, residual, rtol=1e-6, atol=0.0, maxiter=500, M=within)
        x = x + step
    off = float(np.abs(right - system @ x).max())
    if not np.all(np.isfinite(x)) or off > 1e-13 * scale * max(1.0, float(np.abs(x).max())):
        x = splu(system.tocsc()).solve(right)
    return np.asarray(x, dtype=np.float64)


def split_loops(q: sp.csr_matrix) -> tuple[Any, sp.csr_matrix] | None:
    """Q in two parts: what leads round the loops of its likeliest transitions, and the rest.

    Returns
    -------
    D, the first part, as factors of I - D (`scipy.sparse.linalg.SuperLU`), and the rest; None
    where there is no such loop.
    """
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import splu

    edges = q.tocoo()
    row, column, data = edges.row, edges.col, edges.data
    for likely in LIKELY:
        strong = data >= likely
        graph = sp.csr_matrix((data[strong], (row[strong], column[strong])), shape=q.shape)
        _, loop = connected_components(graph, directed=True, connection="strong")
        sizes = np.bincount(loop)
        if sizes.max() <= LOOP_STATES:
            break
    inside = (loop[row] == loop[column]) & (sizes[loop[row]] <= LOOP_STATES)
    if not inside.any():
        return None
    within, rest = (
        sp.csr_matrix((data[part], (row[part], column[part])), shape=q.shape)
        for part in (inside, ~inside)
    )
    return splu((sp.identity(q.shape[0], format="csr") - within).tocsc()), rest


def followed(
    back: sp.csr_matrix,
    groups: Sequence[Index],
    rewards: Array,
    most: Array,
    base: Array | None = None,
) -> Array | None:
    """Expected rewards from START where every step into a group of states is lost, for many groups
    at once.

    The journeys are followed step by step until those still on their way can add no more than
    rounding does.

    Parameters
    ----------
    back
        Q transposed.
    groups
        G groups of states.
    rewards
        S x 2, of a step from each state (conversions, value).
    most
        (2,) what one journey can bring, see `largest_reward`.
    base
        (2,) what the results are to be exact beside; None: themselves.

    Returns
    -------
    G x 2; None where journeys go on for too long.
    """
    here = np.zeros((back.shape[0], len(groups)))
    here[0] = 1.0
    column = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    lost = (np.concatenate(groups), column) if len(groups) else ((), ())
    found = np.zeros((len(groups), rewards.shape[1]))
    before = 1.0
    for step in range(1, FOLLOWED_STEPS + 1):
        found += here.T @ rewards
        here = np.asarray(back @ here)
        here[lost] = 0.0
        alive = float(here.sum(axis=0).max(initial=0.0))
        if _negligible(alive, most, found.min(axis=0) if base is None else base):
            return found
        if step % SLOW == 0:
            if _too_slow(alive, before, step):
                return None
            before = alive
    return None


def followed_by_loops(q: sp.csr_matrix, rewards: Array, most: Array, base: Array | None) -> Array:
    """Expected rewards from START where journeys hardly end, (2,).

    Followed as in `followed`, but to go round a loop any number of times is one step. Solved for
    as a whole where even that does not come to an end. Parameters as in `followed`.
    """
    back = q.T.tocsr()
    loops = split_loops(back)
    if loops is not None:
        here = np.zeros(q.shape[0])
        here[0] = 1.0
        found, before = np.zeros(rewards.shape[1]), 1.0
        for step in range(1, FOLLOWED_STEPS + 1):
            here = loops[0].solve(here)
            found += here @ rewards
            here = np.asarray(loops[1] @ here)
            alive = float(here.sum())
            if _negligible(alive, most, found if base is None else base):
                return found
            if step % SLOW == 0:
                if _too_slow(alive, before, step):
                    break
                before = alive
    return np.asarray(expected_visits(q) @ rewards, dtype=np.float64)


def largest_reward(conversions: Array, value: Array, nulls: Array) -> Array:
    """What no journey, wherever it stands, can be expected to exceed: one conversion, and the
    dearest state's value.

    Parameters
    ----------
    conversions, value, nulls
        S, of journeys that end in a state.

    Returns
    -------
    (2,), conversions and currency.
    """
    ends = conversions + nulls
    dear = np.divide(value, ends, out=np.where(value > 0, np.inf, 0.0), where=ends > 0)
    return np.array([1.0, float(dear.max(initial=0.0))])


def _negligible(alive: float, most: Array, base: Array) -> bool:
    """Whether so many journeys still on their way can add no more than rounding does."""
    return alive < NONE or bool((alive * most <= EPSILON * base).all())


def _too_slow(alive: float, before: float, step: int) -> bool:
    """Whether the pace of the last steps will not bring the journeys to an end."""
    return bool(before * (alive / before) ** (1 + (FOLLOWED_STEPS - step) / SLOW) > EPSILON)


def reward_within(q: sp.csr_matrix, rewards: Array, steps: int) -> Array:
    """Expected reward from START within `steps` transitions, the rewarded one included; (2,).

    Parameters
    ----------
    q
        S x S.
    rewards
        S x 2, of a step from each state.
    steps
        Transitions.
    """
    here: Array = np.zeros(q.shape[0])
    here[0] = 1.0
    back = q.T.tocsr()
    total = np.zeros(rewards.shape[1])
    for _ in range(steps):
        total += here @ rewards
        here = np.asarray(back @ here, dtype=np.float64)
        if not here.any():
            break
    return np.asarray(total, dtype=np.float64)
