"""How long a slider's move takes to reach the screen, and how long a report takes to open.

    .venv/bin/python benchmarks/what_if.py

In Chromium; fifteen channels, twenty moves. The median and the slowest are printed, with the size
of the report and its first chart.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import browser  # noqa: E402
import serve_worlds  # noqa: E402
from report_worlds import CHANNELS, world  # noqa: E402

MOVES = 20
MOVE = """async i => {
    const slider = document.querySelector('#budget input'), root = document.documentElement;
    const before = root.dataset.solved;
    const start = performance.now();
    slider.value = Number(slider.max) * (0.3 + 0.02 * i);
    slider.dispatchEvent(new Event('input', {bubbles: true}));
    while (root.dataset.solved === before) await new Promise(requestAnimationFrame);
    return performance.now() - start;
}"""


def slider(folder: Path) -> list[float]:
    """Milliseconds from each move to the new plan on the screen."""
    from optimizer.scenario import load_scenario
    from optimizer.serve import run
    from optimizer.serve.what_if import WhatIf

    what_if = WhatIf.start(load_scenario(serve_worlds.write_scenario(folder / "brand")))
    address: list[str] = []
    threading.Thread(
        target=run, args=(what_if,), kwargs={"ready": address.append}, daemon=True
    ).start()
    while not address:
        time.sleep(0.01)
    with browser.chromium(folder / "profile") as open_page:
        page = open_page(address[0], offline=False).ready()
        return [page.evaluate(MOVE, i) for i in range(MOVES)]


def opening(folder: Path) -> tuple[int, float, float]:
    """Bytes of a report; milliseconds until its first chart and until all are drawn."""
    from optimizer import report

    report.write(world(CHANNELS, periods=8), folder)
    file = folder / "report.html"
    with browser.chromium(folder / "profile") as open_page:
        open_page(file.as_uri())  # a warm browser, a cold page
        page = open_page(file.as_uri()).ready()
        first, ready = page.evaluate(
            "['first-chart', 'all-charts'].map(n => performance.getEntriesByName(n)[0].startTime)"
        )
        return file.stat().st_size, first, ready


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        moves = slider(Path(name))
        print(
            f"what-if, 15 channels, {MOVES} moves: median {statistics.median(moves):.0f} ms, "
            f"slowest {max(moves):.0f} ms"
        )
    with tempfile.TemporaryDirectory() as name:
        size, first, ready = opening(Path(name))
        print(
            f"report, 15 channels: {size / 1e6:.2f} MB, first chart after {first:.0f} ms, "
            f"all after {ready:.0f} ms"
        )
