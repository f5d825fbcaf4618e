"""What must fit together inside a scenario, beyond each field on its own."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.messages import _
from optimizer.scenario.schema import Channel, Rule, Scenario
from optimizer.scenario.values import Wrong


def contradictions(scenario: Scenario) -> Iterator[Wrong]:
    """Every contradiction in the scenario that needs no data to be seen.

    Parameters
    ----------
    scenario
        One whose fields are sound, each on its own.

    Yields
    ------
    Wrong
        One per contradiction, with the path to it; nothing is raised.
    """
    for name, channel in scenario.channels.items():
        yield from _of_channel(name, channel)
    names = [stage.name for stage in scenario.stages]
    for i, stage in enumerate(names):
        if stage in names[:i]:
            yield Wrong(
                _("stage '{stage}' is named twice", stage=stage),
                _("give each stage a name of its own"),
                ("stages", i, "name"),
            )
    seen: dict[object, int] = {}
    for i, rule in enumerate(scenario.rules):
        key = (rule.name, rule.of, repr(sorted(rule.options.items())))
        if key in seen:
            yield _twice(rule, i, seen[key])
        seen.setdefault(key, i)
        plain = rule.name == "budget" and rule.of in (None, "all") and not rule.options
        if plain and scenario.budget is not None:
            yield Wrong(
                _("the budget is stated twice: here and as budget:"),
                _("keep one of them"),
                ("rules", i),
            )


def _of_channel(name: str, channel: Channel) -> Iterator[Wrong]:
    here = ("channels", name)
    if channel.min is not None and channel.max is not None and channel.min > channel.max:
        yield Wrong(
            _(
                "min {min} is above max {max}",
                min=f"{channel.min:,.10g}",
                max=f"{channel.max:,.10g}",
            ),
            _("swap or change one of them"),
            (*here, "min"),
        )
    if channel.customers is not None and channel.current == 0:
        yield Wrong(
            _("what a spend of 0 brought does not say what spend would bring"),
            _("state a curve, or leave customers out"),
            (*here, "customers"),
        )
    if channel.customers is not None and channel.current is None:
        yield Wrong(
            _("'customers' needs 'current', the spend that brought them"),
            _("add current: ..."),
            (*here, "customers"),
        )
    if channel.customers is not None and channel.curve is not None:
        yield Wrong(
            _("'customers' and 'curve' both say how this channel responds"),
            _("keep one of them"),
            (*here, "customers"),
        )


def _twice(rule: Rule, here: int, before: int) -> Wrong:
    what = (
        _(
            "rule '{name}' of {of} stands here twice (also rules[{seen}])",
            name=rule.name,
            of=rule.of,
            seen=before,
        )
        if rule.of
        else _("rule '{name}' stands here twice (also rules[{seen}])", name=rule.name, seen=before)
    )
    return Wrong(what, _("keep one of them"), ("rules", here))
