"""Everything a fresh machine needs, with nothing but Python 3.11 or newer:

    python3 dev.py demo    install into .venv, write a sample brand, plan it, write its report
    python3 dev.py test    install everything, lint, type-check, run all tests
    python3 dev.py locale  extract, update and compile the catalogues; --check lists what lacks
    Chinese
    python3 dev.py docs    build the documentation site into site/
    python3 dev.py lock    renew the two lock files after a change of dependencies
    python3 dev.py licences  renew the table of the dependencies' licences
    python3 dev.py fuzz    20,000 broken command lines and files; takes hours

More words are passed on: `python3 dev.py test -k markov`, `python3 dev.py demo --seed 7`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
LOCKS = {"demo": "requirements.lock", "test": "requirements-test.lock"}


def run(*command: str | Path, **options: object) -> int:
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=HERE, **options).returncode  # type: ignore[call-overload]


def must(*command: str | Path) -> None:
    code = run(*command)
    if code:
        sys.exit(f"this step failed ({code}): {' '.join(map(str, command))}")


def install(lock: str) -> None:
    """Put what the lock file names into .venv; skipped when that was done before."""
    wanted = hashlib.sha256(
        (HERE / lock).read_bytes() + (HERE / "pyproject.toml").read_bytes()
    ).hexdigest()
    mark = VENV / f"{lock}.installed"
    if mark.exists() and mark.read_text() == wanted:
        return
    print(f"installing {lock} into {VENV} (once)", flush=True)
    python = BIN / "python"
    if not python.exists() and run(sys.executable, "-m", "venv", VENV):
        shutil.rmtree(VENV, ignore_errors=True)
        if run(sys.executable, "-m", "virtualenv", VENV) and run("uv", "venv", VENV):
            sys.exit(
                "cannot make a virtual environment: install your system's python3-venv package "
                "(or virtualenv)"
            )
    uv: tuple[str | Path, ...] = ("uv",) if shutil.which("uv") else ()
    if (
        not uv
        and run(python, "-m", "pip", "install", "--quiet", "uv", stderr=subprocess.DEVNULL) == 0
    ):
        uv = (python, "-m", "uv")
    if uv:
        must(*uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", lock)
        must(*uv, "pip", "install", "--quiet", "--python", python, "--no-deps", "-e", ".")
    else:
        must(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock)
        must(python, "-m", "pip", "install", "--quiet", "--no-deps", "-e", ".")
    mark.write_text(wanted)


def demo(*words: str) -> None:
    install(LOCKS["demo"])
    sys.exit(run(BIN / "optimizer", "demo", *words))


def test(*words: str) -> None:
    install(LOCKS["test"])
    if not words:
        must(BIN / "ruff", "check", ".")
        must(BIN / "ruff", "format", "--check", ".")
        must(BIN / "mypy")
    sys.exit(run(BIN / "python", "-m", "pytest", *(words or ("-n", "auto", "--dist", "worksteal"))))


def locale(*words: str) -> None:
    install(LOCKS["test"])
    if words == ("--check",):
        sys.exit(run(BIN / "python", "-m", "optimizer.locale.check"))
    folder, width = "optimizer/locale", ("-w", "100")
    template = f"{folder}/optimizer.pot"
    pybabel: tuple[str | Path, ...] = (BIN / "python", "-m", "babel.messages.frontend", "-q")
    where = ("--sort-by-file", "--add-location=file", "--project", "optimizer")
    must(*pybabel, "extract", "-F", "babel.cfg", *where, *width, "-o", template, ".")
    kept = ("--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date")
    must(*pybabel, "update", *kept, *width, "-D", "optimizer", "-i", template, "-d", folder)
    sys.exit(run(BIN / "python", "-m", "optimizer.locale.check", "--compile"))


def docs(*words: str) -> None:
    install(LOCKS["test"])
    must(BIN / "python", "docs/generate.py")
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    sys.exit(run(BIN / "python", "-m", "mkdocs", "build", "--strict", "--quiet", *words))


def fuzz(*words: str) -> None:
    install(LOCKS["test"])
    sys.exit(run(BIN / "python", "benchmarks/fuzz_gate.py", *words))


def licences(*words: str) -> None:
    install(LOCKS["test"])
    sys.exit(run(BIN / "python", "docs/licences.py", *words))


def lock(*words: str) -> None:
    install(LOCKS["test"])
    compile_ = (
        BIN / "uv" if (BIN / "uv").exists() else "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--no-header",
        *words,
        "pyproject.toml",
    )
    must(*compile_, "-o", LOCKS["demo"])
    must(*compile_, "--all-extras", "--group", "test", "-o", LOCKS["test"])


if __name__ == "__main__":
    commands = {"demo": demo, "test": test, "locale": locale, "docs": docs, "lock": lock}
    commands |= {"fuzz": fuzz, "licences": licences}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    if sys.version_info < (3, 11):
        sys.exit("this needs Python 3.11 or newer")
    commands[sys.argv[1]](*sys.argv[2:])
