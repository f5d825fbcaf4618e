"""The report as one HTML file that needs nothing else: program, look and numbers are inside.

A content security policy forbids every request and every script but the two that this program
wrote (by their hash).
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from importlib import resources
from typing import Any

from optimizer.messages import _, pgettext
from optimizer.pipeline.outcome import Outcome
from optimizer.report.answer import cards, horizon, verdict
from optimizer.report.channels import channels_of, platforms
from optimizer.report.charts.look import PALETTE, config
from optimizer.report.first_steps import first_steps
from optimizer.report.goals import goal_title
from optimizer.report.names import display_names, named_page
from optimizer.report.sections import sections
from optimizer.report.view import Chart, Page, Table
from optimizer.report.words import Words

DATA_KEYS = ("data", "datasets", "domain", "sort", "values")  # hold the user's words: never touched


def page(outcome: Outcome, say: Words) -> Page:
    """The whole report, before any format.

    Parameters
    ----------
    outcome
        A run, with or without a plan that meets its rules.
    say
        The reader's words, made with `page=True`: the signs of good print.
    """
    say.names = display_names(outcome.scenario, channels_of(outcome), say.lang)
    answer, more = verdict(outcome.plan, say, outcome.belief, outcome.assumed)
    version = (outcome.record.get("versions") or {}).get("attribution-budget-optimizer", "")
    made = _(
        "Made by optimizer {version}. This page works offline and sends nothing anywhere.",
        version=str(version),
    )
    made_page = Page(
        lang=say.lang,
        title=say(_("{name}: budget plan", name=outcome.scenario.name)),
        subtitle=_subtitle(outcome, say),
        verdict=answer,
        more=more,
        status="none" if outcome.plan.totals is None else "ok",
        cards=cards(outcome, say),
        sections=sections(outcome, say),
        steps=first_steps(outcome, say),
        steps_title=say(_("First steps")),
        groups=platforms(outcome),
        footer=(say(made),),
    )
    return named_page(made_page, say.names)


def _subtitle(outcome: Outcome, say: Words) -> str:
    """Budget, length and goal."""
    scenario = outcome.scenario
    length, goal = horizon(scenario, say), say(goal_title(outcome.plan.goal))
    if scenario.budget is None:
        return say(_("{horizon}, goal: {goal}", horizon=length, goal=goal))
    budget = say.money(float(scenario.budget))
    return say(_("{budget} over {horizon}, goal: {goal}", budget=budget, horizon=length, goal=goal))


def html(shown: Page, say: Words) -> str:
    """The page as HTML text.

    Parameters
    ----------
    shown
        The report, or the comparison; every text in it is escaped here.
    say
        The words it was made with.

    Returns
    -------
    str
        The whole file; the chart library is inside only where there is a chart.
    """
    from markupsafe import Markup

    env = environment()
    drawn = [chart for section in shown.sections for chart in section.charts]
    places = {id(chart): i for i, chart in enumerate(drawn)}
    grid_template = env.get_template("table.html")

    def grid(table: Table, caption: bool = True) -> Markup:
        """A table as HTML."""
        return Markup(grid_template.render(table=table, caption=caption))

    def index(chart: Chart) -> int:
        """A chart's number on the page."""
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
            in_script({"config": themed(config()), "charts": [themed(c.spec) for c in drawn]})
        )
        if drawn
        else None,
    )
    return made


def environment(*homes: str) -> Any:
    """Jinja with this package's templates; everything is escaped, a missing name is an error.

    Parameters
    ----------
    *homes
        Further packages with a folder `templates`, looked into first.
    """
    import jinja2

    places = [str(resources.files(home) / "templates") for home in (*homes, "optimizer.report")]
    source = jinja2.FileSystemLoader(places)
    made = jinja2.Environment(
        loader=source,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.globals.update({"_": _, "pgettext": pgettext})  # what extracts the messages reads these
    return made


def text(name: str, home: str = "optimizer.report") -> str:
    """A file of a package's templates folder, with \\n line ends so that hashes hold everywhere."""
    return (
        (resources.files(home) / "templates" / name)
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
    """A content security policy: nothing from anywhere, these scripts by hash, own styles."""
    hashes = " ".join(
        "'sha256-" + base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() + "'"
        for s in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def in_script(value: Any) -> str:
    """JSON that no name can break out of: <, > and & are written as escapes."""
    dumped = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    for char in "<>&\u2028\u2029":
        dumped = dumped.replace(char, f"\\u{ord(char):04x}")
    return dumped


def themed(spec: Any) -> Any:
    """The spec with palette colours as CSS variables; whatever holds names stays as it is."""
    names = {value: f"var(--{name})" for name, value in PALETTE.items()}

    def swap(thing: Any) -> Any:
        """One part of the spec."""
        if isinstance(thing, dict):
            return {key: value if key in DATA_KEYS else swap(value) for key, value in thing.items()}
        if isinstance(thing, list):
            return [swap(value) for value in thing]
        return names.get(thing, thing) if isinstance(thing, str) else thing

    return swap(spec)
