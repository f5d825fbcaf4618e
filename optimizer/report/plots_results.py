"""Pictures of what analysts ask one by one: figures, experiments, lifetime value, validation, the fitted lifecycle, paths."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from optimizer.messages import _
from optimizer.report import charts_more, charts_results
from optimizer.report.plots import chart, curve_chart, table_html
from optimizer.report.sections.journey import stage_name
from optimizer.report.sections.paths import path_name, step_name
from optimizer.report.view import Cell, Column, Table
from optimizer.report.words import Words

if TYPE_CHECKING:
    import altair

    from optimizer.attribution.explain import Explanation
    from optimizer.attribution.lifecycle import Lifecycle
    from optimizer.attribution.validation import Validation
    from optimizer.customers.experiment import Reading
    from optimizer.customers.funnel import Carts
    from optimizer.customers.geo import GeoReading
    from optimizer.customers.ltv import Ltv
    from optimizer.customers.metrics import Metrics
    from optimizer.journeys.top_paths import TopPaths
    from optimizer.pipeline.story import Story
    from optimizer.response.channel import Response

FIGURES = (
    "roi",
    "cac",
    "cvr",
    "ctr",
    "orders",
    "gmv",
    "spend",
)  # the first that is known, where none is asked for
MONEY = ("spend", "gmv", "cac", "aov", "cpc", "cpm")


def metrics_chart(
    metrics: Metrics, figure: str | None = None, lang: str = "en", currency: str = "CNY"
) -> altair.LayerChart:
    """One figure by channel (or tier, stage ...), the largest first. figure: a column of `rows`."""
    say = Words(lang, currency, page=True)
    rows = metrics.rows
    known = [name for name in rows.columns if name != "key" and rows[name].notna().any()]
    chosen = figure or next((name for name in FIGURES if name in known), None)
    if chosen is None or chosen not in known:
        raise ValueError(
            f"no figure '{figure}' is known here; these are: {', '.join(known)}"
            if known
            else "no figure is known here"
        )
    write = (
        say.money
        if chosen in MONEY
        else say.percent
        if chosen in ("ctr", "cvr", "repurchase_rate")
        else say.ratio
        if chosen == "roi"
        else say.count
    )
    found = [
        (str(row["key"]), float(row[chosen]))
        for row in rows.to_dict("records")
        if row[chosen] is not None and row[chosen] == row[chosen]
    ]
    found.sort(key=lambda pair: (-pair[1], pair[0]))
    return chart(
        charts_more.bars(
            [(name, value, write(value), True) for name, value in found],
            say.named("figure", chosen),
            say,
            chosen in MONEY,
        )
    )


def carts_chart(carts: Carts, lang: str = "en") -> altair.LayerChart:
    """Carts left behind, by the channel of the last touch before."""
    say = Words(lang, page=True)
    found = sorted(
        (
            (str(row["channel"]) or "-", float(row["left"]), row["loss"])
            for row in carts.rows.to_dict("records")
        ),
        key=lambda row: (-row[1], row[0]),
    )
    entries = [
        (name, left, say.count(left) + ("" if loss is None else f" ({say.percent(loss)})"), True)
        for name, left, loss in found
    ]
    return chart(charts_more.bars(entries, say(_("Carts left behind")), say))


def reading_chart(reading: Reading, lang: str = "en") -> altair.LayerChart:
    """The difference with its interval, for one look and for every look."""
    say = Words(lang, page=True)
    share = reading.control.share

    def text(low: float, high: float) -> str:
        return (
            say(_("{low} – {high}", low=say.percent(low, 2), high=say.percent(high, 2)))
            if share
            else say(_("{low} – {high}", low=say.number(low), high=say.number(high)))
        )

    entries = [
        (
            say(_("Read once, at the end")),
            reading.difference,
            reading.low,
            reading.high,
            text(reading.low, reading.high),
        )
    ]
    if reading.always_low is not None and reading.always_high is not None:
        entries.append(
            (
                say(_("Valid at every look")),
                reading.difference,
                reading.always_low,
                reading.always_high,
                text(reading.always_low, reading.always_high),
            )
        )
    return chart(
        charts_results.intervals(
            entries,
            say(
                _(
                    "{treatment} less {control}",
                    treatment=reading.treatment.name,
                    control=reading.control.name,
                )
            ),
            say,
            share,
        )
    )


def geo_chart(reading: GeoReading, lang: str = "en") -> altair.LayerChart:
    """The effect per treated region and period, with its interval."""
    say = Words(lang, page=True)
    text = say(_("{low} – {high}", low=say.number(reading.low), high=say.number(reading.high)))
    return chart(
        charts_results.intervals(
            [(say(_("Effect")), reading.effect, reading.low, reading.high, text)],
            say(_("Per treated region and period")),
            say,
        )
    )


def ltv_chart(ltv: Ltv, lang: str = "en", currency: str = "CNY") -> altair.LayerChart:
    """Expected margin of a new customer by days since the first order, the interval shaded."""
    say = Words(lang, currency, page=True)
    points = [
        (float(r["age_days"]), float(r["value"]), float(r["low"]), float(r["high"]))
        for r in ltv.curve.to_dict("records")
    ]
    return chart(
        charts_results.growth(
            [(0.0, 0.0, 0.0, 0.0), *points],
            say(_("Days since the first order")),
            say(_("Margin per new customer")),
            say,
        )
    )


def validation_chart(validation: Validation, lang: str = "en") -> altair.LayerChart:
    """How well each model predicts the end of journeys it has not seen."""
    say = Words(lang, page=True)
    found = sorted(
        ((s.name, float(s.end_gain)) for s in validation.scores if s.end_gain is not None),
        key=lambda pair: (-pair[1], pair[0]),
    )
    best = f"markov {validation.order}"
    return chart(
        charts_more.bars(
            [
                (charts_more.model_name(name, say), gain, say.number(gain, 3), name == best)
                for name, gain in found
            ],
            say(_("Gain in predicting the end of unseen journeys")),
            say,
        )
    )


def explanation_chart(explanation: Explanation, lang: str = "en") -> altair.LayerChart:
    """What users do right after the channel."""
    say = Words(lang, page=True)
    rows = explanation.next.to_dict("records")
    entries = [
        (str(row["next"]), float(row["probability"]), say.percent(float(row["probability"])), True)
        for row in rows
    ]
    return chart(
        charts_more.bars(
            entries, say(_("After {channel}, users go to", channel=explanation.channel)), say
        )
    )


def lifecycle_chart(life: Lifecycle, lang: str = "en") -> altair.LayerChart:
    """Chance that one touch moves somebody on, by channel and stage."""
    say = Words(lang, page=True)
    names = [stage_name(name, say) for name in life.stages]
    cells = [
        (channel, stage, max(0.0, float(life.uplift[i, j])))
        for i, channel in enumerate(life.channels)
        for j, stage in enumerate(names)
    ]
    return chart(
        charts_results.shares(
            cells,
            say(_("Chance that one touch moves somebody on, above what happens by itself")),
            say,
        )
    )


def paths_chart(paths: TopPaths, lang: str = "en") -> altair.LayerChart:
    """Conversions by path, the most first."""
    say = Words(lang, page=True)
    entries = [
        (path_name(path.channels), path.conversions, say.count(path.conversions), True)
        for path in paths.paths
    ]
    spec = charts_more.bars(entries, say(_("Conversions")), say)
    spec["encoding"]["y"]["axis"] = {
        **spec["encoding"]["y"]["axis"],
        "labelLimit": 340,
    }  # a path is longer than a name
    return chart(spec)


def story_chart(story: Story, lang: str = "en") -> altair.LayerChart:
    """People by step, buying again unrolled; the top paths where the journeys have no people."""
    if not story.steps:
        return paths_chart(story.paths, lang)
    say = Words(lang, page=True)
    entries = [
        (step_name(name, say), float(people), say.count(people), name.startswith("order "))
        for name, people in story.steps
    ]
    return chart(charts_more.bars(entries, say(_("People")), say))


def response_chart(
    response: Response, plan: float | None = None, lang: str = "en", currency: str = "CNY"
) -> altair.LayerChart:
    """The channel's curve with today's spend on it."""
    return curve_chart(response.curve, response.current, plan, lang, currency, response.channel)


def journey_chart(journey: Any, lang: str = "en") -> altair.LayerChart:
    return lifecycle_chart(journey.life, lang)


PLOTS = {
    "Metrics": metrics_chart,
    "Carts": carts_chart,
    "Reading": reading_chart,
    "GeoReading": geo_chart,
    "Ltv": ltv_chart,
    "Validation": validation_chart,
    "Explanation": explanation_chart,
    "Lifecycle": lifecycle_chart,
    "Journey": journey_chart,
    "TopPaths": paths_chart,
    "Story": story_chart,
    "Response": response_chart,
}


def frame_html(frame: Any) -> str:
    """A frame as a table for a notebook: escaped, numbers rounded for people, what is not known a dash."""

    def cell(value: Any) -> str:
        if value is None or value != value:
            return "-"
        return (
            f"{value:,.3g}"
            if isinstance(value, float)
            else f"{value:,}"
            if isinstance(value, int) and not isinstance(value, bool)
            else str(value)
        )

    columns = tuple(
        Column(str(name), number=frame[name].map(lambda v: isinstance(v, int | float)).any())
        for name in frame.columns
    )
    rows = tuple(
        tuple(Cell(cell(value)) for value in row)
        for row in frame.itertuples(index=False, name=None)
    )
    return table_html(Table("", columns, rows))


def fields_html(result: Any) -> str:
    """A result of single numbers as a table: its fields, one row each."""
    import pandas as pd

    shown = [
        (key, value)
        for key, value in vars(result).items()
        if isinstance(value, str | int | float) or value is None
    ]
    return frame_html(pd.DataFrame(shown, columns=["", " "]).astype(object))


def lifecycle_table(life: Any) -> str:
    from optimizer.report.sections.journey import uplift_tables

    return "".join(map(table_html, uplift_tables(life, Words("en", page=True))))


def paths_table(paths: Any) -> str:
    from types import SimpleNamespace

    from optimizer.report.sections.paths import top_table

    found = top_table(SimpleNamespace(paths=paths), Words("en", page=True))
    return "" if found is None else table_html(found)


def validation_table(validation: Any) -> str:
    import pandas as pd

    verdict = "".join(f"<p>{escape(sentence)}</p>" for sentence in validation.verdict)
    return verdict + frame_html(pd.DataFrame(validation.as_dict()["scores"]).astype(object))


TABLES = {
    "Metrics": lambda r: frame_html(r.rows),
    "Funnel": lambda r: frame_html(r.stages),
    "Rfm": lambda r: frame_html(r.groups),
    "Carts": lambda r: frame_html(r.rows),
    "Ltv": lambda r: frame_html(r.curve),
    "Explanation": lambda r: frame_html(r.next),
    "Validation": validation_table,
    "Reading": fields_html,
    "GeoReading": fields_html,
    "Lifecycle": lifecycle_table,
    "Journey": lambda r: lifecycle_table(r.life),
    "TopPaths": paths_table,
    "Story": lambda r: paths_table(r.paths),
    "Credit": lambda r: frame_html(r.to_frame()) if hasattr(r, "to_frame") else fields_html(r),
    "Response": fields_html,
}
