"""Every example in a docstring is run."""

from __future__ import annotations

import ast
import doctest
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for file in (ROOT / "optimizer").rglob("*.py")
    if ">>> " in file.read_text(encoding="utf-8")
)


def test_there_are_examples_in_every_room() -> None:
    rooms = {name.split(".")[1] for name in MODULES}
    wanted = {"allocation", "attribution", "customers", "data", "journeys", "response", "units"}
    assert wanted <= rooms


def docstrings(module: str) -> Iterator[tuple[str, str]]:
    """Every docstring of a source file, those of registered functions too, which are specs by now."""
    source = Path(str(importlib.import_module(module).__file__)).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            text = ast.get_docstring(node) or ""
            if ">>> " in text:
                yield getattr(node, "name", module), text


@pytest.mark.parametrize("module", MODULES)
def test_examples(module: str) -> None:
    runner, parser = doctest.DocTestRunner(verbose=False), doctest.DocTestParser()
    names = vars(importlib.import_module(module))
    for name, text in docstrings(module):
        runner.run(parser.get_doctest(text, dict(names), f"{module}.{name}", None, None))
    assert runner.tries > 0
    assert runner.failures == 0
