"""The licences of everything that is installed with this program, from the lock file and the
packages' own words.

    python3 dev.py licences            write docs/reference/licences.md
    python3 dev.py licences --check    whether it is up to date
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/licences.md"
LOCKS = {"requirements.lock": "the program", "requirements-test.lock": "extras, tests and docs"}
HEAD = """# Licences of what is installed

The program is Apache-2.0. What it needs is not part of it; it is installed beside it, at the versions of the two lock
files. Written by `python3 dev.py licences` from the lock files and each package's own words.

| package | version | licence | needed by |
|---|---|---|---|
"""
# of packages that say it in no field, or are installed on other systems only
SAID = {
    "axe-playwright-python": "MIT",
    "appnope": "BSD",
    "cffi": "MIT",
    "pycparser": "BSD-3-Clause",
}
SHORT = (
    ("Apache", "Apache-2.0"),
    ("BSD", "BSD"),
    ("MIT", "MIT"),
    ("Mozilla Public License 2", "MPL-2.0"),
    ("Python Software Foundation", "PSF-2.0"),
    ("ISC", "ISC"),
    ("LGPL", "LGPL"),
    ("Lesser General Public", "LGPL"),
    ("General Public", "GPL"),
    ("Unlicense", "Unlicense"),
)


def locked(file: str) -> dict[str, tuple[str, ...]]:
    """{package: versions} of a lock file: another for an older Python, here and there."""
    text = (ROOT / file).read_text(encoding="utf-8")
    out: dict[str, tuple[str, ...]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)", text, re.MULTILINE):
        out[name] = (*out.get(name, ()), version)
    return out


def licence(package: str) -> str | None:
    """What an installed package says of its licence; None where it is not installed here."""
    if package in SAID:
        return SAID[package]
    try:
        about = metadata(package)
    except PackageNotFoundError:
        return None
    expression = about.get("License-Expression")
    if expression:
        return str(expression)
    trove = [c for c in about.get_all("Classifier") or () if c.startswith("License ::")]
    words = [*(c.rpartition(" :: ")[2] for c in trove), (about.get("License") or "").strip()[:80]]
    for word in words:
        for sign, short in SHORT:
            if sign.lower() in word.lower():
                return short
    return next((word.splitlines()[0] for word in words if word), "not stated")


def rows() -> list[tuple[str, str, str | None, str]]:
    """(package, version, licence, who needs it) in order of names."""
    seen: dict[str, tuple[str, str, str | None, str]] = {}
    for file, who in LOCKS.items():
        for package, versions in locked(file).items():
            seen.setdefault(package, (package, ", ".join(versions), licence(package), who))
    return sorted(seen.values())


def page(known: str = "") -> str:
    """The page; what is not installed on this machine keeps the line that is known of it."""
    lines = []
    for package, version, said, who in rows():
        old = re.search(rf"^\| {re.escape(package)} \| [^|]* \| ([^|]*) \|", known, re.MULTILINE)
        lines.append(f"| {package} | {version} | {said or (old[1] if old else '?')} | {who} |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    new = page(old)
    if "--check" in sys.argv:
        sys.exit(0 if new == old else f"{PAGE.name} is out of date: python3 dev.py licences")
    PAGE.write_text(new, encoding="utf-8")
