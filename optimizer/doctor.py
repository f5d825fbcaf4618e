"""Is this machine fit for the work? Versions, solvers, memory, fonts, the optional parts: each with
what to do.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from optimizer.messages import Text, _, listed
from optimizer.packages import install

NEEDED = (
    "altair",
    "babel",
    "click",
    "duckdb",
    "highspy",
    "holidays",
    "jinja2",
    "networkx",
    "numpy",
    "pandas",
    "pulp",
    "pyarrow",
    "pydantic",
    "python-calamine",
    "rich",
    "ruamel.yaml",
    "scipy",
    "starlette",
    "uvicorn",
    "vl-convert-python",
    "xlsxwriter",
)
LITTLE_MEMORY = 2 * 2**30  # bytes below which large journeys are slow


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Parameters
    ----------
    state
        ok | missing (an optional part) | broken (the program cannot work).
    detail
        What was found.
    fix
        What to do.
    """

    name: Text
    state: str
    detail: Text
    fix: Text = ""


def examine() -> tuple[Finding, ...]:
    """Everything, in reading order; nothing is changed, nothing leaves the machine."""
    return (
        _python(),
        _libraries(),
        _solver("highs"),
        _solver("cbc"),
        _cores(),
        _memory(),
        _fonts(),
        _terminal(),
        _extra("warehouse", ("ibis",)),
        _java(),
    )


def _python() -> Finding:
    return Finding(
        _("python"),
        "ok",
        _(
            "{python} ({system} {machine}), optimizer {version}",
            python=platform.python_version(),
            system=platform.system(),
            machine=platform.machine(),
            version=_version("attribution-budget-optimizer"),
        ),
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _libraries() -> Finding:
    found = {name: _version(name) for name in NEEDED}
    missing = [name for name, number in found.items() if number is None]
    if missing:
        return Finding(
            _("libraries"),
            "broken",
            _("missing: {names}", names=listed(missing)),
            "pip install " + " ".join(missing),
        )
    return Finding(_("libraries"), "ok", listed(f"{name} {found[name]}" for name in NEEDED))


def _solver(name: str) -> Finding:
    """Solve a problem whose answer is known by hand: a budget of 1 on two equal curves is split in
    halves.
    """
    title = {"highs": "HiGHS", "cbc": "CBC"}[name]
    try:
        from optimizer.allocation.planner import (
            solve,
        )  # a library that does not load is the finding
        from optimizer.allocation.problem import Decision, Problem, Rule  # as above
        from optimizer.response.shapes.bounded import saturating  # as above

        curve = saturating(ceiling=2.0, half_spend=1.0)
        decisions = tuple(
            Decision(channel=channel, curves={"customers": curve}, value=1.0) for channel in "ab"
        )
        plan = solve(Problem(decisions, (Rule("budget", 1.0),)), solver=name, explain=False)
        spend = plan.spend_by_channel()
        if abs(spend.get("a", 0.0) - 0.5) > 1e-2:
            raise ArithmeticError(f"a wrong answer: {spend}")
    except Exception as error:  # whatever a broken solver does, it is the finding
        state = "broken" if name == "highs" else "missing"
        return Finding(
            title,
            state,
            str(error).split("\n")[0][:200] or type(error).__name__,
            f"pip install --force-reinstall {'highspy' if name == 'highs' else 'pulp'}",
        )
    return Finding(title, "ok", _("solves a small plan"))


def _cores() -> Finding:
    return Finding(_("cores"), "ok", f"{os.cpu_count() or 1}")


def _memory() -> Finding:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return Finding(_("memory"), "ok", _("unknown on this system"))
    amount = f"{total / 2**30:.1f} GiB"
    if total < LITTLE_MEMORY:
        return Finding(
            _("memory"),
            "missing",
            amount,
            _("enough for small brands; large journeys spill to disk and take longer"),
        )
    return Finding(_("memory"), "ok", amount)


def _fonts() -> Finding:
    """Chinese in charts exported as pictures: two signs drawn alike are two boxes for a missing
    font.
    """
    try:
        from optimizer.report.export import (
            draws,
        )  # a chart library that does not load is the finding

        chinese = draws("渠", "道")
    except Exception as error:  # whatever it raises
        return Finding(
            _("fonts"),
            "broken",
            str(error).split("\n")[0][:200],
            "pip install --force-reinstall vl-convert-python",
        )
    if not chinese:
        return Finding(
            _("fonts"),
            "missing",
            _("no font for Chinese: charts exported as pictures show boxes"),
            _("install Noto Sans CJK (Debian: fonts-noto-cjk)"),
        )
    return Finding(_("fonts"), "ok", _("Chinese in exported charts"))


def _terminal() -> Finding:
    encoding = (getattr(sys.stdout, "encoding", None) or "unknown").lower()
    size = _(
        "{encoding}, {columns} columns",
        encoding=encoding,
        columns=shutil.get_terminal_size().columns,
    )
    plain = bool(os.environ.get("NO_COLOR"))
    return Finding(_("terminal"), "ok", listed([size, "NO_COLOR"]) if plain else size)


def _extra(name: str, modules: tuple[str, ...]) -> Finding:
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        return Finding(
            _("extra {name}", name=name),
            "missing",
            _("without {names}", names=listed(missing)),
            install(name),
        )
    return Finding(
        _("extra {name}", name=name),
        "ok",
        listed(f"{module} {_version(module) or ''}".strip() for module in modules),
    )


def _java() -> Finding:
    if importlib.util.find_spec("pyspark") is None:
        return Finding(
            _("extra spark"),
            "missing",
            _("without pyspark"),
            _("{command} (needs Java 17)", command=install("spark")),
        )
    java = shutil.which("java")
    if java is None:
        return Finding(
            _("extra spark"), "missing", _("pyspark, but no Java"), _("install a Java 17 runtime")
        )
    try:
        text = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=20, check=False
        ).stderr
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(
            _("extra spark"),
            "missing",
            _("Java does not start: {error}", error=error),
            _("install a Java 17 runtime"),
        )
    return Finding(
        _("extra spark"),
        "ok",
        _(
            "pyspark {version}, {java}",
            version=_version("pyspark"),
            java=text.splitlines()[0] if text else "Java",
        ),
    )
