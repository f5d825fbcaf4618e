"""What is left out of the lifecycle's counting, and why: the time before the data settle, and
channels that merely harvest.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from optimizer.attribution.lifecycle import Lifecycle, fit_lifecycle, replicates
from optimizer.attribution.lifecycle.em import em_step, estimate
from optimizer.attribution.lifecycle.forward_backward import expect, quiet_moves
from optimizer.attribution.lifecycle.incrementality import with_incrementality
from optimizer.attribution.lifecycle.parameters import first_guess
from optimizer.attribution.lifecycle.sequence import (
    BURN_IN,
    Sequence,
    arrange,
    burn_in,
    same_day_share,
)
from optimizer.data.open import open_events
from optimizer.journeys.event_days import EventDays, event_days
from optimizer.simulate import Truth, draw
from tests.test_lifecycle import SMALL, frame, random_chain


@pytest.fixture(scope="module")
def read() -> tuple[EventDays, Sequence]:
    _, events = draw(5, SMALL.but(users=600, weeks=12))
    days = event_days(open_events(frame(events)), None)
    return days, arrange(days, same_day_share(days))


@pytest.fixture(scope="module")
def company(once) -> tuple[Truth, EventDays, Lifecycle]:
    truth, events = draw(111, SMALL)
    opened = open_events(frame(events))
    life = once("life-111", lambda: fit_lifecycle(opened, paid=truth.channels))
    return truth, event_days(opened), life


# --- the time before the data settle -------------------------------------------------------------


def test_short_data_give_no_day_away() -> None:
    assert [burn_in(d) for d in (1, 60, 84, 98, 112, 500)] == [0, 0, 0, 14, BURN_IN, BURN_IN]


@pytest.mark.parametrize("since", [0, 9, 21, 83])
def test_every_day_of_a_life_is_counted_once_from_the_burn_in_on(read, since: int) -> None:
    """User-days by the recursion (event-days, gaps, tails) against days counted on the calendar."""
    days, seq = read
    seq = replace(seq, since=since)
    rates, found = em_step(
        seq,
        days.volume,
        first_guess(len(days.channels), 3),
        first_guess(len(days.channels), 3),
        4,
        None,
    )
    end = np.full(len(days.bucket), days.days - 1)
    first = np.r_[True, np.diff(days.order[0]) > 0]
    end[days.order[0][first]] = days.order[1][first]
    begin = np.full(len(days.bucket), days.days)
    np.minimum.at(begin, seq.user[seq.owner], seq.day)
    lived = np.maximum(end - np.maximum(begin, since) + 1, 0)[begin < days.days]
    assert found.days.sum() == pytest.approx(lived.sum(), rel=1e-9)
    late = seq.day >= since
    assert found.trials.sum() == pytest.approx(seq.active[late & ~seq.bought].sum(), rel=1e-9)
    assert found.organic.sum() + found.buys.sum() == pytest.approx(
        (seq.bought & late).sum(), rel=0.2
    )  # noisy-or: causes overlap a little
    np.testing.assert_allclose(rates.initial.sum(axis=1), 1.0)


def test_quiet_moves_do_not_depend_on_where_a_gap_is_cut(read) -> None:
    days, seq = read
    inside = expect(seq, days.volume, first_guess(len(days.channels), 3))
    whole = quiet_moves(replace(seq, since=0), inside)[0]
    parts = []
    for since in (0, 10, 40, days.days):
        late, every = quiet_moves(replace(seq, since=since), inside)
        np.testing.assert_allclose(every, whole, rtol=1e-9)
        parts.append(late.sum())
    assert all(a > b for a, b in itertools.pairwise(parts))
    assert parts[-1] == pytest.approx(0.0, abs=1e-9)


def test_the_estimation_never_ends_below_its_best_round(read) -> None:
    days, seq = read
    guess = first_guess(len(days.channels), 3)
    fits = [
        estimate(seq, days.volume, guess, rounds, guess)[1].log_likelihood
        for rounds in (1, 3, 6, 12)
    ]
    assert all(b >= a - 1e-9 * abs(a) for a, b in itertools.pairwise(fits))


# --- channels that merely harvest ----------------------------------------------------------------


def test_a_baseline_estimated_without_a_channel_holds_where_its_factor_is_0() -> None:
    rng = np.random.default_rng(4)
    chain = random_chain(rng)
    chain = replace(chain, hazard=np.full_like(chain.hazard, 0.05))
    typical = rng.uniform(0.01, 0.05, chain.up.shape[1:])
    factor = np.ones((1, 2, 3))
    factor[0, :, 1] = 0.0
    without = with_incrementality(chain, factor, typical, (False, True, False))
    np.testing.assert_allclose(without.hazard, chain.hazard)
    np.testing.assert_allclose(without.baseline, chain.baseline)
    assert (without.buy[0, 1] == 0).all()
    factor[0, :, 1] = 0.4  # what it keeps is taken from the baseline
    kept = with_incrementality(chain, factor, typical, (False, True, False))
    np.testing.assert_allclose(chain.hazard - kept.hazard, 0.4 * chain.buy[:, 1] * typical[1])
    held = with_incrementality(
        chain, factor, typical
    )  # estimated with it: what it loses is given to the baseline
    np.testing.assert_allclose(held.hazard - chain.hazard, 0.6 * chain.buy[:, 1] * typical[1])


def test_a_harvester_is_left_out_and_everybody_still_stands_somewhere(company) -> None:
    truth, days, life = company
    roles = dict(zip(truth.channels, truth.company.role, strict=True))
    assert [
        c for c, out in zip(life.channels, life.incrementality.excluded, strict=True) if out
    ] == [c for c in life.channels if roles.get(c) == "harvest"]
    assert life.users.sum() * days.share == pytest.approx(len(days.bucket), rel=1e-6)
    at = life.channels.index(next(c for c in truth.channels if roles[c] == "harvest"))
    assert life.evidence.counts.trials[:, at].sum() > 0  # its own touches are not forgotten
    assert life.raw.buy[0, at].max() > 0
    credit = life.split("customers").by_stage[0].sum(axis=1)
    assert credit[at] < 0.25 * credit.sum()


def test_what_one_channel_owes_to_another_leaves_the_total_alone(
    company, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, life = company
    spread = []
    for much in (0.0, 0.5):
        monkeypatch.setattr(replicates, "OWED", much)
        parts = life.split("customers", life.replicates(150, seed=2), nodes=4).by_stage.sum(axis=2)
        spread.append((parts.std(axis=0).mean(), parts.sum(axis=1).std()))
    assert spread[1][0] > 1.1 * spread[0][0]
    assert spread[1][1] < 1.2 * spread[0][1]  # 1.11; 1.3 where the debts do not cancel
