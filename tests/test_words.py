"""The words: two languages, the same keys, every key used, every placeholder the same."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import optimizer
from optimizer.errors import UserError
from optimizer.report.words import LANGUAGES, Words, catalogue, digits_for, isolated

PACKAGE = Path(optimizer.__file__).parent
# Keys put together from a name: the family and where the names come from.
FAMILIES = (
    "doctor",
    "figure",
    "step",
    "status",
    "stage",
    "rule",
    "held",
    "baseline",
    "model",
    "goal",
    "amount",
    "source",
    "period",
    "formula",
)


def test_no_language_lacks_a_key() -> None:
    assert set(catalogue("en")) == set(catalogue("zh"))


def test_placeholders_are_the_same_in_both() -> None:
    def fields(text: str) -> set[str | None]:
        return {
            name
            for part in text.split("|")
            for _, name, _, _ in string.Formatter().parse(part)
            if name is not None
        }

    other = catalogue("zh")
    assert {k: fields(v) for k, v in catalogue("en").items()} == {
        k: fields(other[k]) for k in catalogue("en")
    }


def test_every_key_is_used() -> None:
    files = [
        *PACKAGE.glob("report/**/*.py"),
        *PACKAGE.glob("report/templates/*"),
        *PACKAGE.glob("cli/*.py"),
        *PACKAGE.glob("serve/**/*"),
        PACKAGE / "pipeline" / "start.py",
    ]
    source = "".join(
        f.read_text(encoding="utf-8")
        for f in files
        if f.is_file() and f.name not in ("en.py", "zh.py")
    )
    unused = [
        k for k in catalogue("en") if f'"{k}"' not in source and k.split(".")[0] not in FAMILIES
    ]
    assert unused == []


def test_every_asked_key_is_there() -> None:
    files = [
        *PACKAGE.glob("report/**/*.py"),
        *PACKAGE.glob("report/templates/*.html"),
        *PACKAGE.glob("serve/**/*.py"),
        *PACKAGE.glob("serve/**/*.html"),
    ]
    asked = {
        key
        for f in files
        for key in re.findall(r'\bsay\(\s*"([a-z_.]+)"', f.read_text(encoding="utf-8"))
    }
    assert len(asked) > 80
    assert asked <= set(catalogue("en"))


def test_chinese_words_are_chinese() -> None:
    english = [k for k, v in catalogue("zh").items() if not re.search(r"[\u4e00-\u9fff、，]", v)]
    assert set(english) <= {
        "range",
        "change.none",
        "plan.finding.move",
        "plan.allowed.range",
        "curves.fit",
        "list.sentences",
        "verdict.part",
        "why.of",
        "journey.error",
        "remark.of",
        "differ.channel",
        "frontier.joined",
        "unit.of",
    }


def test_plurals_and_lists() -> None:
    say = Words("en")
    assert say("period.week", n=1) == "1 week"
    assert say("period.week", n=8) == "8 weeks"
    assert Words("zh")("period.week", n=8) == "8 周"
    assert say.join([]) == ""
    assert say.join(["a"]) == "a"
    assert say.join(["a", "b"]) == "a and b"
    assert say.join(["a", "b", "c"]) == "a, b and c"
    assert Words("zh").join(["a", "b", "c"]) == "a、b、c"


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
    assert Words("en")("plan.finding.move", channel="شبكة", amount="+1").startswith("\u2068")


def test_unknown_language_is_a_message() -> None:
    assert LANGUAGES == ("en", "zh")
    with pytest.raises(UserError, match="unknown language 'cn'"):
        Words("cn")


def test_fences_nest() -> None:
    """A sentence built of fenced names is not fenced again, nor are its fences taken away."""
    say = Words("en")
    move = say("plan.finding.move", channel="شبكة", amount="-1")
    assert isolated(f"a, {move}") == f"a, {move}"
    assert say.join(["a", move, move]).count("\u2068") == 2


def test_every_registered_name_has_words() -> None:
    """A rule, goal, model or baseline is named in both languages; no words for one that is not there."""
    from optimizer.allocation.goals import GOALS
    from optimizer.allocation.limits import RULES
    from optimizer.attribution.models import MODELS

    words = catalogue("en")
    for family, names in (("rule", RULES), ("goal", GOALS), ("model", MODELS)):
        assert {k.split(".")[1] for k in words if k.startswith(f"{family}.")} - {
            "lifecycle"
        } == set(names) - {"lifecycle"}


def test_remarks_in_chinese() -> None:
    """Remarks go through the catalogue of messages (test_messages.py), and names in them stay fenced."""
    say = Words("zh")
    assert (
        say.remark("￥8,306 stays unspent: more would break max_cac 75")
        == "￥8,306 未花出：再花会违反获客成本至多 75"
    )
    assert say.remark("columns شبكة: something new") == isolated("columns شبكة: something new")
    assert Words("en").remark("no response was ever seen") == "no response was ever seen"


@pytest.mark.parametrize("name", ["new_brand", "too_tight"])
def test_a_chinese_report_speaks_chinese(name: str) -> None:
    """Every sentence of a shipped scenario's summary holds Chinese signs."""
    from optimizer.pipeline import run
    from optimizer.report.page import page
    from optimizer.scenario import load_scenario

    shown = page(run(load_scenario(PACKAGE.parent / "scenarios" / name)), Words("zh"))
    sentences = [
        shown.verdict,
        shown.more,
        *(t for s in shown.sections for t in (s.title, s.finding, *s.paragraphs, *s.notes)),
    ]
    assert [text for text in sentences if text and not re.search(r"[\u4e00-\u9fff]", text)] == []
