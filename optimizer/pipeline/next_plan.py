"""The next scenario: the same questions, asked of the data with what came since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.customers.orders import read_orders
from optimizer.data.engine import Engine
from optimizer.data.importers.checks import UNITS
from optimizer.data.open import open_events, read_spend
from optimizer.data.tables import Events
from optimizer.data.totals import Totals, read_totals
from optimizer.data.write_table import write_table
from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import _
from optimizer.pipeline.tables import Tables, read_tables, scenario_orders
from optimizer.results.commit import commit
from optimizer.scenario import Scenario
from optimizer.scenario.rewrite import rewrite

if TYPE_CHECKING:
    import pandas as pd


def carry_on(scenario: Scenario, since: Mapping[str, Path], folder: Path) -> Path:
    """Write a scenario folder whose tables hold what was planned from and what came since.

    Where both hold the same period (or order), the newer says what is so.

    Parameters
    ----------
    scenario
        The one that was planned.
    since
        Kind of table -> file with what came since.
    folder
        An empty or new folder.

    Returns
    -------
    Path
        The scenario file.

    Raises
    ------
    Problems
        Where a table of the scenario has nothing newer beside it, with each of them.
    """
    lacking: list[Problem] = []
    kinds = [kind for kind, file in scenario.data if file]
    for kind in kinds:
        if kind not in JOINS:
            what = _("a path table has no dates: nothing can be added to it")
            lacking.append(Problem(what, scenario.where("data", kind), _("plan from events")))
        elif kind not in since:
            what = _("the scenario plans from {kind}, and the files hold no newer ones", kind=kind)
            lacking.append(Problem(what, scenario.where("data", kind), _("add them: --from FILE")))
    if lacking:
        raise Problems(lacking)
    tables = read_tables(scenario)
    with commit(folder, empty=True) as part:
        (part / "data").mkdir()
        changes: list[tuple[tuple[str, ...], object]] = []
        for kind in kinds:
            name = JOINS[kind](scenario, tables, since[kind], part / "data")
            changes.append((("data", kind), f"data/{name}"))
        if scenario.columns:  # the tables are written under our own names
            changes.append((("columns",), None))
        (part / "scenario.yaml").write_text(rewrite(scenario, changes), encoding="utf-8")
    return folder / "scenario.yaml"


def _spend(scenario: Scenario, tables: Tables, since: Path, data: Path) -> str:
    import pandas as pd

    before, after = tables.spend, read_spend(str(since))
    assert before is not None
    _same_grain(scenario, "spend", before.period, after.period)
    frame = pd.concat([before.frame, after.frame]).dropna(axis=1, how="all")
    frame = frame.drop_duplicates(["period", "channel"], keep="last")
    frame = frame.sort_values(["period", "channel"])
    frame["period"] = frame["period"].dt.strftime("%Y-%m-%d")
    frame.to_csv(data / "spend.csv", index=False)
    return "spend.csv"


def _totals(scenario: Scenario, tables: Tables, since: Path, data: Path) -> str:
    import pandas as pd

    worth = scenario.value_per_customer
    before, after = tables.totals, read_totals(str(since), value_per_customer=worth)
    assert before is not None
    _same_grain(scenario, "totals", before.period, after.period)
    frame = pd.concat([_frame(before), _frame(after)]).drop_duplicates("period", keep="last")
    frame = frame.sort_values("period")
    frame.to_csv(data / "totals.csv", index=False)
    return "totals.csv"


def _frame(totals: Totals) -> pd.DataFrame:
    """The table as it would be read again."""
    import pandas as pd

    columns = {
        "new_customers": totals.new_customers,
        "orders": totals.orders,
        "revenue": totals.revenue,
        "visitors": totals.visitors,
        **totals.controls,
    }
    told = {name: values for name, values in columns.items() if values is not None}
    return pd.DataFrame({"period": [str(start) for start in totals.starts], **told})


def _orders(scenario: Scenario, tables: Tables, since: Path, data: Path) -> str:
    import pandas as pd

    before, after = scenario_orders(scenario), read_orders(str(since))
    assert before is not None
    frames = [before.frame, after.frame]
    frames += [orders.guests for orders in (before, after) if orders.guests is not None]
    frame = pd.concat(frames).drop_duplicates().sort_values(["timestamp"], kind="stable")
    frame.to_csv(data / "orders.csv", index=False)
    return "orders.csv"


def _events(scenario: Scenario, tables: Tables, since: Path, data: Path) -> str:
    before, after = tables.events, open_events(str(since))
    assert before is not None
    last = before.facts["to"]
    (data / "events").mkdir()
    write_table(_connection(before), _rows(before), data / "events" / "before.parquet")
    newer = f"{_rows(after)} WHERE timestamp > TIMESTAMP '{last}'"
    write_table(_connection(after), newer, data / "events" / "since.parquet")
    return "events"


def _rows(events: Events) -> str:
    segment = ", segment" if events.facts.get("segments") else ""
    return (
        "SELECT CAST(user_id AS VARCHAR) AS user_id, timestamp, channel, event, value"
        f"{segment} FROM {events.table}"
    )


def _connection(events: Events) -> Any:
    if not isinstance(events.engine, Engine):
        raise UserError(
            _("events in a database are added to there"),
            events.facts.get("label", "events"),
            _("let the scenario's table grow, and plan again"),
        )
    return events.engine.connection


JOINS: dict[str, Callable[[Scenario, Tables, Path, Path], str]] = {
    "spend": _spend,
    "totals": _totals,
    "orders": _orders,
    "events": _events,
}


def _same_grain(scenario: Scenario, kind: str, before: str, after: str) -> None:
    if before != after:
        raise UserError(
            _(
                "the scenario's {kind} go by {before}, the newer ones by {after}",
                kind=kind,
                before=UNITS[before],
                after=UNITS[after],
            ),
            scenario.where("data", kind),
            _("export both by the same period"),
        )
