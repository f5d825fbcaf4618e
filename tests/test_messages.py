"""Messages in Chinese: every text the program says has its translation, and is found again from what was said."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from collected import Collector
from conftest import Ran

import optimizer
from optimizer.errors import Problem, UserError
from optimizer.report.words import catalogue as words_of
from optimizer.report.words import messages
from optimizer.report.words.messages_zh import libraries, names

PACKAGE = Path(optimizer.__file__).parent
SLOT = re.compile(r"\{\{|\}\}|\{(\w+)(?::words|:name|:rules)?\}")


@cache
def said() -> Collector:
    """What the program says, read from its source. Help has its own catalogue and test (test_help.py)."""
    steps = frozenset(
        key.removeprefix("step.") for key in words_of("en") if key.startswith("step.")
    )
    return Collector(
        PACKAGE,
        skip=("optimizer.report.words", "optimizer.cli.help_zh", "optimizer.cli.spoken"),
        besides=steps,
    )


def nameless(text: str) -> str:
    return SLOT.sub(lambda m: "{}" if m[1] else m[0], text)


def translated() -> dict[str, str]:
    """The catalogue's English by its form without names."""
    return {nameless(english): english for english in messages.catalogue()}


def test_every_message_has_its_chinese() -> None:
    """To mend a failure: put the line shown into `report/words/messages_zh/`, with its Chinese."""
    found, have = said(), translated()
    assert len(found.texts) > 800, "the source was not read"
    missing = [
        f'{place}:  "{found.shown[text]}": "",'
        for text, place in found.texts.items()
        if text not in have
    ]
    assert missing == []


def test_words_in_slots_are_marked() -> None:
    """Where what stands in a slot is itself said by the program, the catalogue says so: {slot:words}, or {slot:name}."""
    have = translated()
    unmarked = [
        f"{have[text]}: slot {at + 1}"
        for text, slots in said().ours.items()
        if text in have
        for at, mark in enumerate(m[0] for m in SLOT.finditer(have[text]) if m[1])
        if at in slots and not mark.endswith((":words}", ":name}", ":rules}"))
    ]
    assert unmarked == []


def test_no_message_is_there_that_nobody_says() -> None:
    found = said()
    written = {node for module in found.modules.values() for node in constants(module.tree)}
    gone = [
        english
        for english in messages.catalogue()
        if english not in libraries.MESSAGES
        and nameless(english) not in found.texts
        and nameless(english) not in found.names
        and english not in written
    ]
    assert gone == []


def constants(tree: object) -> set[str]:
    """Every text that stands in a file, column names with blanks too."""
    import ast

    assert isinstance(tree, ast.AST)
    texts = {
        n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }
    texts |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    texts |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.keyword) and n.arg}
    return texts | {text.replace("_", " ") for text in texts}


def test_nothing_stands_twice() -> None:
    """One place for each message: a second file would overrule the first unseen."""
    import importlib

    seen: dict[str, str] = {}
    for part in messages.PARTS:
        for english in importlib.import_module(
            f"optimizer.report.words.messages_zh.{part}"
        ).MESSAGES:
            assert nameless(english) not in seen, (
                f"{english} stands in {seen[nameless(english)]} and {part}"
            )
            seen[nameless(english)] = part


def test_slots_are_the_same_in_both() -> None:
    for english, chinese in messages.catalogue().items():
        ours = sorted(m[1] for m in SLOT.finditer(english) if m[1])
        assert ours == sorted(set(ours)), english
        assert set(ours) == {m[1] for m in SLOT.finditer(chinese) if m[1]}, english


def test_every_message_is_found_again() -> None:
    """Each template, filled with samples, gives that template's Chinese with those samples: nothing is taken for another."""
    for english, chinese in messages.catalogue().items():
        one = messages.template(english, chinese)
        values = {name: f"«{name}-{i}»" for i, name in enumerate(one.slots)}
        text = one.fixed[0] + "".join(
            values[name] + after for name, after in zip(one.slots, one.fixed[1:], strict=True)
        )
        assert messages.looked_up(text) == (one, values), english
        assert messages.translate(text, "zh") == chinese.format(**values)
        assert messages.translate(text, "en") == text


