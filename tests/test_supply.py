"""What is installed with the program: pinned, hashed, licensed, and held back only while there is a
reason.
"""

from __future__ import annotations

import re
import runpy
import tomllib
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.version import Version

LOCKS = ("requirements.lock", "requirements-test.lock")
# licences that ask nothing of who runs or passes on the program
FREE = ("MIT", "BSD", "Apache", "PSF", "ISC", "MPL", "Unlicense", "0BSD", "HPND", "Zlib", "CC0")
LINKED = {"psycopg": "LGPL"}  # an optional extra, installed beside the program and not changed


@pytest.fixture(scope="module")
def licences() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "licences.py"))


def wanted() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    texts = [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]
    for extra in project["project"]["optional-dependencies"].values():
        texts += extra
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("file", LOCKS)
def test_a_lock_pins_every_package_with_its_hashes(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    for entry in entries:
        line = entry.splitlines()[0]
        if line.startswith("#"):
            continue
        assert re.match(r"[A-Za-z0-9._-]+==[^ ;]+", line), line
        assert "--hash=sha256:" in entry, line
        assert not re.search(r"https?://|git\+|file:", entry), line


def test_the_locks_hold_what_is_asked_for(licences: dict[str, Any]) -> None:
    locked = licences["locked"]("requirements-test.lock")
    few = licences["locked"]("requirements.lock")
    assert few.items() <= locked.items(), "the two locks disagree"
    for need in wanted():
        name = re.sub(r"[-_.]+", "-", need.name).lower()
        assert name in locked, f"{need} is not locked: python3 dev.py lock"
        for one in locked[name]:
            assert need.specifier.contains(one, prereleases=True), (need, one)


def test_what_is_installed_is_what_is_locked(licences: dict[str, Any]) -> None:
    """CI runs what the lock file says."""
    other = {}
    for name, locked in licences["locked"]("requirements.lock").items():
        try:
            if version(name) not in locked:
                other[name] = (version(name), *locked)
        except PackageNotFoundError:
            continue  # of another system
    assert not other


def test_every_licence_is_known_and_free(licences: dict[str, Any]) -> None:
    page = (ROOT / "docs/reference/licences.md").read_text(encoding="utf-8")
    assert licences["page"](page) == page, "python3 dev.py licences"
    for line in page.splitlines()[8:]:
        name, _, licence, _ = (cell.strip() for cell in line.strip("|").split("|"))
        allowed = (*FREE, LINKED.get(name, FREE[0]))
        assert licence.startswith(allowed), f"{name}: {licence}"


def test_sqlglot_is_held_back_only_while_ibis_needs_it() -> None:
    """ibis 12.0 breaks with sqlglot 30.18. When this fails, try without `<30.18` in pyproject."""
    pin = next(need for need in wanted() if need.name == "sqlglot")
    assert not pin.specifier.contains("30.18")
    ibis = pytest.importorskip("ibis", reason="the extra [warehouse] is not installed")
    assert Version(ibis.__version__) < Version("12.1"), "a newer ibis: can sqlglot be newer too?"


def test_pulp_is_held_back_only_while_cbc_is_asked() -> None:
    """pulp 4 drops the bundled CBC, the second opinion. When this fails, take `<4` away."""
    pin = next(need for need in wanted() if need.name == "pulp")
    assert not pin.specifier.contains("4.0")
    code = (ROOT / "optimizer/allocation/solvers/pulp.py").read_text(encoding="utf-8")
    assert "PULP_CBC_CMD" in code, "nobody asks for the bundled CBC any more"
    import pulp

    assert hasattr(pulp, "PULP_CBC_CMD"), "CBC does not come with pulp any more"
