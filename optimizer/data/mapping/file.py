"""`mapping.yaml` in the folder of the data: read, found for a file, and written.

Its entries stand at the top for every file of the folder, and under `files: {NAME: ...}` for one
file, or for those that fit a pattern such as "meta_*.csv".
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from optimizer.data.mapping.keys import KEYS, Wrong
from optimizer.data.mapping.model import Mapping
from optimizer.errors import Problem, Problems, UserError
from optimizer.files import write_text
from optimizer.inputs import content
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.yaml_file import MAX_BYTES, Source, changed, decoded, parse, plain

MAPPING = "mapping.yaml"
RECORD = ".import.json"  # stands beside a table that `optimizer import` wrote
# of a table that was written here, these still hold: they change nothing that is settled
SETTLED = ("aliases", "apart", "words")
ADDED = ("columns", "aliases", "apart", "words", "units", "missing", "ignore")


@dataclass(frozen=True)
class MappingFile:
    """A mapping.yaml as read.

    Attributes
    ----------
    path
        The file.
    everything
        What holds for every file of the folder.
    files
        (name or pattern, what holds for those files), in the order of the file.
    """

    path: Path
    everything: Mapping = field(default_factory=Mapping)
    files: tuple[tuple[str, Mapping], ...] = ()

    def of(self, name: str, written_here: bool = False) -> Mapping:
        """What holds for a file: the nearer the name, the later it is said and the more it counts.

        Parameters
        ----------
        name
            The file's, without its folder.
        written_here
            Whether `optimizer import` wrote it: what is said of every file was heeded then.
        """
        found = self.everything
        if written_here:
            found = Mapping(**{key: getattr(found, key) for key in SETTLED})
        for pattern, said in self.files:
            if pattern != name and fnmatchcase(name, pattern) and not written_here:
                found = over(found, said)
        found = replace(found, columns=(), usual_columns=found.columns)
        for pattern, said in self.files:
            if pattern == name:
                found = over(found, said)
        return found


def over(base: Mapping, said: Mapping) -> Mapping:
    """A mapping with what is said nearer by: single values replace, pairs and lists add up."""
    more: dict[str, Any] = {}
    for entry in fields(Mapping):
        new, old = getattr(said, entry.name), getattr(base, entry.name)
        if new is None or new == ():
            continue
        if entry.name in ("columns", "units"):
            new = tuple({**dict(old), **dict(new)}.items())
        elif entry.name in ADDED:
            new = (*old, *(item for item in new if item not in old))
        more[entry.name] = new
    return replace(base, **more)


def mapping_of(file: Path | str) -> Mapping:
    """What the mapping.yaml beside a file (in a folder: inside it) says of that file.

    Raises
    ------
    Problems
        With everything that is wrong in that mapping.yaml.
    """
    file = Path(file)
    try:
        folder = file if file.is_dir() else file.parent
        if file.name == MAPPING or not (folder / MAPPING).is_file():
            return Mapping()
    except OSError:  # no name of a file: its reader says so
        return Mapping()
    found = read_mapping(folder / MAPPING)
    if file.is_dir():
        return found.of("")
    return found.of(file.name, file.with_name(file.name + RECORD).is_file())


def read_mapping(path: Path) -> MappingFile:
    """Read a mapping.yaml; a file that is not there says nothing.

    Raises
    ------
    Problems
        With line and column of everything that is wrong: unknown entries, values that cannot be,
        files that are not in the folder.
    """
    source = _source(path)
    return MappingFile(path) if source is None else _read(source, path)


def _read(source: Source, path: Path) -> MappingFile:
    tree = plain(source.tree, source.name)
    if not isinstance(tree, dict):
        raise UserError(
            _("a mapping is a list of KEY: VALUE"), source.name, _("write channel: meta, say")
        )
    problems: list[Problem] = []
    sections = tree.pop("files", None) or {}
    everything = _mapping(tree, source, (), problems)
    files = []
    if isinstance(sections, dict):
        for name, said in sections.items():
            problems += _there(str(name), source)
            files.append((str(name), _mapping(said or {}, source, ("files", name), problems)))
    else:
        what = _("files: names each file: {{NAME: {{KEY: VALUE}}}}")
        problems.append(Problem(what, source.where(("files",))))
    if problems:
        raise Problems(problems)
    return MappingFile(path, everything, tuple(files))


def _source(path: Path) -> Source | None:
    """The parsed file; None where nothing is said in it."""
    text = _text(path)
    bare = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return parse(text, str(path), path.parent) if bare else None


def _text(path: Path) -> str:
    return decoded(content(path, MAX_BYTES), str(path)) if os.path.exists(path) else ""


def _mapping(tree: Any, source: Source, place: tuple[str, ...], problems: list[Problem]) -> Mapping:
    """One block of entries; what is wrong is added to `problems`."""
    if not isinstance(tree, dict):
        problems.append(
            Problem(_("this file's entries are missing"), source.where(place), _("write {{}}"))
        )
        return Mapping()
    read: dict[str, Any] = {}
    for name, raw in tree.items():
        at = (*place, name)
        key = KEYS.get(str(name))
        if key is None:
            known = [*KEYS, *([] if place else ["files"])]
            problems.append(
                Problem(
                    _("'{name}' is no entry of a mapping", name=name),
                    source.where(at, at_key=True),
                    did_you_mean(str(name), known),
                    source.excerpt(at, at_key=True),
                )
            )
        elif raw is not None:
            try:
                read[str(name)] = key.read(raw)
            except Wrong as error:
                below = (*at, *error.below)
                problems.append(error.problem(source.where(below), source.excerpt(below)))
    return Mapping(**read)


def _there(name: str, source: Source) -> list[Problem]:
    """A problem where no file of the folder is meant by a name or pattern."""
    try:
        names = [entry.name for entry in source.folder.iterdir() if entry.name != MAPPING]
    except OSError:
        names = []
    if any(fnmatchcase(there, name) or there == name for there in names):
        return []
    at = ("files", name)
    return [
        Problem(
            _("no file here is called '{name}'", name=name),
            source.where(at, at_key=True),
            did_you_mean(name, [n for n in names if not n.startswith(".")]),
            source.excerpt(at, at_key=True),
        )
    ]


def write_mapping(path: Path, changes: Sequence[tuple[Sequence[str], Any]]) -> MappingFile:
    """Write entries into a mapping.yaml, whole or not at all; what else stands there stays.

    Parameters
    ----------
    path
        The file; made where it is not there yet.
    changes
        (place, value) pairs: (("files", "one.csv", "channel"), "meta"). Lists are added to what is
        there.

    Returns
    -------
    MappingFile
        As it reads now.

    Raises
    ------
    Problems
        Where what it would say is wrong; the file stays as it was.
    """
    if not changes:
        return read_mapping(path)
    source = _source(path)
    if source is None:  # comments at most; the first entry makes it a mapping
        text = f"{_text(path)}{changes[0][0][0]}:\n"
        source = parse(text, str(path), path.parent)
    text = changed(source, [(at, _joined(source.tree, at, value)) for at, value in changes])
    found = _read(parse(text, str(path), path.parent), path)
    write_text(path, text)
    return found


def _joined(tree: Any, place: Sequence[str], value: Any) -> Any:
    """A value as it will stand there: lists with what is there already."""
    for step in place:
        tree = tree.get(step) if isinstance(tree, dict) else None
    if not isinstance(value, list) or tree is None:
        return value
    there = list(tree) if isinstance(tree, list) else [tree]
    return [*there, *(item for item in value if item not in there)]
