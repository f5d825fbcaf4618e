"""The next scenario: the same questions, asked of the data with what came since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.customers.orders import Orders, read_orders
from optimizer.data.engine import Engine
from optimizer.data.importers.checks import UNITS
from optimizer.data.open import open_events, read_spend
from optimizer.data.tables import Events, Spend
from optimizer.data.totals import Totals, read_totals
from optimizer.data.write_table import write_table
from optimizer.errors import Problem, Problems, UserError
from optimizer.journeys.declared import Journey
from optimizer.messages import _
from optimizer.pipeline.tables import as_it_stands
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
    UserError
        Where a table of the scenario has nothing newer beside it (with each of them), cannot be
        continued, or counts by other periods.
    """
    if scenario.segments is not None:
        raise UserError(
            _("what came since does not say who belongs to which segment"),
            scenario.where("segments"),
            _("add the newer rows to the scenario's own tables, and plan again"),
        )
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
    with commit(folder, empty=True) as part:
        (part / "data").mkdir()
        changes: list[tuple[tuple[str, ...], object]] = []
        for kind in kinds:
            before = as_it_stands(scenario, kind)
            name = JOINS[kind](scenario, before, since[kind], part / "data")
            changes.append((("data", kind), f"data/{name}"))
        if scenario.columns:  # the tables are written under our own names
            changes.append((("columns",), None))
        (part / "scenario.yaml").write_text(rewrite(scenario, changes), encoding="utf-8")
    return folder / "scenario.yaml"


def _spend(scenario: Scenario, before: Spend, since: Path, data: Path) -> str:
    after = read_spend(str(since))
    _same_grain(scenario, "spend", before.period, after.period)
    frame = _continued(before.frame, after.frame, ["period", "channel"]).dropna(axis=1, how="all")
    frame["period"] = frame["period"].dt.strftime("%Y-%m-%d")
    frame.to_csv(data / "spend.csv", index=False)
    return "spend.csv"


def _totals(scenario: Scenario, before: Totals, since: Path, data: Path) -> str:
    after = read_totals(str(since), value_per_customer=scenario.value_per_customer)
    _same_grain(scenario, "totals", before.period, after.period)
    frame = _continued(_frame(before), _frame(after), ["period"])
    frame.to_csv(data / "totals.csv", index=False)
    return "totals.csv"


def _continued(before: pd.DataFrame, after: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Both tables by their key; what both hold is as the newer says."""
    import pandas as pd

    return pd.concat([before, after]).drop_duplicates(key, keep="last").sort_values(key)


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


def _orders(scenario: Scenario, before: Orders, since: Path, data: Path) -> str:
    import pandas as pd

    old, new = _all_orders(before), _all_orders(read_orders(str(since)))
    key = ["user_id", "timestamp", "value"]
    again = pd.MultiIndex.from_frame(old[key]).isin(pd.MultiIndex.from_frame(new[key]))
    again |= old["order_id"].isin(new["order_id"].dropna()).to_numpy()
    frame = pd.concat([old[~again], new]).sort_values("timestamp", kind="stable")
    frame.dropna(axis=1, how="all").to_csv(data / "orders.csv", index=False)
    return "orders.csv"


def _all_orders(orders: Orders) -> pd.DataFrame:
    """The orders, those of guests among them."""
    import pandas as pd

    if orders.guests is None:
        return orders.frame
    return pd.concat([orders.frame, orders.guests], ignore_index=True)


def _events(scenario: Scenario, before: Events, since: Path, data: Path) -> str:
    after = open_events(str(since), touch=Journey.of(scenario.journey).touch)
    last = before.facts["to"]
    (data / "events").mkdir()
    write_table(_connection(before), _rows(before), data / "events" / "before.parquet")
    newer = f"{_rows(after)} WHERE timestamp > TIMESTAMP '{last}'"
    write_table(_connection(after), newer, data / "events" / "since.parquet")
    return "events"


def _rows(events: Events) -> str:
    columns = "CAST(user_id AS VARCHAR) AS user_id, timestamp, channel, event, value"
    return f"SELECT {columns} FROM {events.table}"


def _connection(events: Events) -> Any:
    if not isinstance(events.engine, Engine):
        raise UserError(
            _("events in a database are added to there"),
            events.facts.get("label", "events"),
            _("let the scenario's table grow, and plan again"),
        )
    return events.engine.connection


JOINS: dict[str, Callable[[Scenario, Any, Path, Path], str]] = {
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
