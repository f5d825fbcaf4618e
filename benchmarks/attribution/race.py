"""Exact Markov credit from a path table: ours beside the other tools, one after the other in one run.

    python benchmarks/attribution/race.py --install      # each rival into its own environment (needs uv)
    python benchmarks/attribution/race.py [--sizes 10000,100000,1000000] [--orders 1,2,3] [--repeats 3] [--limit 120]

Writes results.json and the tables of README.md (between its marks). Only ratios are comparable between machines.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VENVS = HERE.parent / ".venvs"
RIVALS = {
    "ChannelAttribution": ("ca", ["ChannelAttribution==2.2.5", "matplotlib"]),
    "do-attribution": ("do", ["do-attribution==0.0.2"]),
    "MAM": ("mam", ["marketing-attribution-models==2.1.1"]),
    "pychattr": ("pychattr", ["pychattr"]),
    "mta": ("mta", ["mta==0.0.9"]),
}


def install() -> None:
    """Every rival in its own environment, so that none's pins reach another."""
    uv = shutil.which("uv") or sys.exit("uv is not here: pip install uv")
    for folder, packages in RIVALS.values():
        subprocess.run(
            [uv, "venv", "-q", "--allow-existing", str(VENVS / folder), "--python", sys.executable],
            check=True,
        )
        subprocess.run(
            [uv, "pip", "install", "-q", "--python", str(VENVS / folder / "bin/python"), *packages],
            check=False,
        )


def run(tool: str, file: Path, order: int, limit: float) -> dict[str, object]:
    """One race; {"failed": why} where there is no result."""
    python = sys.executable if tool == "ours" else str(VENVS / RIVALS[tool][0] / "bin/python")
    if not Path(python).exists():
        return {"failed": "not installed"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(
            [python, str(HERE / "rival.py"), tool, str(file), str(order), str(limit)],
            capture_output=True,
            text=True,
            timeout=20 * limit,
            env={**os.environ, "OMP_NUM_THREADS": "2"},
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"> {limit:.0f} s"}
    last = done.stdout.strip().splitlines()[-1:] or [""]
    if done.returncode in (-9, -24):
        return {"failed": f"> {limit:.0f} s"}
    if done.returncode or not last[0].startswith("{"):
        why = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return {"failed": "order 1 only" if "order 1 only" in why else why[:80]}
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        **json.loads(last[0]),
        "whole": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    }


def worst(credit: dict[str, float], exact: dict[str, float]) -> float:
    """Largest error of a channel's credit, relative to that channel."""
    return max(abs(credit.get(name, 0.0) - x) / x for name, x in exact.items() if x > 0)


def race(
    sizes: list[int],
    orders: list[int],
    repeats: int,
    limit: float,
    largest: int,
    alone: bool = False,
) -> dict[str, Any]:
    from journeys import write

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            file = Path(folder) / f"paths_{size}.csv"
            write(file, size)
            for order in orders:
                if size * 10 ** (order - 1) > largest:
                    continue
                exact: dict[str, float] = {}
                gone: set[str] = set()
                found: dict[str, list[dict[str, object]]] = {}
                for _ in range(repeats):  # in turn, so that a busy moment hits everybody
                    for tool in ["ours", *(() if alone else RIVALS)]:
                        if tool in gone or (size > 1_000_000 and tool != "ours"):
                            continue
                        result = run(tool, file, order, limit)
                        found.setdefault(tool, []).append(result)
                        if "failed" in result:
                            gone.add(tool)
                        elif tool == "ours":
                            exact = dict(result["credit"])  # type: ignore[call-overload]
                for tool, results in found.items():
                    good = [r for r in results if "failed" not in r]
                    row: dict[str, object] = {"journeys": size, "order": order, "tool": tool}
                    if good and tool not in gone:
                        row |= {
                            "seconds": min(float(r["seconds"]) for r in good),
                            "processor": min(float(r["processor"]) for r in good),
                            "megabytes": min(float(r["megabytes"]) for r in good),
                            "whole": min(float(r["whole"]) for r in good),  # type: ignore[arg-type]
                            "worst_error": worst(dict(good[0]["credit"]), exact),
                        }  # type: ignore[call-overload]
                    else:
                        row["failed"] = next(r["failed"] for r in results if "failed" in r)
                    rows.append(row)
                    print(row, flush=True)
    return {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "repeats": repeats,
        "rows": rows,
    }


def table(results: dict[str, Any]) -> str:
    """Markdown: each tool's time and memory as a multiple of ours, and its worst error."""
    rows = list(results["rows"])
    ours = {(r["journeys"], r["order"]): r for r in rows if r["tool"] == "ours"}
    out = [
        f"{results['machine']}; best of {results['repeats']}; processor seconds (all cores; a shared machine moves them little) from the csv file to credit, and of the whole process with its imports.",
        "",
        "| journeys | order | tool | processor time | whole process | memory | worst error of a channel |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        base = ours[row["journeys"], row["order"]]
        head = f"| {row['journeys']:,} | {row['order']} | {row['tool']} |"
        if "failed" in row:
            out.append(f"{head} {row['failed']} | | | |")
        elif row["tool"] == "ours":
            out.append(
                f"{head} **1** ({row['processor']:.2f} s) | **1** ({row['whole']:.2f} s) | **1** ({row['megabytes']:.0f} MB) | exact |"
            )
        else:
            error = row["worst_error"]
            shown = f"{error:.0e}" if error < 1e-6 else f"{error:.1%}"
            out.append(
                f"{head} {row['processor'] / base['processor']:.1f} x | {row['whole'] / base['whole']:.1f} x | {row['megabytes'] / base['megabytes']:.1f} x | {shown} |"
            )
    return "\n".join(out)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--install", action="store_true")
    words.add_argument("--sizes", default="10000,100000,1000000")
    words.add_argument("--orders", default="1,2,3")
    words.add_argument("--repeats", type=int, default=3)
    words.add_argument("--limit", type=float, default=120)
    words.add_argument(
        "--largest",
        type=int,
        default=1_000_000,
        help="journeys x 10^(order - 1) up to which a case is run",
    )
    words.add_argument("--alone", action="store_true", help="ours only")
    words.add_argument("--add", action="store_true", help="keep earlier results of other cases")
    given = words.parse_args()
    if given.install:
        install()
        return
    results = race(
        [int(x) for x in given.sizes.split(",")],
        [int(x) for x in given.orders.split(",")],
        given.repeats,
        given.limit,
        given.largest,
        given.alone,
    )
    kept = (
        json.loads((HERE / "results.json").read_text())["rows"]
        if (HERE / "results.json").exists() and given.add
        else []
    )
    fresh = {(r["journeys"], r["order"], r["tool"]) for r in results["rows"]}
    results["rows"] = sorted(
        [r for r in kept if (r["journeys"], r["order"], r["tool"]) not in fresh]
        + list(results["rows"]),
        key=lambda r: (r["order"], r["journeys"]),
    )
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    page = HERE / "README.md"
    text = page.read_text()
    begin, end = "<!-- race -->", "<!-- /race -->"
    page.write_text(
        text[: text.index(begin) + len(begin)]
        + "\n"
        + table(results)
        + "\n"
        + text[text.index(end) :]
    )


if __name__ == "__main__":
    main()
