"""The words keep up with the code: the reference is generated, and every command in the docs runs or at least parses."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from conftest import ROOT

from optimizer.cli import COMMANDS
from optimizer.cli.app import cli

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "scenarios").glob("*/README.md")])
BLOCK = re.compile(r"```(?:\w*)\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`(optimizer [a-z][^`]*)`")


def commands(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    lines = [line.split("  #")[0].strip() for block in BLOCK.findall(text) for line in block.splitlines()]
    found = [line for line in lines if line.startswith("optimizer ")]
    if page.name != "reference.md":
        found += INLINE.findall(BLOCK.sub("", text))
    return list(dict.fromkeys(found))


def test_reference_is_current() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == module.reference(), "run docs/generate.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_in_the_docs_parses(page: Path) -> None:
    for line in commands(page):
        words = shlex.split(line)[1:]
        assert words[0] in COMMANDS or words[0].startswith("-") or words[0].isupper(), line
        if words[0] not in COMMANDS or any(word.isupper() and "=" not in word for word in words[1:]):
            continue
        command = cli.get_command(click.Context(cli), words[0])
        assert command is not None
        if len(words) > 1:
            command.make_parser(click.Context(command)).parse_args(list(words[1:]))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_an_example(name: str, optimizer: Callable[..., Any]) -> None:
    ran = optimizer(name, "--help")
    assert ran.code == 0
    assert f"Example: optimizer {name}" in ran.out


def test_readme_commands_run(tmp_path: Path, optimizer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """README's own commands, in its order, in an empty folder, as a newcomer would type them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    (tmp_path / "journeys.csv").write_text("path,conversions,value,nulls\na > b,3,30,1\nb,0,0,2\na > c,1,9,4\n")
    lines = [line for line in commands(ROOT / "README.md") if "..." not in line]
    assert len(lines) >= 6
    for line in lines:
        ran = optimizer(*shlex.split(line)[1:])
        assert ran.code == (3 if "too_tight" in line else 0), (line, ran.err)


def test_the_site_builds(tmp_path: Path) -> None:
    """mkdocs --strict: no broken link, no page left out of the menu that the menu names."""
    pytest.importorskip("mkdocs")
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(words, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "site" / "reference.html").exists()
