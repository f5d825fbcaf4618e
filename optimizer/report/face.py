"""Several plans from Python: side by side, or along one thing that changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.allocation.frontier import frontier as along
from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.pipeline import prepare, sweep
from optimizer.pipeline.outcome import Outcome
from optimizer.plotting import Plots
from optimizer.report.compare import compare as write
from optimizer.report.compare import unique
from optimizer.report.differences import differences
from optimizer.report.words import Words
from optimizer.scenario import Scenario, load_scenario
from optimizer.units import cac

if TYPE_CHECKING:
    import pandas as pd

Asked = Scenario | Path | str


@dataclass(frozen=True)
class Comparison(Plots):
    """Plans side by side.

    Parameters
    ----------
    outcomes
        Name -> run, in the order they were asked for.
    """

    outcomes: Mapping[str, Outcome]

    def to_frame(self) -> pd.DataFrame:
        """A row per plan: status, goal, objective and totals (nothing where there is no plan)."""
        import pandas as pd

        rows = []
        for name, outcome in self.outcomes.items():
            plan = outcome.plan
            totals = {} if plan.totals is None else plan.totals.as_dict()
            said = {"plan": name, "status": plan.status, "goal": plan.goal}
            rows.append({**said, "objective": plan.objective, **totals})
        return pd.DataFrame(rows)

    def by_channel(self) -> pd.DataFrame:
        """Currency by channel, a column per plan that there is."""
        import pandas as pd

        spend = {
            name: outcome.plan.spend_by_channel()
            for name, outcome in self.outcomes.items()
            if outcome.plan.feasible
        }
        return pd.DataFrame(spend).fillna(0.0).rename_axis("channel")

    @property
    def differences(self) -> tuple[str, ...]:
        """What changes from one plan to the next, in English sentences."""
        first = next(iter(self.outcomes.values()))
        plans = [(name, outcome.plan) for name, outcome in self.outcomes.items()]
        return tuple(differences(plans, Words("en", first.scenario.currency)))

    def write(self, folder: Path | str, lang: str = "en") -> tuple[Path, ...]:
        """The comparison as a report in a folder."""
        return write(list(self.outcomes.items()), folder, lang)


def compare(*scenarios: Asked, over: str | None = None, changes: Sequence[str] = ()) -> Comparison:
    """Plan several scenarios, or one over a changing key.

    Parameters
    ----------
    scenarios
        Scenarios, or their files or folders.
    over
        "KEY=a,b,c": one scenario (a file) is planned once for each value.
    changes
        "KEY=VALUE" for every scenario that is a file, as `--set`.

    Raises
    ------
    UserError
        For whatever is wrong with a scenario, its tables, or `over`.

    Examples
    --------
    >>> found = compare("scenarios/new_brand", over="budget=40000,60000")
    >>> found.to_frame()["spend"].round().tolist()
    [40000.0, 51694.0]
    """
    named: list[tuple[str, Scenario]] = []
    if over is not None:
        key, __, values = over.partition("=")
        file = scenarios[0] if len(scenarios) == 1 else None
        if not values.strip() or file is None or isinstance(file, Scenario):
            raise UserError(
                _("over takes one scenario file and KEY=a,b,c"),
                f"over={over!r}",
                _("for example {call}", call='compare("my-brand", over="budget=200000,300000")'),
            )
        for value in values.split(","):
            said = f"{key}={value.strip()}"
            named.append((said, load_scenario(file, [*changes, said])))
    else:
        for asked in scenarios:
            if isinstance(asked, Scenario):
                named.append((asked.name, asked))
            else:
                named.append((str(asked), load_scenario(asked, changes)))
    if not named:
        raise UserError(_("there is nothing to compare"), fix=_("give one scenario or more"))
    outcomes = sweep([scenario for __, scenario in named])
    names = [name for name, __ in named]
    return Comparison(dict(unique(list(zip(names, outcomes, strict=True)))))


def frontier(
    scenario: Asked,
    over: str = "budget",
    start: float | None = None,
    stop: float | None = None,
    steps: int = 20,
    changes: Sequence[str] = (),
) -> pd.DataFrame:
    """The best plan as one thing changes.

    Parameters
    ----------
    scenario
        A scenario, or its file or folder.
    over
        "budget", "exposure", or a rule as `max_cac` or `max_cac:xiaohongshu`.
    start, stop, steps
        Range and number of values (None: half to twice what it is).
    changes
        "KEY=VALUE" for a scenario that is a file, as `--set`.

    Returns
    -------
    pandas.DataFrame
        A row per value: the value, objective, spend, customers, revenue, cac, channels, note.
    """
    import pandas as pd

    loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario, changes)
    found = along(prepare(loaded).problem(), over, start, stop, steps)
    rows = [step.as_dict() for step in found]
    return pd.DataFrame(
        [{over: row.pop("at"), **row, "cac": cac(row["spend"], row["customers"])} for row in rows]
    )
