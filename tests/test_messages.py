"""Messages: data until the edge, said there in the reader's language, and all of them in Chinese."""

from __future__ import annotations

import gettext
import json
import os
import pickle
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from conftest import Ran

from optimizer import locale
from optimizer.errors import Problem, Problems, UserError
from optimizer.foreign import KNOWN, foreign
from optimizer.locale import Reader, add_translations
from optimizer.locale.check import catalogue_messages, source_messages, untranslated
from optimizer.messages import Message, Name, Quantity, _, listed, ngettext, pgettext

SLOT = re.compile(r"\{\{|\}\}|\{(\w+)(?:![rs])?\}")
EN, ZH = Reader("en"), Reader("zh")


@cache
def pairs() -> tuple[tuple[str, str], ...]:
    """English and Chinese of every entry; of one with a plural, the form that names the number."""
    out = []
    for message in catalogue_messages("zh"):
        if message.id:
            english = message.id if isinstance(message.id, str) else message.id[1]
            chinese = message.string if isinstance(message.string, str) else message.string[0]
            out.append((english, chinese))
    return tuple(out)


ONE_OF = {"possibility", "choices", "formats"}  # click's: of the form for one, or for several


def slots(template: str) -> set[str]:
    return {found[1] for found in SLOT.finditer(template) if found[1]}


def test_every_message_has_its_chinese() -> None:
    """To mend a failure: `python3 dev.py locale`, and write the Chinese into the catalogue."""
    assert len(pairs()) > 1800, "the catalogue was not read"
    assert untranslated("zh") == []


def test_no_message_is_there_that_nobody_says() -> None:
    said = {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in source_messages()}
    have = {
        (m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in catalogue_messages("zh")
    }
    assert have - said == set()


def test_slots_are_the_same_in_both() -> None:
    for english, chinese in pairs():
        assert slots(english) | ONE_OF >= slots(chinese), english
        lost = slots(english) - slots(chinese)
        assert lost <= {"n", "nargs", "possibilities"}, english


def test_chinese_is_chinese() -> None:
    """Chinese signs in every sentence, and no half-width comma or full stop between them."""
    same = {
        "RFM {date}",
        "pyspark {version}, {java}",
        "python",
        "--set {setting}",
        "{name} vs {mark}",
        "{python} ({system} {machine}), optimizer {version}",
    }
    for english, chinese in pairs():
        words = re.sub(r"`[^`]*`|\{[^}]*\}", "", english)
        assert (
            re.search(r"[\u4e00-\u9fff：，（；、→]", chinese)
            or english in same
            or english.startswith(("write ", "pip install "))
            or not re.search("[a-z]{3}", words)
        ), english
        assert not re.search(
            r"[\u4e00-\u9fff][,;!?][\u4e00-\u9fff ]|[\u4e00-\u9fff]\.(\s|$)",
            re.sub(r"\[[^]]*\]", "", chinese),
        ), chinese


def test_a_gbk_terminal_prints_it() -> None:
    """No sign of a message or of help is lost on an older Chinese Windows."""
    for english, chinese in pairs():
        plain = "".join(sign for sign in chinese if sign not in english)  # the page's own signs
        assert plain.encode("gbk").decode("gbk") == plain


def test_a_message_is_data() -> None:
    one = _("unknown {kind} '{name}'", kind=_("goal"), name="a, b and c")
    assert str(one) == "unknown goal 'a, b and c'"
    assert ZH.say(one) == "未知的目标“a, b and c”"
    assert one == _("unknown {kind} '{name}'", kind=_("goal"), name="a, b and c")
    assert len({one, one}) == 1
    assert pickle.loads(pickle.dumps(one)) == one
    assert one.values["kind"] == _("goal")
    assert f"{one:>30}" == "     unknown goal 'a, b and c'"
    assert EN.say("a name {as} it %s stands") == "a name {as} it %s stands"


def test_a_field_cannot_reach_into_what_stands_there() -> None:
    with pytest.raises(KeyError):
        str(Message("{name.__class__}", (("name", "x"),)))


def test_numbers_and_rows_are_written_at_the_edge() -> None:
    money = Quantity(1234567.0, "money", "CNY")
    assert str(money) == "￥1,234,567"
    assert ZH.say(_("{label}: {number} journeys", label="a", number=Quantity(1200, "count"))) == (
        "a：1,200 条旅程"
    )
    three = listed(["a and b", "c, d", "e"], "and")
    assert (str(three), ZH.say(three)) == ("a and b, c, d and e", "a and b、c, d和e")
    assert (str(listed([])), str(listed(["x"], "or"))) == ("", "x")
    assert [str(ngettext("{n} row", "{n} rows", n)) for n in (1, 2)] == ["1 row", "2 rows"]
    rule = Name("max_cac", _("CAC at most"))
    assert (str(rule), ZH.say(rule)) == ("max_cac", "获客成本至多")
    assert ZH.say(pgettext("no such context", "Total")) == "Total"


def test_a_package_adds_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale, "_added", {})
    assert ZH.say(_("glows {much}", much=3)) == "glows 3"
    add_translations("zh", {"glows {much}": "发光 {much}", "Total": "overruled"})
    assert ZH.say(_("glows {much}", much=3)) == "发光 3"
    assert ZH.say(_("Total")) != "overruled"


