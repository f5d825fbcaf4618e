"""The what-if: a scenario read and prepared once, solved again for each set of changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.errors import UserError
from optimizer.messages import Text, _
from optimizer.pipeline import Prepared, near_plan, prepare
from optimizer.registry import did_you_mean
from optimizer.report.what_if import Asked, fragment, knobs, slides
from optimizer.report.words import Words
from optimizer.scenario import Scenario
from optimizer.scenario.rewrite import rewrite
from optimizer.scenario.schema import Channel
from optimizer.store import NOTHING_KEPT, Store

MAX_MONEY = 1e15


@dataclass(frozen=True)
class WhatIf:
    """A scenario ready to be asked.

    Parameters
    ----------
    scenario, prepared
        What is asked, and what its tables say.
    saved
        Its plan as it stands in its file.
    say
        The reader's words.
    lock
        HiGHS and PuLP share state within a process: one solve at a time.
    """

    scenario: Scenario
    prepared: Prepared
    saved: Plan
    say: Words
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def start(
        cls,
        scenario: Scenario,
        lang: str = "en",
        tell: Callable[[Text], None] = lambda text: None,
        store: Store = NOTHING_KEPT,
    ) -> WhatIf:
        """Read the tables, credit and curves, and solve the scenario as it stands.

        Parameters
        ----------
        scenario
            What is asked.
        lang
            en or zh, the page's language.
        tell
            Hears each step.
        store
            Where what was estimated before is found.

        Returns
        -------
        WhatIf
            Ready to be asked; its saved plan may be infeasible, and is then not explained.

        Raises
        ------
        UserError
            For whatever is wrong with the scenario or its tables.
        """
        prepared = prepare(scenario, tell, store=store)
        tell("allocating")
        saved = solve(prepared.problem(), solver="arrays", explain=False)
        return cls(scenario, prepared, saved, Words(lang, scenario.currency, page=True))

    def knobs(self) -> dict[str, Any]:
        """What the page can turn, and where it stands."""
        return knobs(self.scenario, self.saved, self.prepared.responses, self.names(), self.say)

    def ask(self, raw: Any, settled: bool = False) -> dict[str, Any]:
        """The plan under the changes, as the page shows it (see `fragment`).

        Where stages work together the curves depend on the plan. A quick answer uses those near
        the saved plan. The answer says in "settled" whether it is the command line's.

        Parameters
        ----------
        raw
            Changes (see `read`).
        settled
            Let plan and stages agree first, as the command line does; takes longer.

        Raises
        ------
        UserError
            For changes that make no sense.
        """
        changed = self.changed(self.read(raw))
        moving = self.prepared.lifecycle is not None
        with self.lock:
            problem = (
                near_plan(changed, self.prepared.estimates).problem()
                if moving and settled
                else self.prepared.problem(changed)
            )
            plan = solve(problem, solver="arrays", explain=False)
        return {**fragment(changed, plan, self.saved, self.say), "settled": settled or not moving}

    def text(self, raw: Any) -> str:
        """The scenario file with the changes written in.

        Parameters
        ----------
        raw
            Changes (see `read`).

        Returns
        -------
        str
            YAML, with the comments of the file.

        Raises
        ------
        UserError
            For changes that make no sense.
        ValueError
            For a scenario that was not read from text.
        """
        return rewrite(self.scenario, self._places(self.read(raw)))

    def read(self, raw: Any) -> Asked:
        """Changes as the page sends them, checked.

        Parameters
        ----------
        raw
            {"budget": x, "channels": {name: {"min": x, "max": x}}, "rules": {"0": x}}; what is
            not named stays as it is in the file.

        Raises
        ------
        UserError
            For a shape, a name or a number that makes no sense.
        """
        wanted = _mapping(raw, _("the changes"), ("budget", "channels", "rules"))
        budget = _amount(wanted["budget"], "budget") if "budget" in wanted else self.scenario.budget
        return Asked(
            budget,
            self._read_channels(wanted.get("channels", {})),
            self._read_rules(wanted.get("rules", {})),
        )

    def _read_channels(self, raw: Any) -> dict[str, tuple[float | None, float | None]]:
        names = self.names()
        channels = {}
        for name, bounds in _mapping(raw, "channels", None).items():
            if name not in names:
                raise UserError(
                    _("unknown channel '{name}'", name=name[:80]),
                    fix=did_you_mean(name[:80], names),
                )
            given = _mapping(bounds, _("a channel"), ("min", "max"))
            low, high = (_amount(given.get(key), key) for key in ("min", "max"))
            if low is not None and high is not None and low > high:
                raise UserError(
                    _(
                        "{name}: min {low} is above max {high}",
                        name=name,
                        low=f"{low:g}",
                        high=f"{high:g}",
                    )
                )
            channels[name] = (low, high)
        return channels

    def _read_rules(self, raw: Any) -> dict[int, float]:
        rules = {}
        for key, value in _mapping(raw, "rules", None).items():
            number = _amount(value, _("a rule"))
            if (
                not key.isdecimal()
                or len(key) > 4
                or int(key) >= len(self.scenario.rules)
                or not slides(self.scenario.rules[int(key)].value)
            ):
                raise UserError(_("there is no such rule to change"))
            if number is None:
                raise UserError(_("a rule needs a number"))
            rules[int(key)] = number
        return rules

    def names(self) -> tuple[str, ...]:
        """Every channel whose bounds can be moved."""
        return tuple(sorted({*self.prepared.responses, *self.scenario.channels}))

    def changed(self, asked: Asked) -> Scenario:
        """The scenario with the changes in it; the same as editing its file.

        Parameters
        ----------
        asked
            Bounds of a named channel replace both of its own; None takes a bound away.

        Returns
        -------
        Scenario
            A copy, not checked anew for contradictions.
        """
        channels = dict(self.scenario.channels)
        for name, (low, high) in asked.channels.items():
            channels[name] = channels.get(name, Channel()).model_copy(
                update={"min": low, "max": high}
            )
        rules = tuple(
            rule.model_copy(update={"value": _like(rule.value, asked.rules[i])})
            if i in asked.rules
            else rule
            for i, rule in enumerate(self.scenario.rules)
        )
        return self.scenario.model_copy(
            update={"budget": asked.budget, "channels": channels, "rules": rules}
        )

    def _places(self, asked: Asked) -> list[tuple[tuple[str | int, ...], Any]]:
        places: list[tuple[tuple[str | int, ...], Any]] = []
        if asked.budget != self.scenario.budget:
            places.append((("budget",), asked.budget))
        for name, bounds in asked.channels.items():
            old = self.scenario.channels.get(name, Channel())
            for key, value, before in zip(("min", "max"), bounds, (old.min, old.max), strict=True):
                if value != before:
                    places.append((("channels", name, key), value))
        for i, value in asked.rules.items():
            rule = self.scenario.rules[i]
            if value != rule.value:
                places.append((("rules", i, rule.name), _like(rule.value, value)))
        return places


def _like(before: Any, value: float) -> float | int:
    """A count stays whole."""
    return round(value) if isinstance(before, int) else value


def _mapping(raw: Any, what: Text, keys: tuple[str, ...] | None) -> Mapping[str, Any]:
    if not isinstance(raw, dict) or len(raw) > 10_000:
        raise UserError(_("{what} must be an object", what=what))
    for key in raw:
        if keys is not None and key not in keys:
            raise UserError(
                _("unknown key '{odd}'", odd=key[:80]), fix=did_you_mean(key[:80], keys)
            )
    return raw


def _amount(value: Any, what: Text) -> float | None:
    """A number a plan can hold, or None."""
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 <= value <= MAX_MONEY  # nor is NaN
    ):
        raise UserError(
            _(
                "{what} must be a number from 0 to {MAX_MONEY}",
                what=what,
                MAX_MONEY=f"{MAX_MONEY:g}",
            )
        )
    return float(value)
