"""The progress bar on a terminal: what is done, how far it is, and about how long it will still take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from optimizer.cli.meter import Meter
from optimizer.messages import _


@contextmanager
def shown(meter: Meter, lang: str) -> Iterator[Callable[[str], None]]:
    """A line on standard error while the work lasts, gone afterwards. Gives a function that names the step."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
    from rich.text import Text

    class Left(ProgressColumn):
        max_refresh = 0.5

        def render(self, task: Task) -> Text:
            return Text(remaining(meter.left(time.perf_counter()), lang), style="dim")

    class Live(Progress):
        def get_renderable(self) -> object:  # type: ignore[override]
            for task in self.tasks:
                share = meter.share
                self._tasks[task.id].total = None if share is None else 1.0
                self._tasks[task.id].completed = share or 0.0
            return super().get_renderable()

    console = Console(stderr=True, highlight=False)
    ascii_only = (getattr(sys.stderr, "encoding", None) or "ascii").lower().replace(
        "-", ""
    ) not in ("utf8", "utf16")
    spinner = SpinnerColumn("line" if ascii_only else "dots")
    with Live(
        spinner,
        TextColumn("{task.description}", markup=False),
        BarColumn(30),
        Left(),
        console=console,
        transient=True,
        refresh_per_second=8,
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda text: bar.update(task, description=text)


def remaining(seconds: float | None, lang: str) -> str:
    """Time left in words, rounded as an estimate should be; empty where it is not known."""
    from optimizer.report.words import Words

    say = Words(lang)
    if seconds is None:
        return ""
    if seconds < 5:
        return say(_("a few seconds left"))
    if seconds < 90:
        return say(_("about {count} s left", count=5 * round(seconds / 5)))
    if seconds < 90 * 60:
        return say(_("about {count} min left", count=max(2, round(seconds / 60))))
    return say(_("about {count} h left", count=say.number(seconds / 3600, 1)))
