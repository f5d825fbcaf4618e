"""How long it will still take: an estimate from what steps usually take, corrected by the pace so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Expected = Sequence[tuple[str, float]]  # steps in order, with the seconds each usually takes


@dataclass
class Meter:
    """Where the work stands. Times are seconds of a clock the caller reads.

    expected: the steps that will come, if known. Without them only the step at hand is known, and only where it counts.
    """

    expected: Expected = ()
    at: int = -1  # the step at hand
    within: float = 0.0  # share of it that is done
    began: float = 0.0
    told: float = 0.0  # when something was last heard
    _left: float | None = field(default=None)

    def start(self, now: float) -> None:
        self.began = self.told = now

    def step(self, name: str, now: float) -> None:
        """The next step of this name begins; what lies between was skipped or is done."""
        if not self.expected:
            self.start(now)
            self.within, self._left = 0.0, None
            return
        later = [i for i in range(self.at + 1, len(self.expected)) if self.expected[i][0] == name]
        if later:
            self.at, self.within = later[0], 0.0
            self._measure(now)

    def tick(self, share: float, now: float) -> None:
        """So much of the step at hand is done; never less than before."""
        self.within = max(self.within, min(share, 1.0))
        self._measure(now)

    @property
    def share(self) -> float | None:
        """Share of the whole that is done, by the usual times; None: not known."""
        if not self.expected:
            return self.within or None
        whole = sum(seconds for _, seconds in self.expected)
        return self._done() / whole if whole > 0 else None

    def left(self, now: float) -> float | None:
        """Seconds still to go: the last estimate less the time since; 0 where it takes longer than thought; None: not known."""
        return None if self._left is None else max(0.0, self._left - (now - self.told))

    def _done(self) -> float:
        before = sum(seconds for _, seconds in self.expected[: max(self.at, 0)])
        return before + (self.expected[self.at][1] * self.within if self.at >= 0 else 0.0)

    def _measure(self, now: float) -> None:
        self.told, passed = now, now - self.began
        if not self.expected:
            self._left = passed * (1 - self.within) / self.within if self.within > 0 else None
            return
        done = self._done()
        # the first seconds say little about this machine's pace: one second at the usual pace is thrown in
        pace = (done + 1.0) / (passed + 1.0)
        self._left = (sum(seconds for _, seconds in self.expected) - done) / pace
