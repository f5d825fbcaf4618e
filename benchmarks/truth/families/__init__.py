"""Families of companies whose truth is known, by other rules than those of `optimizer simulate`.

A family is a function of a seed in `FAMILIES`; what it gives back keeps to `company.Company`.
"""

from __future__ import annotations

from collections.abc import Callable

from families.choice import Choice
from families.company import Company
from families.intent import Intent
from families.market import Market

FAMILIES: dict[str, Callable[[int], Company]] = {
    # ads are shown to those whose intent is about to rise
    "targeted": lambda seed: Intent(seed, aim=1.0),
    # budgets follow demand
    "follow": lambda seed: Intent(seed, aim=0.5, follow=1.0),
    # one person buys under two ids
    "devices": lambda seed: Intent(seed, aim=0.6, follow=0.3, second_id=0.35),
    # no channel ever pauses
    "calm": lambda seed: Intent(seed, aim=0.3, follow=0.3, rests=0.0),
    # people move through states of favour and need
    "market": lambda seed: Market(seed),
    # people choose among us and competitors
    "choice": lambda seed: Choice(seed),
}
