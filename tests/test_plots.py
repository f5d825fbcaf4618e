"""Every result draws itself and shows itself in a notebook: walked over the classes, so that none is forgotten."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import pytest
from report_worlds import NASTY, attribution, events, impossible, lifecycle, story, world

import optimizer
from optimizer.evidence.actuals import Promise, foresee
from optimizer.pipeline.actuals import Actuals, ChannelActual, PeriodActual
from optimizer.plotting import MODULES, Plots

# Results carry remarks for people; these carry them too and are no answer to a question, but what answers are made from.
BETWEEN = {
    "Settled",
    "Believed",
    "CreditReplicates",
    "Counts",
    "Ladder",
    "EventDays",
    "Touches",
    "Problem",
    "Prepared",
    "Estimates",
    "Credited",
    "Customers",
    "Tables",
    "Events",
    "Paths",
    "Spend",
    "Imported",
    "Segments",
    "Orders",
    "Baseline",
    "Evidence",
    "Trial",
    "Personas",
    "Score",
    "Check",
    "Signal",
    "Step",
    "Found",
    "_Learned",
}


def classes() -> dict[str, type]:
    """Every dataclass of the program, by name."""
    out = {}
    for module in pkgutil.walk_packages(optimizer.__path__, "optimizer."):
        if module.name.split(".")[1] in ("cli", "report", "serve", "data", "simulate", "__main__"):
            continue
        for name, kind in vars(importlib.import_module(module.name)).items():
            if (
                inspect.isclass(kind)
                and dataclasses.is_dataclass(kind)
                and kind.__module__ == module.name
            ):
                out[name] = kind
    return out


def test_every_result_draws_itself() -> None:
    found = classes()
    results = {
        name
        for name, kind in found.items()
        if "notes" in {f.name for f in dataclasses.fields(kind)}
    } - BETWEEN
    assert {"Attribution", "Plan", "Metrics", "TestResult", "Validation", "Lifecycle"} <= results
    assert {name for name in results if not issubclass(found[name], Plots)} == set()
    drawn = {name for name, kind in found.items() if issubclass(kind, Plots)} | {"Curve"}
    known = {name for module in MODULES for name in importlib.import_module(module).PLOTS}
    curves = {name for name, kind in found.items() if issubclass(kind, optimizer.Curve)}
    assert drawn - curves <= known
    assert known <= set(RESULTS), "every picture is made below"


def orders() -> pd.DataFrame:
    days = pd.date_range("2026-01-01", periods=240, freq="D")
    return pd.DataFrame(
        {
            "user_id": [f"u{i % 60}" for i in range(240)],
            "timestamp": days,
            "value": [50.0 + i % 90 for i in range(240)],
            "order_id": [str(i) for i in range(240)],
        }
    )


@cache
def made(name: str) -> Any:
    """One of each result, as its own function makes it."""
    from optimizer.attribution.explain import explain
    from optimizer.attribution.validation import validate
    from optimizer.customers.experiment import Arm, compare
    from optimizer.customers.funnel import carts, funnel
    from optimizer.customers.geo import difference_in_differences
    from optimizer.customers.ltv import ltv
    from optimizer.customers.metrics import metrics
    from optimizer.customers.rfm import rfm
    from optimizer.data.open import open_events
    from optimizer.journeys.top_paths import top_paths
    from optimizer.pipeline.fitted import FittedLifecycle
    from optimizer.response.channel import Response

    stages = [("seen", (), 1), ("cart", ("add_to_cart",), 1), ("buyer", ("purchase",), 1)]
    geo = pd.DataFrame(
        [
            (f"r{r}", p, 100.0 + 3 * r + p + (9 if r < 2 and p > 1 else 0), r < 2)
            for r in range(6)
            for p in range(4)
        ],
        columns=["region", "period", "value", "treated"],
    )

    makers: dict[str, Callable[[], Any]] = {
        "Actuals": actuals,
        "Comparison": lambda: optimizer.compare("scenarios/new_brand", over="budget=40000,60000"),
        "Attribution": attribution,
        "Credit": lambda: attribution()["lifecycle"],
        "Plan": lambda: world(NASTY).plan,
        "Outcome": lambda: optimizer.run(optimizer.load_scenario("scenarios/new_brand")),
        "Curve": lambda: next(iter(world().responses.values())).curve,
        "Funnel": lambda: funnel(open_events(events()), stages),
        "Rfm": lambda: rfm(orders()),
        "Metrics": lambda: metrics(open_events(events())),
        "Carts": lambda: carts(open_events(events())),
        "TestResult": lambda: compare(
            Arm.of_share("<b>", 8120, 264), Arm.of_share("new", 8077, 331)
        ),
        "GeoTestResult": lambda: difference_in_differences(geo, start=2),
        "Ltv": lambda: ltv(orders(), horizon_days=60, draws=50),
        "Validation": lambda: validate(events(), max_order=2, folds=3),
        "Explanation": lambda: explain(events(), "search"),
        "Lifecycle": lifecycle,
        "FittedLifecycle": lambda: FittedLifecycle(
            made("Lifecycle"), attribution()["lifecycle"], attribution()["last"]
        ),
        "TopPaths": lambda: top_paths(events()),
        "JourneySummary": story,
        "Response": lambda: Response(
            channel="a", curve=next(iter(world().responses.values())).curve, current=5000.0
        ),
    }
    return makers[name]()


def actuals() -> Actuals:
    weeks = [
        PeriodActual(date(2026, 9, 7 + 7 * k), 900.0, 800.0, 51.2, 40.0 + 20 * k) for k in (0, 1)
    ]
    seen = foresee(Promise(80.0, 22.4), Promise(80.0, 22.4), 100.0, 0.3)
    return Actuals((ChannelActual("a", 1800.0, 1600.0),), tuple(weeks), 4, 100.0, seen, None, ())


RESULTS = (
    "Actuals",
    "Comparison",
    "Attribution",
    "Credit",
    "Plan",
    "Outcome",
    "Curve",
    "Funnel",
    "Rfm",
    "Metrics",
    "Carts",
    "TestResult",
    "GeoTestResult",
    "Ltv",
    "Validation",
    "Explanation",
    "Lifecycle",
    "FittedLifecycle",
    "TopPaths",
    "JourneySummary",
    "Response",
)


@pytest.mark.parametrize("name", RESULTS)
def test_pictures_and_notebook_tables(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import altair
    import vl_convert
    from conftest import ROOT

    monkeypatch.chdir(ROOT)
    result = made(name)
    for lang in ("en", "zh"):
        chart = result.plot(lang=lang)
        assert isinstance(chart, altair.LayerChart)
    picture = str(vl_convert.vegalite_to_svg(chart.to_json(), vl_version="6.4"))
    assert picture.count("<path") > 2
    words = re.findall(r"<text[^>]*>([^<]*)</text>", picture)
    assert not [word for word in words if re.search(r"\d\.\d{5,}|NaN|undefined|null", word)], words
    shown = result._repr_html_()
    if name == "Curve":
        assert shown is None
        return
    assert shown
    assert "<b>" not in shown
    assert "<img" not in shown
    assert not re.search(r"\d\.0*[1-9]\d{5,}", re.sub(r"<[^>]+>", " ", shown))


def test_what_cannot_be_drawn_says_so() -> None:
    with pytest.raises(ValueError, match="no plan meets its rules"):
        impossible().plan.plot()
    with pytest.raises(ValueError, match="no figure 'nonsense'"):
        made("Metrics").plot(figure="nonsense")
