"""What must fit together inside a scenario, beyond each field on its own."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.messages import _
from optimizer.scenario.schema import Scenario
from optimizer.scenario.values import Wrong


def disagreements(scenario: Scenario) -> Iterator[Wrong]:
    """Every contradiction in the scenario that needs no data to be seen."""
    for name, channel in scenario.channels.items():
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
        if channel.customers is not None and not channel.current:
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
            of = f" of {rule.of}" if rule.of else ""
            yield Wrong(
                f"rule '{rule.name}'{of} stands here twice (also rules[{seen[key]}])",
                _("keep one of them"),
                ("rules", i),
            )
        seen.setdefault(key, i)
        if (
            rule.name == "budget"
            and rule.of in (None, "all")
            and not rule.options
            and scenario.budget is not None
        ):
            yield Wrong(
                _("the budget is stated twice: here and as budget:"),
                _("keep one of them"),
                ("rules", i),
            )
