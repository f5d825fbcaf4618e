"""Pictures of what analysts ask one by one: figures, experiments, lifetime value, paths, models."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from optimizer.messages import Message, _
from optimizer.report.charts.bars import bars, intervals
from optimizer.report.charts.curves import growth
from optimizer.report.charts.heat import shares
from optimizer.report.charts.plots import chart, curve_chart
from optimizer.report.paths import path_name
from optimizer.report.titles import model_title, stage_title, step_title
from optimizer.report.words import Words

if TYPE_CHECKING:
    import altair

    from optimizer.attribution.explain import Explanation
    from optimizer.attribution.lifecycle import Lifecycle
    from optimizer.attribution.validation import Validation
    from optimizer.customers.experiment import TestResult
    from optimizer.customers.funnel import Carts
    from optimizer.customers.geo import GeoTestResult
    from optimizer.customers.ltv import Ltv
    from optimizer.customers.metrics import Metrics
    from optimizer.journeys.top_paths import TopPaths
    from optimizer.pipeline.fitted import FittedLifecycle
    from optimizer.pipeline.journey_summary import JourneySummary
    from optimizer.response.channel import Response

# the first that is known is drawn, where none is asked for
FIGURES = ("roi", "cac", "cvr", "ctr", "orders", "gmv", "spend")
MONEY = ("spend", "gmv", "cac", "aov", "cpc", "cpm")
SHARES = ("ctr", "cvr", "repurchase_rate")
TITLES: dict[str, Message] = {
    "roi": _("ROI"),
    "cac": _("CAC"),
    "cvr": _("CVR"),
    "ctr": _("CTR"),
    "aov": _("AOV"),
    "orders": _("Orders"),
    "gmv": _("GMV"),
    "spend": _("Spend"),
}


def metrics_chart(
    metrics: Metrics, figure: str | None = None, lang: str = "en", currency: str = "CNY"
) -> altair.LayerChart:
    """One figure by channel (or tier, stage ...), the largest first.

    Parameters
    ----------
    metrics
        Figures by key.
    figure
        A column of `rows` (None: the first of `FIGURES` that is known).
    lang, currency
        How words and amounts are written.

    Raises
    ------
    ValueError
        Where the figure is not known.
    """
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
    found = [
        (str(row["key"]), float(row[chosen]))
        for row in rows.to_dict("records")
        if row[chosen] is not None and row[chosen] == row[chosen]
    ]
    found.sort(key=lambda pair: (-pair[1], pair[0]))
    title = say(TITLES.get(chosen, chosen.replace("_", " ")))
    write = _writer(chosen, say)
    entries = [(name, value, write(value), True) for name, value in found]
    return chart(bars(entries, title, say, chosen in MONEY))


def _writer(figure: str, say: Words) -> Callable[[float], str]:
    """How a figure's values are written."""
    if figure in MONEY:
        return say.money
    if figure in SHARES:
        return say.percent
    return say.ratio if figure == "roi" else say.count


def carts_chart(carts: Carts, lang: str = "en") -> altair.LayerChart:
    """Carts left behind, by the channel of the last touch before.

    Parameters
    ----------
    carts
        Its rows; beside each bar stands the share of the channel's carts that was left.
    lang
        "en" or "zh".
    """
    say = Words(lang, page=True)
    found = [
        (str(row["channel"]) or "-", float(row["left"]), row["loss"])
        for row in carts.rows.to_dict("records")
    ]
    found.sort(key=lambda row: (-row[1], row[0]))
    entries = [
        (name, left, say.count(left) + ("" if loss is None else f" ({say.percent(loss)})"), True)
        for name, left, loss in found
    ]
    return chart(bars(entries, say(_("Carts left behind")), say))


def difference_chart(result: TestResult, lang: str = "en") -> altair.LayerChart:
    """The difference with its interval, for one look and for every look.

    Parameters
    ----------
    result
        Its interval for every look is drawn once it is known.
    lang
        "en" or "zh".
    """
    say = Words(lang, page=True)
    share = result.control.share

    def text(low: float, high: float) -> str:
        """The interval in words."""
        ends = [say.percent(x, 2) if share else say.number(x) for x in (low, high)]
        return say(_("{low} – {high}", low=ends[0], high=ends[1]))

    looks = [(_("Read once, at the end"), result.low, result.high)]
    if result.always_low is not None and result.always_high is not None:
        looks.append((_("Valid at every look"), result.always_low, result.always_high))
    entries = [
        (say(name), result.difference, low, high, text(low, high)) for name, low, high in looks
    ]
    arms = {"treatment": result.treatment.name, "control": result.control.name}
    return chart(intervals(entries, say(_("{treatment} less {control}", **arms)), say, share))


def geo_chart(result: GeoTestResult, lang: str = "en") -> altair.LayerChart:
    """The effect per treated region and period, with its interval.

    Parameters
    ----------
    result
        Effect and interval in the outcome's own unit.
    lang
        "en" or "zh".
    """
    say = Words(lang, page=True)
    text = say(_("{low} – {high}", low=say.number(result.low), high=say.number(result.high)))
    entries = [(say(_("Effect")), result.effect, result.low, result.high, text)]
    return chart(intervals(entries, say(_("Per treated region and period")), say))


