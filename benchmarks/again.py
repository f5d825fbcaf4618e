"""The first run and the second: processor time of whole processes, in one run.

    python benchmarks/again.py [SCENARIO] [--budget 90000] [--commit f3360d7] [--rounds 1]

Plans a copy of the scenario (scenarios/growing_brand by default) without a store, with an empty
one, and again with another budget; and, where a commit is named, once as the program was then, in
the same environment. Only the ratios hold beyond the machine. The plans of the first two must be
the same bytes; the program of the commit may say other things.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def spent(command: list[str], where: Path, root: Path) -> tuple[float, float, bytes]:
    """Processor seconds, peak MB of all so far, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": str(root), "OPTIMIZER_STORE": ""}
    done = subprocess.run(
        [sys.executable, "-m", "optimizer", *command],
        cwd=where,
        env=environment,
        capture_output=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, after.ru_maxrss / 1024, done.stdout


def then(commit: str, place: Path) -> Path:
    """The tree of a commit."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tree:
        tree.extractall(place, filter="data")
    return place


def measure(scenario: Path, budget: float, commit: str | None, room: Path) -> dict[str, float]:
    """Processor seconds by what was run."""
    copy = room / "scenario"
    shutil.copytree(scenario, copy, ignore=shutil.ignore_patterns(".optimizer"))
    plan = ["plan", str(copy), "--format", "json", "--no-report"]
    out: dict[str, float] = {}
    if commit is not None:
        tree = then(commit, room / "then")
        out[commit], __, __ = spent(plan, room, tree)
    out["no store"], __, bare = spent([*plan, "--no-store"], room, ROOT)
    out["first"], __, first = spent(plan, room, ROOT)
    out["same again"], __, again = spent(plan, room, ROOT)
    if not bare == first == again:
        raise SystemExit("the plans differ")
    out["another budget"], __, __ = spent([*plan, "--set", f"budget={budget}"], room, ROOT)
    return out


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("scenario", nargs="?", default=str(ROOT / "scenarios/growing_brand"))
    given.add_argument("--budget", type=float, default=90000.0)
    given.add_argument("--commit")
    given.add_argument("--rounds", type=int, default=1)
    words = given.parse_args()
    for __ in range(words.rounds):
        with tempfile.TemporaryDirectory() as room:
            found = measure(Path(words.scenario).resolve(), words.budget, words.commit, Path(room))
        whole = found.get(words.commit or "", found["first"])
        for name, seconds in found.items():
            print(f"{name:16} {seconds:8.1f} s   {seconds / whole:5.2f}", flush=True)


if __name__ == "__main__":
    main()
