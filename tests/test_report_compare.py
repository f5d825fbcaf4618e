"""The comparison report: what changes, why, and what it costs to be wrong."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from report_worlds import CHANNELS, NASTY, impossible, world

from optimizer.pipeline.outcome import Outcome
from optimizer.report.compare import compare, comparison, unique
from optimizer.report.regret import value_on
from optimizer.report.words import Words


def scaled(made: Outcome, factor: dict[str, float], share: dict[str, float]) -> Outcome:
    """The same company by another belief: curves times `factor`, spend times `share`."""
    responses = {
        c: dataclasses.replace(r, curve=r.curve.times(factor.get(c, 1.0)))
        for c, r in made.responses.items()
    }
    lines = tuple(
        dataclasses.replace(
            x,
            spend=x.spend * share.get(x.channel, 1.0),
            customers=float(responses[x.channel].curve(x.spend * share.get(x.channel, 1.0))),
        )
        for x in made.plan.lines
    )
    assert made.plan.totals is not None
    totals = dataclasses.replace(
        made.plan.totals,
        spend=sum(x.spend for x in lines),
        customers=sum(x.customers for x in lines),
    )
    return dataclasses.replace(
        made,
        responses=responses,
        plan=dataclasses.replace(made.plan, lines=lines, totals=totals, objective=totals.customers),
    )


@pytest.fixture(scope="module")
def pair() -> list[tuple[str, Outcome]]:
    """The second believes more in the first channel, less in the second, and moves money so at the same budget."""
    first = world(CHANNELS[:4])
    a, b = (first.plan.spend_by_channel()[c] for c in CHANNELS[:2])
    second = scaled(
        first,
        {CHANNELS[0]: 1.5, CHANNELS[1]: 0.5},
        {CHANNELS[0]: (a + 0.4 * b) / a, CHANNELS[1]: 0.6},
    )
    return [("calm", first), ("bold", second)]


def test_regret_is_the_other_curves_at_this_spend(pair: list[tuple[str, Outcome]]) -> None:
    section = next(s for s in comparison(pair, Words()).sections if s.id == "wrong")
    rows = section.tables[0].rows
    for i, (_, made) in enumerate(pair):
        for j, (_, truth) in enumerate(pair):
            by_hand = sum(
                float(truth.responses[c].curve(x)) for c, x in made.plan.spend_by_channel().items()
            )
            assert rows[i][j + 1].value == pytest.approx(by_hand)
    assert rows[0][3].value == pytest.approx(rows[0][2].value / rows[1][2].value - 1)


def test_no_regret_without_equal_money_or_curves(pair: list[tuple[str, Outcome]]) -> None:
    less = scaled(pair[0][1], {}, dict.fromkeys(CHANNELS[:4], 0.5))
    assert "wrong" not in [s.id for s in comparison([pair[0], ("half", less)], Words()).sections]
    assert value_on({"nobody": 5.0}, pair[0][1], "customers") is None
    assert value_on({}, pair[0][1], "customers") == 0.0


def test_every_plan_and_channel_is_there(pair: list[tuple[str, Outcome]]) -> None:
    shown = comparison([*pair, ("tight", impossible())], Words())
    totals = next(s for s in shown.sections if s.id == "totals").tables[0]
    assert [row[0].text for row in totals.rows] == ["calm", "bold", "tight"]
    assert totals.rows[2][-1].text == "No plan meets these rules."
    channels = next(s for s in shown.sections if s.id == "channels").charts[0].table
    assert channels is not None
    assert {row[0].text for row in channels.rows} == set(CHANNELS[:4])
    assert any(
        "CAC at most" in row[1].text
        for s in shown.sections
        if s.id == "why"
        for row in s.tables[0].rows
    )


def test_names_are_told_apart() -> None:
    assert [name for name, _ in unique([("a", 1), ("a", 2), ("b", 3)])] == ["a", "a (2)", "b"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_writes_the_same_bytes_and_only_text(tmp_path: Path, lang: str) -> None:
    named = [("<b>one</b>", world(NASTY)), ("two", world(NASTY))]
    for name in ("a", "b"):
        assert len(compare(named, tmp_path / name, lang)) == 3
    for file in ("compare.html", "compare.md"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert "<b>one</b>" not in (tmp_path / "a" / "compare.html").read_text(encoding="utf-8")


def test_no_plan_at_all() -> None:
    shown = comparison([("one", impossible())], Words("zh"))
    assert shown.status == "none"
    assert shown.verdict == "这些场景都没有可行方案。"


def test_promises_of_different_beliefs_are_not_ranked(pair: list[tuple[str, Outcome]]) -> None:
    """A model that believes more is not the better plan."""
    first = pair[0][1]
    proud = scaled(first, dict.fromkeys(CHANNELS[:4], 2.0), {})
    shown = comparison([("modest", first), ("proud", proud)], Words("en"))
    assert shown.verdict.startswith("These plans rest on different beliefs")
    assert "best result, " not in shown.verdict
    more = scaled(first, {}, dict.fromkeys(CHANNELS[:4], 1.2))
    assert comparison([("small", first), ("large", more)], Words("en")).verdict.startswith(
        "large reaches the best result"
    )


def test_one_changing_key_is_said_once(pair: list[tuple[str, Outcome]]) -> None:
    shown = comparison([("budget=1", pair[0][1]), ("budget=2", pair[1][1])], Words("en"))
    assert shown.subtitle == "8 weeks, over budget"
    assert [row[0].text for row in shown.sections[0].tables[0].rows] == ["1", "2"]