def test_a_stale_catalogue_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a source tree the text is newer than what was compiled from it: the text counts."""
    folder = tmp_path / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    monkeypatch.setattr(locale, "HERE", tmp_path)
    text, compiled = folder / "optimizer.po", folder / "optimizer.mo"

    def write(chinese: str) -> None:
        text.write_text(
            'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
            f'msgid "Total"\nmsgstr "{chinese}"\n',
            encoding="utf-8",
        )

    def told() -> str:
        locale.catalogue.cache_clear()
        return locale.catalogue("zh").gettext("Total")

    try:
        assert told() == "Total"
        write("一")
        assert told() == "一"
        with text.open("rb") as source, compiled.open("wb") as made:
            write_mo(made, read_po(source, locale="zh"))
        write("二")
        os.utime(compiled, (1, 1))
        assert told() == "二"
        os.utime(text, (0, 0))
        assert told() == "一", "the compiled one is newer"
        text.unlink()
        assert told() == "一", "a wheel has only the compiled one"
    finally:
        locale.catalogue.cache_clear()
    assert isinstance(locale.catalogue("en"), gettext.NullTranslations)


@pytest.mark.parametrize(
    "name",
    [
        "小红书/koc",
        "it's",
        "a: b",
        "no plan at 5",
        "x is not a number",
        "{name}",
        "%s",
        "a, b and c",
        "day",
        "شبكة",
        "did you mean 'y'?",
        "和",
        "至多",
        "、；。",
    ],
)
def test_names_stay_as_they_are(name: str) -> None:
    """A user's name inside a sentence is shown untouched, whatever it looks like."""
    problem = Problem(
        _("'{of}' is no channel, group or tag here", of=name),
        "scenario.yaml:3:5",
        _("did you mean '{near}'?", near=name),
    )
    assert problem.render(ZH) == (
        f"scenario.yaml:3:5：“{name}”在这里既不是渠道，也不是分组或标签\n  建议：是不是“{name}”？"
    )
    assert str(problem) == (
        f"scenario.yaml:3:5: '{name}' is no channel, group or tag here\n"
        f"  try: did you mean '{name}'?"
    )


def test_several_problems_stand_below_one_another() -> None:
    both = Problems([Problem(_("there are no journeys"), "a.csv"), Problem("b", fix=_("day"))])
    assert both.render(ZH) == "a.csv：没有旅程\nb\n  建议：天"
    assert str(UserError(_("there are no journeys"))) == "there are no journeys"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("No space left on device", "磁盘空间不足"),
        ("Permission denied", "没有权限"),
        ("File is not a zip file", "这不是 zip 文件"),
        ("found undefined alias 'tv'", "引用了没有定义的别名 'tv'"),
        ("expected ',' or '}', but got '<stream end>'", "缺少逗号或 }，却遇到 '<stream end>'"),
        ("Some Error: of a library", "Some Error: of a library"),
        ("", ""),
    ],
)
def test_sentences_of_others(english: str, chinese: str) -> None:
    assert str(foreign(english)) == english
    assert ZH.say(foreign(OSError(english))) == chinese
    assert ZH.say(_("cannot be read: {error}", error=foreign(english))) == f"无法读取：{chinese}"


