"""The progress bar on a terminal: what is done, how far it is, and about how long it will still
take.

rich draws it. The time left comes from what steps usually take, corrected by the pace so far.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from optimizer.locale import Reader
from optimizer.messages import Quantity, Text, _

Expected = Sequence[tuple[Text, float]]  # steps in order, with the seconds each usually takes


class Meter:
    """Where the work stands.

    Parameters
    ----------
    expected
        The steps that will come, if known. Without them only the step at hand is known, and only
        where it counts.
    clock
        Gives seconds.
    """

    def __init__(
        self, expected: Expected = (), clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._steps = [(str(name), seconds) for name, seconds in expected]
        self._clock = clock
        self._at = -1  # the step at hand
        self._within = 0.0  # share of it that is done
        self._began = self._told = clock()
        self._left: float | None = None

    def step(self, name: Text) -> None:
        """The next step of this name begins; what lies between was skipped or is done."""
        if not self._steps:
            self._began = self._told = self._clock()
            self._within, self._left = 0.0, None
            return
        for i in range(self._at + 1, len(self._steps)):
            if self._steps[i][0] == str(name):
                self._at, self._within = i, 0.0
                self._measure()
                return

    def tick(self, share: float) -> None:
        """So much of the step at hand is done, 0 to 1; never less than before."""
        self._within = max(self._within, min(share, 1.0))
        self._measure()

    @property
    def share(self) -> float | None:
        """Share of the whole that is done, by the usual times; None: not known."""
        if not self._steps:
            return self._within or None
        return self._done / self._whole if self._whole > 0 else None

    @property
    def left(self) -> float | None:
        """Seconds to go: the last estimate less the time since, at least 0; None: not known."""
        passed = self._clock() - self._told
        return None if self._left is None else max(0.0, self._left - passed)

    @property
    def _whole(self) -> float:
        return sum(seconds for __, seconds in self._steps)

    @property
    def _done(self) -> float:
        before = sum(seconds for __, seconds in self._steps[: max(self._at, 0)])
        return before + (self._steps[self._at][1] * self._within if self._at >= 0 else 0.0)

    def _measure(self) -> None:
        self._told = self._clock()
        passed = self._told - self._began
        if not self._steps:
            self._left = passed * (1 - self._within) / self._within if self._within > 0 else None
            return
        # the first seconds say little about this machine's pace: one at the usual pace is thrown in
        self._left = (self._whole - self._done) * (passed + 1.0) / (self._done + 1.0)


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


def remaining(seconds: float | None) -> Text:
    """Time left in words, rounded as an estimate should be; empty where it is not known.

    Parameters
    ----------
    seconds
        Estimated time to go; None: not known.

    Examples
    --------
    >>> str(remaining(100.0))
    'about 2 min left'
    """
    if seconds is None:
        return ""
    if seconds < 5:
        return _("a few seconds left")
    if seconds < 90:
        return _("about {count} s left", count=5 * round(seconds / 5))
    if seconds < 90 * 60:
        return _("about {count} min left", count=max(2, round(seconds / 60)))
    return _("about {count} h left", count=Quantity(seconds / 3600, digits=1))
