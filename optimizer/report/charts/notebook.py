"""What a notebook shows for a result, as bare HTML tables; and plans side by side."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from optimizer.messages import _
from optimizer.report.charts.bars import bars
from optimizer.report.charts.plots import chart, table_html
from optimizer.report.charts.spending import side_by_side
from optimizer.report.paths import top_table
from optimizer.report.stages import uplift_table
from optimizer.report.view import Cell, Column, Table
from optimizer.report.words import Words

if TYPE_CHECKING:
    import altair
    import pandas as pd

    from optimizer.attribution.lifecycle import Lifecycle
    from optimizer.attribution.validation import Validation
    from optimizer.journeys.top_paths import TopPaths
    from optimizer.pipeline.actuals import Actuals
    from optimizer.report.face import Comparison


def comparison_chart(comparison: Comparison, lang: str = "en") -> altair.LayerChart:
    """Spend by channel in each plan.

    Parameters
    ----------
    comparison
        Its plans that keep their rules are drawn.
    lang
        "en" or "zh".
    """
    outcomes = [outcome for outcome in comparison.outcomes.values() if outcome.plan.feasible]
    say = Words(lang, outcomes[0].scenario.currency if outcomes else "CNY", page=True)
    frame = comparison.by_channel()
    points = [
        (str(name), str(channel), float(money))
        for name in frame.columns
        for channel, money in frame[name].items()
    ]
    return chart(side_by_side(points, {str(c): (0.0, None) for c in frame.index}, say))


def actuals_chart(actuals: Actuals, lang: str = "en") -> altair.LayerChart:
    """New customers due and come, period by period.

    Parameters
    ----------
    actuals
        A plan against what came.
    lang
        "en" or "zh".
    """
    say = Words(lang, page=True)
    entries: list[tuple[str, float, str, bool]] = []
    for period in actuals.periods:
        due = say(_("{start}, due", start=str(period.start)))
        came = say(_("{start}, came", start=str(period.start)))
        entries.append((due, period.due, say.count(period.due), False))
        entries.append((came, period.came, say.count(period.came), True))
    return chart(bars(entries, say(_("New customers")), say))


def frame_html(frame: pd.DataFrame) -> str:
    """A frame as a table for a notebook: escaped, numbers rounded, what is not known a dash."""
    columns = tuple(
        Column(str(name), number=any(isinstance(v, int | float) for v in frame[name].tolist()))
        for name in frame.columns
    )
    rows = tuple(
        tuple(Cell(_cell(value)) for value in row)
        for row in frame.itertuples(index=False, name=None)
    )
    return table_html(Table("", columns, rows))


def _cell(value: Any) -> str:
    if value is None or value != value:
        return "-"
    if isinstance(value, float):
        return f"{value:,.3g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def fields_html(result: object) -> str:
    """A result of single numbers as a table: its fields, one row each."""
    import pandas as pd

    shown = [
        (key, value)
        for key, value in vars(result).items()
        if isinstance(value, str | int | float) or value is None
    ]
    return frame_html(pd.DataFrame(shown, columns=["", " "]).astype(object))


def lifecycle_table(life: Lifecycle) -> str:
    """What a notebook shows: what one touch does at each stage."""
    return table_html(uplift_table(life, Words("en", page=True)))


def paths_table(paths: TopPaths) -> str:
    """What a notebook shows: the commonest paths."""
    found = top_table(paths, Words("en", page=True))
    return "" if found is None else table_html(found)


def validation_table(validation: Validation) -> str:
    """What a notebook shows: the verdict, and every score."""
    import pandas as pd

    verdict = "".join(f"<p>{escape(str(sentence))}</p>" for sentence in validation.verdict)
    return verdict + frame_html(pd.DataFrame(validation.as_dict()["scores"]).astype(object))


TABLES: dict[str, Callable[[Any], str]] = {
    "Actuals": lambda r: frame_html(r.to_frame()),
    "Comparison": lambda r: frame_html(r.to_frame().astype(object)),
    "Metrics": lambda r: frame_html(r.rows),
    "Funnel": lambda r: frame_html(r.stages),
    "Rfm": lambda r: frame_html(r.groups),
    "Carts": lambda r: frame_html(r.rows),
    "Ltv": lambda r: frame_html(r.curve),
    "Explanation": lambda r: frame_html(r.next),
    "Validation": validation_table,
    "TestResult": fields_html,
    "GeoTestResult": fields_html,
    "Lifecycle": lifecycle_table,
    "FittedLifecycle": lambda r: lifecycle_table(r.life),
    "TopPaths": paths_table,
    "JourneySummary": lambda r: paths_table(r.paths),
    "Credit": fields_html,
    "Response": fields_html,
}
PLOTS = {"Comparison": comparison_chart, "Actuals": actuals_chart}
