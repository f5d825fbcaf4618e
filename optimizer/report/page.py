"""The report as one HTML file that needs nothing else: the charts' program, the look and the numbers are inside.

A content security policy forbids every request and every script but the two this program wrote (by their hash).
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from importlib import resources
from typing import Any

from optimizer.messages import _, pgettext
from optimizer.report import charts, facts
from optimizer.report.sections import sections
from optimizer.report.sections.appendix import kept
from optimizer.report.sections.first_steps import first_steps
from optimizer.report.sections.verdict import cards, horizon, verdict
from optimizer.report.view import Chart, Page, Table
from optimizer.report.words import Words

DATA_KEYS = ("data", "datasets", "domain", "sort", "values")  # hold the user's words: never touched


def page(outcome: Any, say: Words) -> Page:
    """The whole report, before any format."""
    scenario = facts.part(outcome, "scenario")
    name = str(facts.part(scenario, "name", "-"))
    goal = say.named("goal", str(outcome.plan.goal))
    budget = facts.part(scenario, "budget")
    length = horizon(scenario, say)
    if budget is None:
        subtitle = say(_("{horizon}, goal: {goal}", horizon=length, goal=goal))
    else:
        subtitle = say(
            _(
                "{budget} over {horizon}, goal: {goal}",
                budget=say.money(float(budget)),
                horizon=length,
                goal=goal,
            )
        )
    answer, more = verdict(outcome, say)
    made = say(
        _(
            "Made by optimizer {version}. This page works offline and sends nothing anywhere.",
            version=str(kept(outcome, "versions").get("attribution-budget-optimizer", "")),
        )
    )
    return Page(
        lang=say.lang,
        title=say(_("{name}: budget plan", name=name)),
        subtitle=subtitle,
        verdict=answer,
        more=more,
        status="ok" if outcome.plan.totals is not None else "none",
        cards=cards(outcome, say),
        sections=sections(outcome, say),
        steps=first_steps(outcome, say),
        steps_title=say(_("First steps")),
        groups=facts.groups(outcome),
        footer=(made,),
    )


def html(shown: Page, say: Words) -> str:
    """The page as HTML text."""
    from markupsafe import Markup

    env = environment()
    drawn = [chart for section in shown.sections for chart in section.charts]
    places = {id(chart): i for i, chart in enumerate(drawn)}
    grid_template = env.get_template("table.html")

    def grid(table: Table, caption: bool = True) -> Markup:
        return Markup(grid_template.render(table=table, caption=caption))

    def index(chart: Chart) -> int:
        return places[id(chart)]

    script, bundle = text("report.js"), program()
    made: str = env.get_template("report.html").render(
        page=shown,
        say=say,
        grid=grid,
        index=index,
        lang_tag={"en": "en", "zh": "zh-CN"}[shown.lang],
        css=Markup(text("report.css")),
        script=Markup(script),
        bundle=Markup(bundle),
        csp=policy(script, *([bundle] if drawn else [])),
        charts=Markup(
            in_script(
                {"config": themed(charts.config()), "charts": [themed(c.spec) for c in drawn]}
            )
        )
        if drawn
        else None,
    )
    return made


def environment() -> Any:
    """Jinja with this package's templates; everything is escaped, a missing name is an error."""
    import jinja2

    source = jinja2.FileSystemLoader(str(resources.files("optimizer.report") / "templates"))
    made = jinja2.Environment(
        loader=source,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.globals.update({"_": _, "pgettext": pgettext})  # what extracts the messages reads these
    return made


def text(name: str) -> str:
    """A file of the templates folder, with \\n line ends so that hashes hold everywhere."""
    return (
        (resources.files("optimizer.report") / "templates" / name)
        .read_text(encoding="utf-8")
        .replace("\r\n", "\n")
    )


@lru_cache(maxsize=1)
def program() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, from the wheel of vl-convert."""
    import vl_convert

    code = (
        str(vl_convert.javascript_bundle("window.vegaEmbed=vegaEmbed;"))
        .replace("\r\n", "\n")
        .replace("\r", "\n")
    )
    code = "(()=>{" + code + "\n})();"
    if "</script" in code.lower() or "<!--" in code:
        raise RuntimeError("the chart library's script holds a tag that would end it early")
    return code


def policy(*scripts: str) -> str:
    """A content security policy: nothing from anywhere, these scripts by hash, own styles, inline pictures."""
    hashes = " ".join(
        "'sha256-" + base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() + "'"
        for s in scripts
    )
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def in_script(value: Any) -> str:
    """JSON that no name can break out of: <, > and & are written as escapes."""
    dumped = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    for char in "<>&\u2028\u2029":
        dumped = dumped.replace(char, f"\\u{ord(char):04x}")
    return dumped


def themed(spec: Any) -> Any:
    """The spec with palette colours as CSS variables; the data and whatever holds names stay as they are."""
    names = {value: f"var(--{name})" for name, value in charts.PALETTE.items()}

    def swap(thing: Any) -> Any:
        if isinstance(thing, dict):
            return {key: value if key in DATA_KEYS else swap(value) for key, value in thing.items()}
        if isinstance(thing, list):
            return [swap(value) for value in thing]
        return names.get(thing, thing) if isinstance(thing, str) else thing

    return swap(spec)
