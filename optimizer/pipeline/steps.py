"""What a run says it is doing; `runtime_estimate` says how long each step usually takes."""

from __future__ import annotations

from collections.abc import Callable

from optimizer.messages import Text, _

READ = _("reading the tables")
ATTRIBUTE = _("attributing")
FIT = _("fitting curves")
FORECAST = _("running the stages forward")
ALLOCATE = _("allocating")

Say = Callable[[Text], None]


def silent(text: Text) -> None:
    """Nobody listens."""
