"""Help in Chinese: every command and option has its words, and shows them where the locale or
--lang asks.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from conftest import Ran

from optimizer.cli import COMMANDS
from optimizer.cli.app import cli
from optimizer.cli.listing import REGISTRIES, family
from optimizer.cli.spoken import unwrapped
from optimizer.locale import Reader
from optimizer.messages import Message

ROOT = Path(__file__).parent.parent


def spoken(*words: str, lang: str) -> str:
    """By a process of its own, whose locale is this."""
    env = {k: v for k, v in os.environ.items() if k not in ("LC_ALL", "LC_MESSAGES", "LANG")}
    env |= {"LANG": lang, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-m", "optimizer", *words], capture_output=True, check=True, env=env
    ).stdout.decode()


@pytest.fixture
def shown(optimizer: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """By this process, where the environment names this locale."""

    def call(*words: str, lang: str) -> str:
        for name in ("LC_ALL", "LC_MESSAGES"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("LANG", lang)
        ran = optimizer(*words)
        assert ran.code == 0, ran.err
        return ran.out

    return call


def chinese(text: str) -> str:
    return Reader("zh").template(Message(unwrapped(text)))


def test_every_command_and_option_has_chinese_help() -> None:
    told = {text for __, text in COMMANDS.values()}
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert command.help
        assert command.epilog
        told |= {command.help, command.epilog}
        told |= {
            option.help
            for option in command.params
            if isinstance(option, click.Option) and option.help
        }
    assert [text for text in told if not re.search("[\u4e00-\u9fff]", chinese(text))] == []


def test_help_speaks_the_locales_language(shown: Callable[..., str]) -> None:
    assert "把客户旅程变成渠道功劳" in spoken("--help", lang="zh_CN.UTF-8")
    assert "Turn customer journeys" in spoken("--help", lang="en_US.UTF-8")
    assert "把客户旅程变成渠道功劳" in shown("--help", lang="zh_CN.UTF-8")
    assert "Turn customer journeys" in shown("--help", lang="en_US.UTF-8")
    chinese = shown("plan", "--help", lang="zh_CN.UTF-8")
    assert "旅程变功劳" in chinese
    assert "改一个值" in chinese
    assert re.search("Change one value", shown("plan", "--help", lang="C"))
    assert "旅程变功劳" in shown("plan", "--lang", "zh", "--help", lang="C")


def test_asking_in_chinese_does_not_change_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two languages in one process: what was asked in Chinese is asked in English again."""
    monkeypatch.setattr(sys, "argv", ["optimizer", "plan", "--lang", "zh", "--help"])
    command = cli.get_command(click.Context(cli), "plan")
    assert command is not None
    assert "旅程变功劳" in (command.help or "")
    monkeypatch.setattr(sys, "argv", ["optimizer", "plan", "--lang", "en", "--help"])
    command = cli.get_command(click.Context(cli), "plan")
    assert command is not None
    assert "旅程" not in (command.help or "")


def test_every_listed_name_has_its_line_in_chinese(shown: Callable[..., str]) -> None:
    """`optimizer list`: models, rules, goals, curves, importers, sections, worlds."""
    about = {family(kind).help(name) for kind in REGISTRIES for name in family(kind)}
    assert len(about) > 60
    assert [text for text in about if not re.search("[\u4e00-\u9fff]", chinese(text))] == []
    assert "获客成本（含费用）不超过" in shown("list", "rules", lang="zh_CN.UTF-8")
    assert "Spend per new customer" in shown("list", "rules", lang="C")


def test_templates_come_in_the_readers_language(tmp_path: Path) -> None:
    """The same scenario with other words: its README, its name, its comments."""
    from optimizer.scenario import load_scenario
    from optimizer.scenario.templates import copy_template, templates

    assert set(templates("zh")) == set(templates())
    for name, question in templates("zh").items():
        assert re.search("[\u4e00-\u9fff]", question), name
        files = [copy_template(name, tmp_path / lang / name, lang) for lang in ("en", "zh")]
        held = [sorted(p.name for p in file.parent.rglob("*")) for file in files]
        assert held[0] == held[1], name
        english, chinese = (load_scenario(file) for file in files)
        assert chinese.name != english.name
        assert {**chinese.model_dump(), "name": ""} == {**english.model_dump(), "name": ""}, name
        readmes = [(file.parent / "README.md").read_text(encoding="utf-8") for file in files]
        assert readmes[1].startswith(f"# {question}")
        code = [
            sorted(set(re.findall(r"`(optimizer [^`]+|[a-z]+/[^`]*)`", text))) for text in readmes
        ]
        assert code[0] == code[1], name
        commented = [len(re.findall("#", file.read_text(encoding="utf-8"))) for file in files]
        assert abs(commented[0] - commented[1]) <= 1
        assert not re.search(
            "#.*[a-z]{3,} [a-z]{3,} [a-z]{3,} [a-z]{3,}",
            re.sub("`[^`]*`", "", files[1].read_text(encoding="utf-8")),
        )
