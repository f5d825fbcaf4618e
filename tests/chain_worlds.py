"""Small companies whose people move through stages, made up without any journeys."""

from __future__ import annotations

from string import ascii_lowercase
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from optimizer.allocation.calendar import Period
from optimizer.allocation.problem import Decision, Goal, Problem, Rule
from optimizer.attribution.lifecycle import Lifecycle
from optimizer.attribution.lifecycle.chain import Chain
from optimizer.forecast.local_linearisation import Volume
from optimizer.pipeline.chain_outcome import ChainLine, chain_outcome
from optimizer.response.shapes.bounded import saturating

DAYS = 7  # of a period


def company(seed: int, channels: int = 3) -> Lifecycle:
    """Three stages before the first purchase; some channels push people up, some sell."""
    rng = np.random.default_rng(seed)
    states, classes = 5, 2
    up, buy = np.zeros((1, channels + 1, states)), np.zeros((1, channels + 1, states))
    up[0, :, :2] = rng.uniform(0.0, 0.5, (channels + 1, 2))
    buy[0, :, :3] = rng.uniform(0.0, 0.2, (channels + 1, 3)) * np.array([0.05, 0.3, 1.0])
    buy[0, :, 3:] = 0.02
    hazard = np.array([[0.0005, 0.001, 0.01, 0.002, 0.004]])
    baseline = np.eye(states)[None] * 0.97
    baseline[0, :3, 0] += 0.03
    baseline[0, 3, 3] = baseline[0, 4, 4] = 1.0
    exposure = rng.uniform(0.3, 3.0, (channels + 1, states))
    initial = np.tile([0.8, 0.15, 0.05], (4, 1))
    chain = Chain(up, buy, hazard, baseline, exposure, np.array([0.5, 2.0]), initial)
    names = (*ascii_lowercase[:channels], "direct")
    return cast(
        Lifecycle,
        SimpleNamespace(
            channels=names,
            paid=np.array([True] * channels + [False]),
            chain=chain,
            users=rng.uniform(50, 600, (classes, states)),
            recent=np.r_[np.zeros(channels), 12.0],
            newcomers=rng.uniform(0.1, 0.6, channels + 1),
            arrivals=4.0,
            values=(100.0, 60.0),
            stages=("aware", "interest", "decision", "repurchase", "loyalty"),
        ),
    )


def problem(
    seed: int,
    *rules: Rule,
    channels: int = 3,
    periods: int = 3,
    seasons: tuple[float, ...] | None = None,
    goal: Goal = Goal(),
    post: float | None = None,
    tail: int = 0,
    **more: Any,
) -> Problem:
    """A budget problem on such a company, 3,000 to spend; `post`: what a post of the last channel
    costs, which is booked in whole ones.
    """
    rng = np.random.default_rng([seed, 1])
    life = company(seed, channels)
    spans = [Period(f"W{p + 1}", demand=d) for p, d in enumerate(seasons or (1.0,) * periods)]
    lines, decisions = {}, []
    for name in life.channels[:channels]:
        curve = saturating(
            ceiling=float(rng.uniform(200, 900)), half_spend=float(rng.uniform(200, 900))
        )
        own: dict[str, Any] = {}
        if post is not None and name == life.channels[channels - 1]:
            curve = curve.rescale_price(1 / post)
            own = {"price": post, "posts": True, "whole": True}
        lines[name] = ChainLine(name, Volume(curve), periods, price=own.get("price", 1.0))
        decisions += [
            Decision(
                channel=name,
                period=span.name,
                curves={"customers": curve.times(0.01)},
                value=100.0,
                current=float(rng.uniform(50, 300)),
                **own,
                **more,
            )
            for span in spans
        ]
    bare = Problem(
        tuple(decisions),
        (Rule("budget", 3000.0), *rules),
        goal,
        periods=tuple(span.name for span in spans),
    )
    model = chain_outcome(bare, life, lines, spans, float(DAYS * periods), tail=tail)
    return Problem(bare.decisions, bare.rules, goal, periods=bare.periods, outcome=model)
