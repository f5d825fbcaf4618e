"""A folder's results, switched in one step."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.errors import UserError
from optimizer.foreign import foreign
from optimizer.messages import _
from optimizer.results import disk
from optimizer.results.dress import dress
from optimizer.results.journal import PLACE, SWITCH, bring_back, files, note, place, settle
from optimizer.results.locks import guarded
from optimizer.results.manifest import recorded
from optimizer.results.stage import ROOM, real, stage, sweep, trouble

LIMIT = 2000  # files and folders of somebody else's that are carried over
UNABLE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}
HELD = {errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EPERM, errno.EMLINK, errno.EEXIST}
HELD |= {errno.ENOTDIR, *UNABLE}


@contextmanager
def commit(
    folder: Path | str, owns: Collection[str] = (), manifest: str | None = None, empty: bool = False
) -> Iterator[Path]:
    """A private folder to write results into; at the end of the block they become `folder`'s.

    Until then, and where the block does not end well, `folder` is as it was. Then it holds the new
    files, none of the old result, and whatever else stood in it. A second run into the same folder
    waits for the first one's switch; the result that is there last is whole.

    Parameters
    ----------
    folder
        Where the results go; made where it is missing. A symbolic link is followed and stays.
    owns
        Names below the folder that belong to such a result, and go where the new one has none.
    manifest
        Name of the manifest below the folder: what the old one lists goes as well.
    empty
        Refuse a folder that holds anything.

    Raises
    ------
    UserError
        Where nothing can be written, or the folder is a file or (with `empty`) not empty.
    """
    target = real(folder)
    if target.parent.is_dir():
        with trouble(folder), guarded(target.parent):
            _tidy(target)
    _refuse(target, folder, empty)
    inside = target.exists() and not _beside(target)
    with stage(target, inside) as room:
        new = room / "new"
        with trouble(folder):
            disk.make(new)
            yield new
            _synced(new)
            with guarded(target.parent):
                _tidy(target)
                _refuse(target, folder, empty)
                _switch(room, target, owns, manifest)


def _tidy(target: Path) -> None:
    """Put right what killed runs left, beside the target and in it."""
    sweep(target.parent, target)
    if target.is_dir():
        with guarded(target):
            sweep(target, target)


def _refuse(target: Path, folder: Path | str, empty: bool) -> None:
    if target.exists() and not target.is_dir():
        raise UserError(
            _("this is a file, not a folder"), str(folder), _("choose another folder with --out")
        )
    if target.exists() and not os.access(target, os.W_OK):
        raise UserError(
            _("cannot write here: {strerror}", strerror=foreign(os.strerror(errno.EACCES))),
            str(folder),
            _("choose another folder with --out"),
        )
    if empty and target.exists() and any(target.iterdir()):
        raise UserError(
            _("this is not an empty folder"),
            str(folder),
            _("name a folder that does not exist yet"),
        )


def _synced(new: Path) -> None:
    for here, __, names in os.walk(new):
        for name in sorted(names):
            disk.sync(Path(here) / name)
        disk.sync(Path(here))


def _switch(room: Path, target: Path, owns: Collection[str], manifest: str | None) -> None:
    """Put the room's `new` in the place of the target."""
    new = room / "new"
    if not target.exists():
        disk.rename(new, target)
        disk.sync(target.parent)
        return
    put = files(new) or []
    known = {*owns, *(recorded(target, manifest) if manifest else ()), *put}
    if _beside(target) and room.parent == target.parent:
        old = files(target, LIMIT)
        if old is not None and _exchanged(room, target, old, known):
            return
    drop = [name for name in sorted(known - {*put}) if os.path.lexists(target / name)]
    for name in put:  # what may need room on the disk comes before the note
        disk.make((target / name).parent)
    note(room, PLACE, put=put, drop=drop, last=[manifest] if manifest in put else [])
    place(room, target)


def _beside(target: Path) -> bool:
    """Whether a folder can be exchanged: it is no mount, nobody stands in it, its parent is ours to
    write.
    """
    free = os.access(target.parent, os.W_OK) and not os.path.ismount(target)
    return free and not any(place == target or target in place.parents for place in _standing())


def _standing() -> Iterator[Path]:
    """Where this process and, as far as the system tells, others stand: a shell in a folder that is
    exchanged would see nothing of the new one.
    """
    with contextlib.suppress(OSError):
        yield Path.cwd()
    with contextlib.suppress(OSError):
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    yield Path(os.readlink(f"/proc/{entry.name}/cwd"))


def _exchanged(room: Path, target: Path, old: list[str], known: Collection[str]) -> bool:
    """Exchange the folders, with others' files carried over; False where that cannot be."""
    if any(ROOM.fullmatch(entry.name) for entry in os.scandir(target)):
        return False  # another run is making something ready in it
    new, aside = room / "new", room / "old"
    kept = [name for name in old if name not in known]
    try:
        _carry(new, target, kept)
        _keep(new, target)
        note(room, SWITCH, ours=known, kept=kept)
        try:
            disk.exchange(new, target)
            aside = new
        except OSError as error:
            if error.errno not in UNABLE:
                raise
            _aside(new, target, aside)
    except OSError as error:
        disk.unlink(room / SWITCH)
        if error.errno not in HELD:
            raise
        for name in kept:
            with contextlib.suppress(OSError):  # where a folder of ours stands in a link's place
                disk.unlink(new / name)
        return False
    disk.sync(target.parent)
    bring_back(aside, target, known, kept)
    disk.unlink(room / SWITCH)
    return True


def _aside(new: Path, target: Path, aside: Path) -> None:
    """Two renames, where folders cannot be exchanged; a kill between them is put right by the next
    run.
    """
    disk.rename(target, aside)
    try:
        disk.rename(new, target)
    except OSError:
        disk.rename(aside, target)
        raise


def _carry(new: Path, target: Path, kept: list[str]) -> None:
    """Give others' files and empty folders a second name in the new folder."""
    for here, folders, names in os.walk(target):
        place = new / Path(here).relative_to(target)
        if not folders and not names:
            disk.make(place)
    for name in kept:
        disk.make((new / name).parent)
        disk.link(target / name, new / name)


def _keep(new: Path, target: Path) -> None:
    """Modes and symbolic links of what is replaced stay."""
    for here, __, names in os.walk(new):
        place = target / Path(here).relative_to(new)
        if place.is_dir():
            dress(Path(here), place)
        for name in names:
            part, was = Path(here) / name, place / name
            if was.is_symlink() and not part.is_symlink():
                settle(part, was)
                disk.link(was, part)
            elif was.exists() and not part.is_symlink():
                dress(part, was)
