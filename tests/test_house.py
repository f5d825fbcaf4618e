"""The architecture, held by walking the imports: left to right, one place per outside library, a light start."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "optimizer"
BASICS = {"errors", "files", "plotting", "progress", "registry", "units"}

# Each package may import the basics and whatever is named beside it.
MAY_IMPORT = {
    "data": set(),
    "journeys": {"data"},
    "customers": {"data"},
    "attribution": {"data", "journeys", "customers"},
    "response": set(),
    "forecast": {"data", "journeys", "attribution", "response", "allocation"},
    "allocation": {"response"},
    "scenario": {"response", "allocation"},
    "simulate": {
        "data",
        "journeys",
        "attribution",
        "response",
        "allocation",
        "forecast",
        "scenario",
        "pipeline",
    },
    "pipeline": {
        "data",
        "journeys",
        "attribution",
        "customers",
        "response",
        "forecast",
        "allocation",
        "scenario",
    },
    "report": {
        "data",
        "journeys",
        "attribution",
        "customers",
        "response",
        "forecast",
        "allocation",
        "scenario",
        "pipeline",
    },
    "serve": {"response", "allocation", "scenario", "pipeline", "report"},
}
# Outside libraries that stand behind one door. numpy, scipy, pandas and networkx are the common language.
ONLY_IN = {
    "duckdb": "data",
    "ibis": "data",
    "sqlglot": "data",
    "pyspark": "data",
    "python_calamine": "data",
    "polars": "data",
    "pulp": "allocation/solve.py",
    "highspy": "allocation",
    "pydantic": "scenario",
    "ruamel": "scenario",
    "yaml": "scenario",
    "click": "cli",
    "rich": "cli",
    "altair": "report",
    "jinja2": "report",
    "vl_convert": "report",
    "xlsxwriter": "report",
    "starlette": "serve",
    "uvicorn": "serve",
    "babel": "units.py",
    "holidays": "allocation",
}


def imports(file: Path) -> Iterator[str]:
    """Every module a file imports, also inside functions; those under TYPE_CHECKING are words, not imports."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    skip = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skip:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file}: imports are absolute"
            yield node.module
            if node.module == "optimizer":
                yield from (f"optimizer.{alias.name}" for alias in node.names)


FILES = sorted(ROOT.rglob("*.py"))


def test_left_to_right() -> None:
    wrong = []
    for file in FILES:
        package = file.relative_to(ROOT).parts[0]
        if package not in MAY_IMPORT:
            continue
        for module in imports(file):
            parts = module.split(".")
            if (
                parts[0] == "optimizer"
                and len(parts) > 1
                and parts[1] not in BASICS | {package} | MAY_IMPORT[package]
            ):
                wrong.append(f"{file.relative_to(ROOT)} imports {module}")
    assert not wrong


def test_every_package_has_its_place() -> None:
    packages = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    assert packages - {"cli"} == set(MAY_IMPORT) & packages


def test_one_place_per_outside_library() -> None:
    wrong = []
    for file in FILES:
        here = file.relative_to(ROOT).as_posix()
        for module in imports(file):
            home = ONLY_IN.get(module.split(".")[0])
            if home and here != home and not here.startswith(f"{home}/"):
                wrong.append(f"{here} imports {module}; it belongs to {home}")
    assert not wrong


@pytest.mark.parametrize("words", [["--help"], ["-h"], []])
def test_help_loads_nothing(words: list[str]) -> None:
    code = (
        "import sys; before=set(sys.modules); sys.argv=['optimizer', *sys.argv[1:]]\n"
        "from optimizer.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy={'click','typing','numpy','pandas','duckdb','pulp','pydantic','rich','networkx','scipy','altair','babel','ruamel'}\n"
        "print('LOADED', sorted(heavy & (set(sys.modules) - before)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    ).stdout
    assert "LOADED []" in out