def test_sentences_of_others_are_not_taken_for_one_another() -> None:
    for message in KNOWN:
        text = message.template.format_map({s: f"«{s}»" for s in slots(message.template)})
        found = foreign(text)
        assert isinstance(found, Message)
        assert found.template == message.template


def test_the_what_if_page_refuses_in_its_language() -> None:
    pytest.importorskip("starlette", reason="the extra `serve` is not installed")
    from optimizer.report.words import Words
    from optimizer.serve.http import refused

    def shown(error: Exception, lang: str) -> str:
        return str(json.loads(bytes(refused(error, Words(lang)).body))["error"])

    both = Problems(
        [Problem(_("unknown channel '{name}'", name="tv"), "/secret/place"), Problem("budget")]
    )
    assert shown(both, "zh") == "未知的渠道“tv”；budget"
    assert shown(both, "en") == "unknown channel 'tv'; budget"


# The command line, from end to end. Words of ours that are no English sentence: code, names, and what is quoted.
ENGLISH = re.compile(r"(?<![\w`'\"./-])[A-Za-z]+(?:'s)? [a-z]+ [a-z]+(?![\w/=-])")


def no_english(text: str) -> bool:
    shown = "\n".join(
        line for line in text.splitlines() if not re.match(r"\s*\d* \|", line)
    )  # excerpts of the file
    return ENGLISH.search(re.sub(r"`[^`]*`|“[^”]*”|'[^']*'", "", shown)) is None


BROKEN = """\
name: 秋季上新
budgt: 400000
budget: 很多
goal: custmers
stages: [{name: a}, {name: a}]
channels:
  小红书/koc: {min: 20, max: 10}
  tv: {curve: {saturatin: {ceiling: 300}}}
  it is a day: {max: -3}
rules:
  - {max_cac: 45, min_roi: 3}
  - {min_share: 30, of: tv}
"""
EVENTS = """\
user_id,timestamp,channel,event,value
u1,2026-01-01 10:00:00,小红书/koc,touch,
u2,yesterday at noon,小红书/koc,touch,
,2026-01-03,小红书/koc,touch,
u3,2026-01-03,,touch,
u3,2026-01-03,,purchase,-30
"""


def test_a_broken_scenario_is_told_in_chinese(
    optimizer: Callable[..., Ran], tmp_path: Path
) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(BROKEN, encoding="utf-8")
    chinese = optimizer("check", file, "--lang", "zh")
    assert chinese.code == 1
    assert chinese.out == ""
    for part in (
        f"错误：{file}:2:1：场景中有未知的键“budgt”\n  2 | budgt: 400000\n    | ^\n  建议：是不是“budget”？",
        f"{file}:3:9：'很多' 不是数字",
        "建议：写金额，0 或更大",
        f"{file}:4:7：未知的目标“custmers”",
        "建议：是不是“customers”？",
        f"{file}:8:16：未知的曲线“saturatin”",
        f"{file}:11:19：一项里有两条规则：max_cac, min_roi",
        f"{file}:12:17：30 超出了这里可能的范围",
    ):
        assert part in chinese.err
    assert no_english(chinese.err), ENGLISH.findall(chinese.err)
    english = optimizer("check", file, "--lang", "en")
    assert f"error: {file}:2:1: unknown key 'budgt' in the scenario" in english.err
    assert "did you mean 'budget'?" in english.err
    assert not re.search("[：，。]", english.err)
    assert len(english.err.splitlines()) == len(chinese.err.splitlines())