def test_names_do_not_make_another_message() -> None:
    """With any of the program's own words in its slots, a template is still itself."""
    for english, chinese in messages.catalogue().items():
        one = messages.template(english, chinese)
        for name in (name for name in names.MESSAGES if one.names and " " not in name):
            values = {
                slot: name if slot in one.names else f"«{i}»" for i, slot in enumerate(one.slots)
            }
            text = one.fixed[0] + "".join(
                values[slot] + after for slot, after in zip(one.slots, one.fixed[1:], strict=True)
            )
            told = {
                slot: names.MESSAGES[value] if slot in one.names else value
                for slot, value in values.items()
            }
            assert messages.translate(text, "zh").replace(" ", "") == chinese.format(
                **told
            ).replace(" ", ""), text


def test_chinese_is_chinese() -> None:
    """Chinese signs in every sentence, and no half-width comma or full stop between them."""
    same = {
        "RFM {date}",
        "pyspark {version}, {java}",
        "channels:\n  {channel}: {{multiplier: {factor}}}",
    }
    for english, chinese in messages.catalogue().items():
        assert (
            re.search(r"[\u4e00-\u9fff：，（；、→]", chinese)
            or english in same
            or english.startswith(("write ", "{python_version}"))
        ), english
        assert not re.search(
            r"[\u4e00-\u9fff][,;!?][\u4e00-\u9fff ]|[\u4e00-\u9fff]\.(\s|$)", chinese
        ), chinese


def test_a_count_behind_a_sentence() -> None:
    told = messages.translate(
        "'2025-13-13 10:00' is no date that is understood (15 such cells)", "zh"
    )
    assert told == "'2025-13-13 10:00' 不是能看懂的日期（共 15 个这样的单元格）"
    assert (
        messages.translate("spend is negative: '-101' (6 such cells)", "zh")
        == messages.translate("spend is negative: '-101'", "zh") + "（共 6 个这样的单元格）"
    )
    assert (
        messages.translate("'a (b)' is no date that is understood", "zh")
        == "'a (b)' 不是能看懂的日期"
    )


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
    ],
)
def test_names_stay_as_they_are(name: str) -> None:
    """A user's name inside a sentence is shown untouched, whatever it looks like."""
    problem = Problem(
        f"'{name}' is no channel, group or tag here", "scenario.yaml:3:5", f"did you mean '{name}'?"
    )
    assert (
        messages.told(problem, "zh")
        == f"scenario.yaml:3:5：“{name}”在这里既不是渠道，也不是分组或标签\n  建议：是不是“{name}”？"
    )
    assert messages.told(problem, "en") == str(problem)


def test_parts_are_translated_together() -> None:
    error = UserError(
        "spend is negative: '-30'",
        "data/spend.csv: row 12, column spend",
        "write 0 or more; net refunds before",
    )
    assert (
        messages.error(error, "zh")
        == "data/spend.csv：第 12 行，spend 列：spend 为负数：'-30'\n  建议：写 0 或更大；退款请先抵扣"
    )
    assert messages.error(error, "en") == str(error)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "￥8,306 stays unspent: more would break max_cac 75",
            "￥8,306 未花出：再花会违反获客成本至多 75",
        ),
        (
            "no plan keeps all of these together: max_cac 60, min 45,000 of douyin/feed and min_share 20% of a, b",
            "没有方案能同时满足：获客成本至多 60、最低花费 45,000（douyin/feed） 和 min_share 20% of a, b",
        ),
        (
            "data/events.csv: times carry no time zone and are taken as they stand",
            "data/events.csv：时间不带时区，按原样使用",
        ),
        (
            "a CAC of 10 is below the best any channel of a/b can reach, 30.7",
            "获客成本 10 低于 a/b 的任何渠道能达到的最好值 30.7",
        ),
        (
            "markov: intervals of this large chain are linearised around the estimate",
            "markov：该链较大，区间在估计值附近线性化得出",
        ),
        (
            "unknown key 'x' in the scenario\n  3 | x: 1\n    | ^",
            "场景中有未知的键“x”\n  3 | x: 1\n    | ^",
        ),
        ("Many journeys have one touch only.", "许多旅程只有一个触点。"),
        ("note: there are no journeys", "说明：没有旅程"),
        ("error: a.csv: No space left on device", "错误：a.csv：磁盘空间不足"),
        ("cannot write here: Permission denied", "不能写到这里：没有权限"),
        ("the archive is damaged: File is not a zip file", "压缩包已损坏：这不是 zip 文件"),
        ("cannot be read: Some Error: of a library", "无法读取：Some Error: of a library"),
        ("something new", "something new"),
        ("", ""),
    ],
)
def test_sentences(english: str, chinese: str) -> None:
    assert messages.translate(english, "zh") == chinese
    assert messages.translate(english, "en") == english


