"""The words of pages: messages in two languages, names as they are, numbers for people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import optimizer
from optimizer.allocation.goal import GOALS
from optimizer.allocation.rule import RULES
from optimizer.attribution.registry import MODELS
from optimizer.errors import UserError
from optimizer.messages import LANGUAGES, Quantity, Text, _, listed, ngettext
from optimizer.number_format import digits_for
from optimizer.pipeline import run
from optimizer.report.page import page
from optimizer.report.sections import SECTIONS
from optimizer.report.titles import BASELINES, STAGES, STATUSES
from optimizer.report.words import Words, isolated
from optimizer.scenario import load_scenario

PACKAGE = Path(optimizer.__file__).parent
MOVE = "{channel} {amount}"
TITLES: dict[str, list[Text]] = {
    "rule": [RULES[name].title for name in RULES],
    "goal": [GOALS[name].title for name in GOALS],
    "model": [MODELS[name].title for name in MODELS],
    "section": [SECTIONS[name].title for name in SECTIONS],
    "baseline": list(BASELINES.values()),
    "stage": list(STAGES.values()),
    "status": list(STATUSES.values()),
}


@pytest.mark.parametrize("family", list(TITLES))
def test_every_registered_name_has_words(family: str) -> None:
    """A rule, goal, model, section, baseline, stage or status is named in both languages."""
    en, zh = Words("en"), Words("zh")
    for title in TITLES[family]:
        if str(title) not in ("Shapley",):  # a person
            assert re.search(r"[\u4e00-\u9fff]", zh(title)), title
        assert en(title) == str(title)


def test_plurals_and_lists() -> None:
    say = Words("en")
    assert say(ngettext("{n} week", "{n} weeks", 1)) == "1 week"
    assert say(ngettext("{n} week", "{n} weeks", 8)) == "8 weeks"
    assert Words("zh")(ngettext("{n} week", "{n} weeks", 8)) == "8 周"
    assert say.join([]) == ""
    assert say.join(["a"]) == "a"
    assert say.join(["a", "b"]) == "a and b"
    assert say.join(["a", "b", "c"]) == "a, b and c"
    assert Words("zh").join(["a", "b", "c"]) == "a、b、c"
    assert say(listed(["a", "b", "c"], ", or ")) == "a, or b, or c"
    assert Words("zh")(listed(["a", "b"], ", or ")) == "a，或b"
    assert say.paragraph(["One.", "Two."]) == "One. Two."
    assert Words("zh").paragraph(["一。", "二。"]) == "一。二。"


def test_numbers_are_rounded_for_people() -> None:
    say = Words("en", "CNY", page=True)
    assert say.money(42.8712) == "¥42.9"
    assert say.money(400000.0) == "¥400,000"
    assert say.money(-3.14159) == "−\u2060¥3.14"
    assert say.money(None) == "-"
    assert say.money(0) == "¥0"
    assert say.count(1.2000000000000002) == "1.2"
    assert say.change(0.1234) == "+12%"
    assert say.change(-0.02) == "−\u20602.0%"
    assert say.change(0.0) == "±0%"
    assert say.percent(0.09999) == "10%"
    assert say.by_unit(0.25, "share") == "25%"
    assert say.by_unit(0.125, "share") == "12.5%"
    assert say.by_unit(2, "ratio") == "2.00"
    assert say.gap(0.0) == "<0.01%"
    assert say.gap(0.031) == "3.10%"
    assert say.headline(18_972_280.0) == "¥19M"
    assert Words("zh", "CNY", page=True).headline(800_000.0) == "¥80万"
    assert Words("zh", "CNY", page=True).headline(123_456.0) == "¥12.3万"
    assert Words("en", "CNY").money(45) == "￥45", "a GBK terminal prints only the wide sign"


def test_amounts_in_remarks_have_the_signs_of_their_place() -> None:
    """The page's sign stands in an amount only: a name that holds the other one stays as it is."""
    remark = _("{money} on {channel}", money=Quantity(8306.0, "money", "CNY"), channel="￥ off")
    assert Words("en", page=True).remark(remark) == "¥8,306 on ￥ off"
    assert Words("en").remark(remark) == "￥8,306 on ￥ off"


@pytest.mark.parametrize(
    ("values", "digits"),
    [
        ([1204.2, 880.5], 0),
        ([42.87], 1),
        ([0.0123], 4),
        ([45.0, 30.0], 0),
        ([None, 0.0], 0),
        ([float("inf")], 0),
    ],
)
def test_digits(values: list[float | None], digits: int) -> None:
    assert digits_for(values) == digits


def test_right_to_left_names_cannot_turn_a_sentence() -> None:
    assert isolated("douyin/feed") == "douyin/feed"
    assert isolated("小红书") == "小红书"
    assert isolated("شبكة") == "\u2068شبكة\u2069"
    assert isolated("\u202egnp.exe") == "\u2068gnp.exe\u2069"
    assert Words("en")(_(MOVE, channel="شبكة", amount="+1")).startswith("\u2068")
    nested = _("The largest moves: {moves}.", moves=listed([_(MOVE, channel="شبكة", amount="1")]))
    assert Words("en")(nested) == "The largest moves: \u2068شبكة\u2069 1."


def test_unknown_language_is_a_message() -> None:
    assert LANGUAGES == ("en", "zh")
    with pytest.raises(UserError, match="unknown language 'cn'"):
        Words("cn")


def test_fences_nest() -> None:
    """A sentence built of fenced names is not fenced again, nor are its fences taken away."""
    say = Words("en")
    move = say(_(MOVE, channel="شبكة", amount="-1"))
    assert isolated(f"a, {move}") == f"a, {move}"
    assert say.join(["a", move, move]).count("\u2068") == 2


def test_remarks_in_chinese() -> None:
    """A remark is a message; a plain one stays as it is, fenced."""
    say = Words("zh")
    assert say.remark(_("no response was ever seen")) != "no response was ever seen"
    assert say.remark("columns شبكة: something new") == isolated("columns شبكة: something new")
    assert Words("en").remark(_("no response was ever seen")) == "no response was ever seen"


@pytest.mark.parametrize("name", ["new_brand", "too_tight"])
def test_a_chinese_report_speaks_chinese(name: str) -> None:
    """Every sentence of a shipped scenario's summary holds Chinese signs."""
    shown = page(run(load_scenario(PACKAGE.parent / "scenarios" / name)), Words("zh"))
    sentences = [
        shown.verdict,
        shown.more,
        *(t for s in shown.sections for t in (s.title, s.finding, *s.paragraphs, *s.notes)),
    ]
    assert [text for text in sentences if text and not re.search(r"[\u4e00-\u9fff]", text)] == []
    if name == "new_brand":
        notes = [note for s in shown.sections for note in s.notes]
        assert "￥8,306 未花出：再花会违反获客成本至多 75" in notes
