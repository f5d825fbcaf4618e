"""The scenario folder that the studio works on: what stands where, and nothing outside it.

exports/ holds the files that were given, with their mapping.yaml; data/ the tables they became;
scenario.yaml the question; NAME.yaml beside it what was pinned; report/ the plan's report;
comparison/ the pinned plans side by side; versions/ whatever was changed or removed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from optimizer.data.mapping.file import MAPPING
from optimizer.errors import UserError
from optimizer.files import beside, write_text
from optimizer.inputs import content
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.shown import CONTROLS
from optimizer.yaml_file import MAX_BYTES, decoded

MOST_FILES = 200
MOST_BYTES = 500_000_000  # of one file
SCENARIO = "scenario.yaml"
_DEVICES = {"con", "prn", "aux", "nul", *(f"{a}{n}" for a in ("com", "lpt") for n in range(10))}


class Stale(UserError):
    """What is to be changed was changed by somebody else meanwhile."""


def clean_name(raw: str, most: int = 180) -> str:
    """A file name that stays in its folder and that every system takes.

    Parameters
    ----------
    raw
        What the browser calls the file.
    most
        Bytes of UTF-8.

    Raises
    ------
    UserError
        Where nothing is left of it, or it is the name of the mapping.

    Examples
    --------
    >>> clean_name("..\\\\a/../聚光: 8月.csv"), clean_name("/etc/.passwd")
    ('聚光_ 8月.csv', 'passwd')
    """
    name = unicodedata.normalize("NFC", raw).replace("\\", "/").rpartition("/")[2]
    name = "".join(sign for sign in name if unicodedata.category(sign) != "Cs")
    name = re.sub(r'[\x00-\x1f\x7f<>:"|?*]', "_", CONTROLS.sub("_", name))
    name = name.strip().lstrip(". ").rstrip(". ")
    if name.partition(".")[0].lower() in _DEVICES:
        name = "_" + name
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    while len(f"{stem}{dot}{ending}".encode()) > most and (stem or ending):
        stem, ending = (stem[:-1], ending) if stem else (stem, ending[:-1])
    name = f"{stem}{dot}{ending}".strip().lstrip(".").rstrip(". ")
    if not name or name == MAPPING:
        raise UserError(
            _("a file of this name cannot be taken"),
            fix=_("give it another name, such as spend.csv"),
        )
    return name


@dataclass(frozen=True)
class Folder:
    """Where the studio reads and writes.

    Attributes
    ----------
    path
        Absolute; made where it is missing.
    """

    path: Path

    @property
    def exports(self) -> Path:
        """Files as they were given."""
        return self.path / "exports"

    @property
    def data(self) -> Path:
        """The tables that they became."""
        return self.path / "data"

    @property
    def report(self) -> Path:
        """The plan's report."""
        return self.path / "report"

    @property
    def comparison(self) -> Path:
        """Pinned plans side by side."""
        return self.path / "comparison"

    @property
    def versions(self) -> Path:
        """What was changed or removed."""
        return self.path / "versions"

    @property
    def scenario(self) -> Path:
        """The question."""
        return self.path / SCENARIO

    def text(self) -> str | None:
        """The scenario's text (None: there is none yet)."""
        if not os.path.lexists(self.scenario):
            return None
        return decoded(content(self.scenario, MAX_BYTES), SCENARIO)

    def seen(self) -> str:
        """What tells one state of the scenario from another ("": there is none yet)."""
        text = self.text()
        return "" if text is None else hashlib.sha256(text.encode()).hexdigest()[:20]

    def files(self) -> list[Path]:
        """The exports, by name."""
        if not self.exports.is_dir():
            return []
        return sorted(
            file
            for file in self.exports.iterdir()
            if file.is_file() and file.name != MAPPING and not file.name.startswith(".")
        )

    def file(self, name: str) -> Path:
        """One of the exports.

        Raises
        ------
        UserError
            Where there is none of this name.
        """
        known = {file.name: file for file in self.files()}
        if name not in known:
            raise UserError(
                _("no file here is called '{name}'", name=name[:80]),
                fix=did_you_mean(name[:80], known),
            )
        return known[name]

    def pins(self) -> dict[str, Path]:
        """Scenarios that stand beside the one at hand: name -> file."""
        found = sorted(self.path.glob("*.yaml")) if self.path.is_dir() else []
        return {f.stem: f for f in found if f.is_file() and f.name not in (SCENARIO, MAPPING)}

    def pin(self, raw: str) -> Path:
        """Keep the scenario as it stands under a name, beside it.

        Raises
        ------
        UserError
            For a name that is taken, or where there is no scenario.
        """
        name = clean_name(f"{raw.strip()}.yaml", 80) if raw.strip() else ""
        text = self.text()
        if text is None or not name:
            raise UserError(_("give it a name"))
        if name == SCENARIO or os.path.lexists(self.path / name):
            raise UserError(_("there is a '{name}' already", name=name), fix=_("choose another"))
        write_text(self.path / name, text)
        return self.path / name

    @contextmanager
    def putting(self, raw: str) -> Iterator[Path]:
        """A path to write an export to; it takes its place when the block ends well, and what
        stood there before is kept.

        Raises
        ------
        UserError
            For a name or a number of files that cannot be.
        """
        name = clean_name(raw)
        known = [file.name for file in self.files()]
        if name not in known and len(known) >= MOST_FILES:
            raise UserError(
                _("the folder holds more than {most} files", most=MOST_FILES),
                fix=_("take away what is not needed"),
            )
        with beside(self.exports / name) as part:
            yield part
            if name in known:
                kept = self.kept("exports", name)
                try:
                    os.link(self.exports / name, kept)
                except OSError:  # no links here
                    shutil.copyfile(self.exports / name, kept)

    def put_away(self, file: Path) -> None:
        """Take an export or a pinned scenario away; it is kept among the versions."""
        kind = "pinned" if file.parent == self.path else file.parent.name
        os.replace(file, self.kept(kind, file.name))

    def kept(self, kind: str, name: str) -> Path:
        """A path among the versions that is free, for a file of some kind."""
        place = self.versions / kind
        place.mkdir(parents=True, exist_ok=True)
        numbers = [int(f.name[:4]) for f in place.iterdir() if re.match(r"\d{4}-", f.name)]
        return place / f"{max(numbers, default=0) + 1:04d}-{name}"