def test_the_collector_reads_what_it_should(tmp_path: Path) -> None:
    """Each way a message can be written, in a small package."""
    package = tmp_path / "small"
    package.mkdir()
    (package / "__init__.py").write_text("""
from optimizer.errors import UserError

WHY = "it is a constant"

def one(name, rows):
    notes = [f"first of {name}"]
    notes.append("then " + ("many rows" if rows else "no rows"))
    notes += more(name)
    if rows:
        raise UserError(WHY, f"{name}: row {rows}", fix=hint(rows))
    check(rows, f"the rows are {rows:,}")
    raise UserError(f"unknown {name!r}; {hint(rows)}")

def more(name):
    out = []
    for word, what in (("a", "was lost"), ("b", "was found")):
        out.append(f"{name} {what}")
    return out

def hint(rows):
    return {1: "try one row", 2: "try two rows"}.get(rows, "try again")

def check(holds, what):
    if not holds:
        raise UserError(what)

def quiet(rows):
    return f"nobody says {rows} of this"
""")
    found = Collector(package)
    assert set(found.texts) == {
        "it is a constant",
        "first of {}",
        "then many rows",
        "then no rows",
        "{}: row {}",
        "the rows are {}",
        "unknown {}; {}",
        "{} was lost",
        "{} was found",
        "try one row",
        "try two rows",
        "try again",
    }
    assert found.shown["unknown {}; {}"] == "unknown {name}; {rows:words}"
    assert found.ours["unknown {}; {}"] == {1}


def test_the_what_if_page_refuses_in_its_language() -> None:
    pytest.importorskip("starlette", reason="the extra `serve` is not installed")
    import json

    from optimizer.errors import Problems
    from optimizer.report.words import Words
    from optimizer.serve.app import TooLarge, _refused

    def shown(error: Exception, lang: str) -> str:
        return str(json.loads(bytes(_refused(error, Words(lang)).body))["error"])

    both = Problems(
        [
            Problem("unknown channel 'tv'", "/secret/place"),
            Problem("budget must be a number from 0 to 1e+15"),
        ]
    )
    assert shown(both, "zh") == "未知的渠道“tv”；budget 必须是 0 到 1e+15 的数字"
    assert shown(both, "en") == "unknown channel 'tv'; budget must be a number from 0 to 1e+15"
    assert shown(TooLarge("this is far too much"), "zh") == "内容太多了"


def test_long_and_hostile_texts_come_back() -> None:
    for text in (
        "a: " * 3000,
        "x; " * 3000,
        "no plan can keep " * 500,
        "note: " * 2000,
        "\n" * 3000,
        "{}" * 500,
        "known: " + "day, " * 3000,
    ):
        assert isinstance(messages.translate(text, "zh"), str)
        assert messages.translate(text, "en") == text


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
            "缺少参数 '{models|rules|goals|curves|importers|worlds|templates|schema}'。可选：\n\tmodels,\n\trules,\n\tgoals,\n\tcurves,\n\timporters,\n\tworlds,\n\ttemplates,\n\tschema",
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
        r"错误：没有命令“nosuch”；可用：attribute, check, [a-z, ]+，…（共 \d+ 个）\n$", ran.err
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


def test_a_gbk_terminal_prints_it() -> None:
    """No sign of a message or of help is lost on an older Chinese Windows."""
    from optimizer.cli import help_zh, listed_zh

    for chinese in (
        *messages.catalogue().values(),
        *help_zh.COMMANDS.values(),
        *help_zh.HELP.values(),
        *help_zh.OPTIONS.values(),
        *listed_zh.ABOUT.values(),
    ):
        assert chinese.encode("gbk").decode("gbk") == chinese
