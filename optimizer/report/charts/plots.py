"""Pictures of results for notebooks: what `.plot()` and the rich display of a result show.

Each result class has its drawing here or in `analyses`, under its own name; the classes stand left
of this package and find it through `optimizer.plotting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from optimizer.messages import _
from optimizer.pipeline.outcome import chosen_model
from optimizer.report.answer import verdict
from optimizer.report.channels import channel_lines
from optimizer.report.charts.bars import bars
from optimizer.report.charts.curves import response_curve
from optimizer.report.charts.look import Spec
from optimizer.report.charts.spending import plan_shift
from optimizer.report.credit_table import credit_spec, side_by_side
from optimizer.report.export import WIDE, complete
from optimizer.report.sections.plan import table
from optimizer.report.titles import stage_title
from optimizer.report.view import Column, Table
from optimizer.report.words import Words

if TYPE_CHECKING:
    import altair

    from optimizer.allocation.plan import Plan
    from optimizer.attribution.credit import Attribution, Credit
    from optimizer.customers.funnel import Funnel
    from optimizer.customers.rfm import Rfm
    from optimizer.pipeline.outcome import Outcome
    from optimizer.response.curve import Curve


def attribution_chart(
    attribution: Attribution, lang: str = "en", model: str | None = None
) -> altair.LayerChart:
    """Credit by channel under every model.

    Parameters
    ----------
    attribution
        Models side by side.
    lang
        "en" or "zh".
    model
        The one drawn in colour (None: the lifecycle's, else the last).

    Raises
    ------
    ValueError
        Where there is no model.
    """
    chosen = model or chosen_model(attribution)
    if chosen is None:
        raise ValueError("this attribution holds no model")
    return chart(credit_spec(attribution, attribution[chosen].label, Words(lang, page=True)))


def plan_chart(plan: Plan, lang: str = "en", currency: str = "CNY") -> altair.LayerChart:
    """Spend now and in the plan for each channel, on its allowed range.

    Parameters
    ----------
    plan
        A plan that meets its rules.
    lang
        "en" or "zh".
    currency
        ISO 4217 code of its amounts: a plan does not know its own.

    Raises
    ------
    ValueError
        Where there is no plan.
    """
    lines = channel_lines(plan)
    if not lines:
        raise ValueError(
            "this plan has no lines: no plan meets its rules; look at its `conflict` and `fixes`"
        )
    return chart(plan_shift(lines, Words(lang, currency, page=True)))


def curve_chart(
    curve: Curve,
    now: float | None = None,
    plan: float | None = None,
    lang: str = "en",
    currency: str = "CNY",
    channel: str = "",
) -> altair.LayerChart:
    """Response against spend; now and plan marked where given, the range that was seen shaded.

    Parameters
    ----------
    curve
        Spend in currency -> new customers.
    now, plan
        Spend that is marked (None: not).
    lang, currency
        How words and amounts are written.
    channel
        Its name.
    """
    return chart(
        response_curve(
            channel, curve, now, plan, curve.evidence.observed, Words(lang, currency, page=True)
        ),
        460,
    )


def credit_chart(credit: Credit, lang: str = "en") -> altair.LayerChart:
    """One model's credit by channel, conversions, the largest first; the organic part beside it.

    Parameters
    ----------
    credit
        One model's.
    lang
        "en" or "zh".
    """
    say = Words(lang, page=True)
    found = sorted(
        zip(credit.channels, credit.conversions.tolist(), strict=True),
        key=lambda pair: (-pair[1], pair[0]),
    )
    entries = [(name, value, say.count(value), True) for name, value in found]
    if credit.organic_conversions is not None:
        entries.append(
            (
                say(_("Organic (no paid touch)")),
                credit.organic_conversions,
                say.count(credit.organic_conversions),
                False,
            )
        )
    return chart(bars(entries, say(_("Conversions")), say))


def funnel_chart(funnel: Funnel, lang: str = "en") -> altair.LayerChart:
    """People by stage, and the share of the stage before.

    Parameters
    ----------
    funnel
        Its stages, in their order.
    lang
        "en" or "zh".
    """
    say = Words(lang, page=True)
    entries = [
        (
            say(stage_title(str(row["stage"]))),
            float(row["people"]),
            say.count(row["people"])
            + (f" ({say.percent(row['rate'])})" if row["rate"] is not None else ""),
            True,
        )
        for row in funnel.stages.to_dict("records")
    ]
    return chart(bars(entries, say(_("People")), say))


def rfm_chart(rfm: Rfm, lang: str = "en") -> altair.LayerChart:
    """Customers by group, and each group's share of what was spent.

    Parameters
    ----------
    rfm
        Its groups, in their order.
    lang
        "en" or "zh": of the groups' names too.
    """
    say = Words(lang, page=True)
    entries = [
        (
            str(row[lang]),
            float(row["customers"]),
            say(
                _(
                    "{customers} ({share} of value)",
                    customers=say.count(row["customers"]),
                    share=say.percent(row["value_share"]),
                )
            ),
            True,
        )
        for row in rfm.groups.to_dict("records")
    ]
    return chart(bars(entries, say(_("Customers")), say))


def outcome_chart(outcome: Outcome, lang: str = "en") -> altair.LayerChart:
    """The plan of a run."""
    return plan_chart(outcome.plan, lang, outcome.scenario.currency)


def chart(spec: Spec, width: int = WIDE) -> altair.LayerChart:
    """A Vega-Lite spec as a chart object, `width` pixels wide.

    It shows itself in a notebook and saves itself with `.save("x.png")`.

    Parameters
    ----------
    spec
        As the report holds it; it stays as it is.
    width
        Pixels.
    """
    import altair

    made: altair.LayerChart = altair.LayerChart.from_dict(complete(spec, width))
    return made


PLOTS = {
    "Attribution": attribution_chart,
    "Credit": credit_chart,
    "Funnel": funnel_chart,
    "Rfm": rfm_chart,
    "Plan": plan_chart,
    "Curve": curve_chart,
    "Outcome": outcome_chart,
}


def attribution_table(attribution: Attribution) -> str:
    """What a notebook shows: the models side by side."""
    say = Words("en", page=True)
    chosen = chosen_model(attribution)
    return "" if chosen is None else table_html(side_by_side(attribution, chosen, say))


def plan_table(plan: Plan) -> str:
    """What a notebook shows: the answer, and the plan by channel."""
    say = Words("en", page=True)
    text = f"<p>{escape(' '.join(verdict(plan, say)))}</p>"
    if plan.totals is None:
        return text
    return text + table_html(table(plan, channel_lines(plan), say))


def outcome_table(outcome: Outcome) -> str:
    """What a notebook shows: the plan of the run."""
    return plan_table(outcome.plan)


TABLES = {"Attribution": attribution_table, "Plan": plan_table, "Outcome": outcome_table}


def table_html(table: Table) -> str:
    """A table as bare HTML, every text escaped; a notebook gives it its look."""

    def row(cells: Sequence[str], tag: str) -> str:
        """A row of cells."""
        return f"<tr>{''.join(map(cell, cells, table.columns, [tag] * len(cells)))}</tr>"

    def cell(text: str, column: Column, tag: str) -> str:
        """One cell, escaped."""
        side = "right" if column.number else "left"
        return f"<{tag} style='text-align:{side}'>{escape(text)}</{tag}>"

    body = "".join(
        row([cell.text for cell in cells], "td")
        for cells in [*table.rows, *([table.foot] if table.foot else [])]
    )
    head = row([column.title for column in table.columns], "th")
    caption = f"<caption>{escape(table.caption)}</caption>"
    return f"<table>{caption}<thead>{head}</thead><tbody>{body}</tbody></table>"
