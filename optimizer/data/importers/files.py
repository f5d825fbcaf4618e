"""The files of an import, without byte-for-byte repeats."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from optimizer.errors import Problem, UserError
from optimizer.files import sha256
from optimizer.inputs import admit
from optimizer.messages import Message, _


@dataclass
class Distinct:
    """Files with their digests, without byte-for-byte repeats."""

    kept: list[tuple[Path, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)


def distinct_files(files: list[Path]) -> Distinct:
    out = Distinct()
    seen: dict[str, Path] = {}
    for file in files:
        try:
            digest = sha256(admit(file, folder=True).path)
        except UserError:  # whoever opens it says why it cannot be read
            digest = ""
        except OSError as error:
            what = _("cannot be read: {error}", error=error.strerror)
            out.problems.append(Problem(what, str(file), _("check the file's permissions")))
            continue
        if digest and digest in seen:
            out.notes.append(
                _("{file}: the same file as {seen}: counted once", file=file, seen=seen[digest])
            )
            continue
        seen[digest] = file
        out.kept.append((file, digest))
    return out