def ltv_chart(ltv: Ltv, lang: str = "en", currency: str = "CNY") -> altair.LayerChart:
    """Expected margin of a new customer by days since the first order, the interval shaded.

    Parameters
    ----------
    ltv
        Its curve; a point at nothing on the day of the first order is put before it.
    lang
        "en" or "zh".
    currency
        ISO 4217 code of the margin.
    """
    say = Words(lang, currency, page=True)
    points = [(0.0, 0.0, 0.0, 0.0)]
    points += [
        (float(r["age_days"]), float(r["value"]), float(r["low"]), float(r["high"]))
        for r in ltv.curve.to_dict("records")
    ]
    days, margin = say(_("Days since the first order")), say(_("Margin per new customer"))
    return chart(growth(points, days, margin, say))


def validation_chart(validation: Validation, lang: str = "en") -> altair.LayerChart:
    """How well each model predicts the end of journeys it has not seen.

    Parameters
    ----------
    validation
        Scores; a model that says nothing of a journey's end is left out, Markov at the order that
        was chosen is highlighted.
    lang
        "en" or "zh".
    """
    say = Words(lang, page=True)
    found = [(s.name, float(s.end_gain)) for s in validation.scores if s.end_gain is not None]
    found.sort(key=lambda pair: (-pair[1], pair[0]))
    best = f"markov {validation.order}"
    entries = [
        (say(model_title(name)), gain, say.number(gain, 3), name == best) for name, gain in found
    ]
    return chart(bars(entries, say(_("Gain in predicting the end of unseen journeys")), say))


def explanation_chart(explanation: Explanation, lang: str = "en") -> altair.LayerChart:
    """What users do right after the channel.

    Parameters
    ----------
    explanation
        Its `next`, in that order.
    lang
        "en" or "zh".
    """
    say = Words(lang, page=True)
    found = [
        (str(row["next"]), float(row["probability"])) for row in explanation.next.to_dict("records")
    ]
    entries = [(name, share, say.percent(share), True) for name, share in found]
    title = say(_("After {channel}, users go to", channel=explanation.channel))
    return chart(bars(entries, title, say))


def lifecycle_chart(life: Lifecycle, lang: str = "en") -> altair.LayerChart:
    """Chance that one touch moves somebody on, by channel and stage.

    Parameters
    ----------
    life
        The fitted lifecycle; an uplift below nothing is drawn as none.
    lang
        "en" or "zh".
    """
    say = Words(lang, page=True)
    names = [say(stage_title(name)) for name in life.stages]
    cells = [
        (channel, stage, max(0.0, float(life.uplift[i, j])))
        for i, channel in enumerate(life.channels)
        for j, stage in enumerate(names)
    ]
    title = _("Chance that one touch moves somebody on, above what happens by itself")
    return chart(shares(cells, say(title), say))


def paths_chart(paths: TopPaths, lang: str = "en") -> altair.LayerChart:
    """Conversions by path, the most first.

    Parameters
    ----------
    paths
        The commonest paths only: what all others bring is not drawn.
    lang
        "en" or "zh".
    """
    say = Words(lang, page=True)
    entries = [
        (path_name(path.channels), path.conversions, say.count(path.conversions), True)
        for path in paths.paths
    ]
    spec = bars(entries, say(_("Conversions")), say)
    # a path is longer than a name
    spec["encoding"]["y"]["axis"] = {**spec["encoding"]["y"]["axis"], "labelLimit": 340}
    return chart(spec)


def journey_summary_chart(summary: JourneySummary, lang: str = "en") -> altair.LayerChart:
    """People by step, buying again unrolled; the top paths where the journeys have no people.

    Parameters
    ----------
    summary
        Steps, and the paths that are drawn where there are none.
    lang
        "en" or "zh".
    """
    if not summary.steps:
        return paths_chart(summary.paths, lang)
    say = Words(lang, page=True)
    entries = [
        (say(step_title(name)), float(people), say.count(people), name.startswith("order "))
        for name, people in summary.steps
    ]
    return chart(bars(entries, say(_("People")), say))


def response_chart(
    response: Response, plan: float | None = None, lang: str = "en", currency: str = "CNY"
) -> altair.LayerChart:
    """The channel's curve with today's spend on it.

    Parameters
    ----------
    response
        The channel's, over the whole plan.
    plan
        Spend that is marked as the plan's, currency over the whole plan (None: not marked).
    lang, currency
        How words and amounts are written.
    """
    return curve_chart(response.curve, response.current, plan, lang, currency, response.channel)


def fitted_chart(fitted: FittedLifecycle, lang: str = "en") -> altair.LayerChart:
    """The fitted lifecycle's own chart."""
    return lifecycle_chart(fitted.life, lang)


PLOTS = {
    "Metrics": metrics_chart,
    "Carts": carts_chart,
    "TestResult": difference_chart,
    "GeoTestResult": geo_chart,
    "Ltv": ltv_chart,
    "Validation": validation_chart,
    "Explanation": explanation_chart,
    "Lifecycle": lifecycle_chart,
    "FittedLifecycle": fitted_chart,
    "TopPaths": paths_chart,
    "JourneySummary": journey_summary_chart,
    "Response": response_chart,
}
