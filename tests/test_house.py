"""The architecture, held by walking the imports: left to right, no circles, one place per outside
library, a light start.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parent.parent / "optimizer"
# Files of the package itself that anybody may import, and that import nothing but one another.
BASICS = {
    "addresses",
    "errors",
    "files",
    "foreign",
    "inputs",
    "locale",
    "messages",
    "number_format",
    "plotting",
    "progress",
    "registry",
    "results",
    "packages",
    "shown",
    "store",
    "streams",
    "units",
    "yaml_file",
}

# Each package may import the basics and whatever is named beside it.
MAY_IMPORT = {
    "data": set(),
    "results": set(),
    "store": set(),
    "journeys": {"data"},
    "customers": {"data"},
    "attribution": {"data", "journeys", "customers"},
    "response": set(),
    "evidence": {"data", "response"},
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
        "evidence",
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
        "evidence",
        "forecast",
        "allocation",
        "scenario",
        "pipeline",
    },
    "serve": {"response", "allocation", "scenario", "pipeline", "report"},
    "studio": {"data", "response", "allocation", "scenario", "pipeline", "report", "serve"},
}
# Outside libraries that stand behind one door. numpy, scipy, pandas and networkx are the common
# language.
ONLY_IN = {
    "duckdb": ("data",),
    "ibis": ("data",),
    "sqlglot": ("data",),
    "pyspark": ("data",),
    "python_calamine": ("data",),
    "polars": ("data",),
    "pulp": ("allocation/solvers/pulp.py",),
    "highspy": ("allocation/solvers",),
    "pydantic": ("scenario",),
    "ruamel": ("yaml_file.py",),
    "yaml": ("yaml_file.py",),
    "click": ("cli", "locale/extract.py"),
    "rich": ("cli",),
    "altair": ("report",),
    "jinja2": ("report",),
    "vl_convert": ("report",),
    "xlsxwriter": ("report",),
    "starlette": ("serve", "studio"),
    "uvicorn": ("serve",),
    "babel": ("number_format.py", "locale"),
    "holidays": ("allocation",),
}
DEVELOPERS = ("locale/extract.py", "locale/check.py")  # not in the wheel; they read the whole house
LAZY = 40  # imports of our own that may stand inside functions


@dataclass(frozen=True)
class Import:
    """file: where; module: what it names; lazy: inside a function; comment: on its line."""

    file: str
    module: str
    lazy: bool
    comment: bool
    line: int


def imports(file: Path) -> Iterator[Import]:
    """Every module a file imports, also inside functions; those under TYPE_CHECKING are words, not
    imports.
    """
    source = file.read_text(encoding="utf-8")
    lines, tree = source.splitlines(), ast.parse(source)
    skip = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    inside = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for inner in ast.walk(node)
    }
    here = file.relative_to(ROOT).as_posix()
    for node in ast.walk(tree):
        if id(node) in skip or not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        lazy, text = id(node) in inside, "".join(lines[node.lineno - 1 : node.end_lineno])
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            assert node.level == 0, f"{file}: imports are absolute"
            assert node.module
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            yield Import(here, name, lazy, "#" in text, node.lineno)


FILES = sorted(ROOT.rglob("*.py"))
FOUND = [found for file in FILES for found in imports(file)]


def name_of(file: str) -> str:
    parts = ("optimizer", *Path(file).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(file.relative_to(ROOT).as_posix()) for file in FILES}


def module_of(name: str) -> str | None:
    """The module of ours that `name` stands in: itself, or what it is imported from."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name or None


def test_left_to_right() -> None:
    wrong = []
    for found in FOUND:
        if found.file in DEVELOPERS:
            continue
        package = found.file.split("/")[0].removesuffix(".py")
        allowed = BASICS | {package} | MAY_IMPORT.get(package, set())
        parts = (module_of(found.module) or found.module).split(".")
        if package not in BASICS | set(MAY_IMPORT) or parts[0] != "optimizer" or len(parts) < 2:
            continue
        if parts[1] not in allowed:
            wrong.append(f"{found.file}:{found.line} imports {found.module}")
    assert not wrong


def test_every_package_has_its_place() -> None:
    packages = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    assert packages - {"cli", "locale"} == set(MAY_IMPORT) & packages


def test_no_circles() -> None:
    """Imports inside functions count: a circle that is broken by waiting is still one."""
    graph = nx.DiGraph()
    for found in FOUND:
        there = module_of(found.module)
        if there is not None and there != name_of(found.file):
            graph.add_edge(name_of(found.file), there)
    assert [sorted(c) for c in nx.strongly_connected_components(graph) if len(c) > 1] == []


def test_own_modules_are_imported_at_the_top() -> None:
    """Where one has to wait, its line says why."""
    lazy = [f for f in FOUND if f.lazy and f.module.split(".")[0] == "optimizer"]
    silent = [f"{f.file}:{f.line} {f.module}" for f in lazy if not f.comment]
    assert silent == []
    assert len({(f.file, f.line) for f in lazy}) < LAZY


def test_one_place_per_outside_library() -> None:
    wrong = []
    for found in FOUND:
        homes = ONLY_IN.get(found.module.split(".")[0], ())
        at_home = any(found.file == home or found.file.startswith(f"{home}/") for home in homes)
        if homes and not at_home:
            wrong.append(f"{found.file} imports {found.module}; it belongs to {homes}")
    assert not wrong


def test_messages_stand_where_they_are_made() -> None:
    """`_(text)` with anything but a literal is not found by the extraction."""
    wrong = []
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            count = {"_": 1, "ngettext": 2, "pgettext": 2}.get(node.func.id, 0)
            texts = node.args[:count]
            literal = all(isinstance(t, ast.Constant) and isinstance(t.value, str) for t in texts)
            if count and not literal and file.name not in ("spoken.py", "messages.py"):
                wrong.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []


@pytest.mark.parametrize("words", [["--help"], ["-h"], []])
def test_help_loads_nothing(words: list[str]) -> None:
    code = (
        "import sys; before=set(sys.modules); sys.argv=['optimizer', *sys.argv[1:]]\n"
        "from optimizer.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy={'click','typing','numpy','pandas','duckdb','pulp','pydantic','rich','networkx',"
        "'scipy','altair','babel','ruamel'}\n"
        "print('LOADED', sorted(heavy & (set(sys.modules) - before)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    ).stdout
    assert "LOADED []" in out