def test_a_broken_csv_is_told_in_chinese(optimizer: Callable[..., Ran], tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(EVENTS, encoding="utf-8")
    for words in (("--lang", "zh", "attribute", file), ("attribute", file, "--lang", "zh")):
        told = optimizer(*words)
        assert told.code == 1
        assert told.err == (
            f"错误：{file}：第 3 行，timestamp 列：这个时间无法确定：'yesterday at noon'\n  建议：写成 2026-08-13 09:30:00，有时区就在后面加 +08:00 或 Z\n"
            f"{file}：第 4 行，user_id 列：user_id 为空\n  建议：每个事件都要有用户；未知用户的事件请去掉\n"
            f"{file}：第 5 行，channel 列：touch 没有写渠道\n  建议：请写明渠道；只有里程碑可以留空\n"
            f"{file}：第 6 行，value 列：value 为负数：'-30'\n  建议：写 0 或更大；退款请先抵扣\n"
        )
    english = optimizer("attribute", file)
    assert (
        f"error: {file}: row 3, column timestamp: this is no time that can be read safely: 'yesterday at noon'\n  try: write"
        in english.err
    )


def test_the_locale_chooses(
    optimizer: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    missing = tmp_path / "nowhere.csv"
    assert (
        optimizer("attribute", missing).err
        == f"错误：{missing}：没有这个文件或文件夹\n  建议：请检查路径\n"
    )
    assert optimizer("attribute", missing, "--lang", "en").err.startswith("error: ")
    assert optimizer("--lang", "zh", "attribute", missing, "--lang", "en").err.startswith(
        "error: "
    ), "the last one counts"
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert optimizer("attribute", missing).err.startswith("error: ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("plan",), "缺少参数 'SCENARIO'。"),
        (("plan", "x", "--gap", "much"), "'--gap' 的值不对：'much' 不是数字。"),
        (("plan", "x", "--gap", "7"), "'--gap' 的值不对：7.0 不在范围 1e-12<=x<=0.5 之内。"),
        (("plan", "x", "--zzzz"), "没有选项 '--zzzz'。"),
        (("plan", "x", "--time-limi", "9"), "没有选项 '--time-limi'。是不是 '--time-limit'？"),
        (("plan", "x", "y"), "多出的参数（y）"),
        (("plan", "x", "--out"), "选项 '--out' 需要一个值。"),
        (
            ("plan", "x", "--format", "xml"),
            "'--format' 的值不对：'xml' 不在可选值 'table', 'json', 'csv' 之中。",
        ),
        (("plann",), "没有命令“plann”；是不是“plan”？"),
        (("import", "auto", "x.csv"), "说明表写到哪里（--out FILE），或先看一看（--dry-run）"),
        (
            ("list",),
            "缺少参数 '{models|rules|goals|curves|importers|sections|worlds|templates|schema}'。可选：\n\tmodels,\n\trules,\n\tgoals,\n\tcurves,\n\timporters,\n\tsections,\n\tworlds,\n\ttemplates,\n\tschema",
        ),
    ],
)
def test_a_wrong_command_is_told_in_chinese(
    optimizer: Callable[..., Ran], words: tuple[str, ...], told: str
) -> None:
    ran = optimizer("--lang", "zh", *words)
    assert ran.code == 2
    assert ran.err.endswith(f"错误：{told}\n")
    assert ran.err.startswith(("用法：optimizer ", "错误："))
    assert no_english(ran.err)
    english = optimizer(*words)
    assert english.code == 2
    assert english.err.startswith(("Usage: optimizer ", "Error: "))


def test_an_unknown_command_lists_them(optimizer: Callable[..., Ran]) -> None:
    ran = optimizer("--lang", "zh", "nosuch")
    assert re.search(
        r"错误：没有命令“nosuch”；可用：actuals, attribute, [a-z, ]+，…（共 \d+ 个）\n$", ran.err
    )


def test_every_command_takes_a_language(optimizer: Callable[..., Ran]) -> None:
    from optimizer.cli import COMMANDS

    for name in COMMANDS:
        for words in ((name, "--lang", "zh", "--help"), ("--lang", "zh", name, "--help")):
            ran = optimizer(*words)
            assert ran.code == 0
            assert ran.out.startswith(f"用法：optimizer {name} "), name
            assert "--lang" in ran.out
            assert "显示本帮助后退出。" in ran.out
        assert optimizer(name, "--help").out.startswith(f"Usage: optimizer {name} ")
