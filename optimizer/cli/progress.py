"""The progress bar on a terminal: what is done, how far it is, and about how long it will still
take.

rich draws it. The time left comes from what steps usually take, corrected by the pace so far.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from optimizer.locale import Reader
from optimizer.progress import Meter, remaining


@contextmanager
def shown(meter: Meter, reader: Reader) -> Iterator[Callable[[str], None]]:
    """A line on standard error while the work lasts, gone afterwards. Gives a function that names
    the step.

    Parameters
    ----------
    meter
        Where the work stands; read eight times a second.
    reader
        The language of the time left.

    Yields
    ------
    Callable[[str], None]
        Takes the step's name as it is to be shown, in the reader's language and without control
        characters.
    """

    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
    from rich.text import Text as Shown

    class Left(ProgressColumn):
        max_refresh = 0.5

        def render(self, task: Task) -> Shown:
            return Shown(reader.say(remaining(meter.left)), style="dim")

    class Live(Progress):
        def get_renderable(self) -> object:  # type: ignore[override]
            for task in self.tasks:
                task.total = None if meter.share is None else 1.0
                task.completed = meter.share or 0.0
            return super().get_renderable()

    encoding = (getattr(sys.stderr, "encoding", None) or "ascii").lower().replace("-", "")
    with Live(
        SpinnerColumn("dots" if encoding in ("utf8", "utf16") else "line"),
        TextColumn("{task.description}", markup=False),
        BarColumn(30),
        Left(),
        console=Console(stderr=True, highlight=False),
        transient=True,
        refresh_per_second=8,
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda text: bar.update(task, description=text)
