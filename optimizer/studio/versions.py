"""Saving a scenario so that nothing is lost: each state before is kept, an old page is refused.

Two stacks of whole files: `versions/before` for undo, `versions/after` for redo. A new change puts
what was undone back onto the first, so that no state ever goes. A kill between two writes leaves
one state twice at most.
"""

from __future__ import annotations

from pathlib import Path

from optimizer.errors import UserError
from optimizer.files import write_text
from optimizer.messages import _
from optimizer.scenario import read_scenario
from optimizer.studio.folder import SCENARIO, Folder, Stale


def save(folder: Folder, text: str, seen: str) -> None:
    """Make a text the scenario; the one before is kept.

    Parameters
    ----------
    text
        YAML.
    seen
        What the page that changes it was made from (`Folder.seen`).

    Raises
    ------
    Stale
        Where the scenario is another one meanwhile.
    Problems
        With everything that is wrong with the text.
    """
    _same(folder, seen)
    read_scenario(text, folder.path, SCENARIO)
    old = folder.text()
    if old == text:
        return
    for undone in reversed(_stack(folder, "after")):
        _push(folder, "before", undone.read_text(encoding="utf-8"))
        undone.unlink()
    if old is not None:
        _push(folder, "before", old)
    write_text(folder.scenario, text)


def step(folder: Folder, seen: str, back: bool) -> None:
    """Undo the last change, or redo what was undone.

    Raises
    ------
    UserError
        Where there is nothing to go to, or the scenario is another one meanwhile.
    """
    _same(folder, seen)
    here, there = ("before", "after") if back else ("after", "before")
    found, old = _stack(folder, here), folder.text()
    if not found or old is None:
        raise UserError(_("there is nothing to undo") if back else _("there is nothing to redo"))
    text = found[-1].read_text(encoding="utf-8")
    _push(folder, there, old)
    write_text(folder.scenario, text)
    found[-1].unlink()


def steps(folder: Folder) -> tuple[int, int]:
    """How many changes can be undone, and redone."""
    return len(_stack(folder, "before")), len(_stack(folder, "after"))


def _same(folder: Folder, seen: str) -> None:
    if folder.seen() != seen:
        raise Stale(
            _("the scenario was changed elsewhere since this page was opened"),
            SCENARIO,
            _("look at what differs below; saving now puts yours in its place"),
        )


def _stack(folder: Folder, name: str) -> list[Path]:
    """The states of one stack, the newest last."""
    place = folder.versions / name
    return sorted(place.glob("[0-9]*.yaml"), key=lambda file: int(file.stem))


def _push(folder: Folder, name: str, text: str) -> None:
    found = _stack(folder, name)
    number = int(found[-1].stem) + 1 if found else 1
    write_text(folder.versions / name / f"{number:06d}.yaml", text)
