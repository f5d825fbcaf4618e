"""Reads a page of the docs as a person does: from top to bottom, writing the files it shows and typing its commands.

- a fence with `title="name"` is a file the reader writes;
- a line of any other fence that begins with `optimizer ` is typed; so is `optimizer ...` in the text, where it has arguments;
- a fence after `<!-- not run: reason -->` shows what this machine cannot do.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(
    r"(?P<mark><!-- not run: (?P<reason>[^>]+) -->\n)?```(?P<info>[^\n]*)\n(?P<body>.*?)```|`(?P<inline>optimizer [a-z][^`]*)`",
    re.DOTALL,
)
TITLE = re.compile(r'title="([^"]+)"')
EXAMPLE = re.compile(r"Example:\s+(optimizer [^\n]*(?:\n {2,}\S[^\n]*)*)")


@dataclass(frozen=True)
class Step:
    """One thing the reader does. kind: write (name, text) | run (text: the command) | skip (text, name: the reason)."""

    kind: str
    text: str
    name: str = ""


def steps(page: Path) -> list[Step]:
    """All steps of a page, in its order; a command that was typed before is not typed again."""
    out: list[Step] = []
    for found in FENCE.finditer(page.read_text(encoding="utf-8")):
        if found["inline"]:
            if len(found["inline"].split()) > 2:
                out.append(Step("run", found["inline"]))
            continue
        title = TITLE.search(found["info"])
        if title:
            out.append(Step("write", found["body"], title[1]))
            continue
        for line in found["body"].splitlines():
            command = re.split(r"\s{2,}#", line)[0].strip()
            if command.startswith("optimizer "):
                out.append(
                    Step(
                        "skip" if found["mark"] else "run", command, (found["reason"] or "").strip()
                    )
                )
    return list(dict.fromkeys(out))


def examples(reference: Path) -> list[str]:
    """The example of every command's help, in the reference's order."""
    return [
        " ".join(text.split()) for text in EXAMPLE.findall(reference.read_text(encoding="utf-8"))
    ]


def words_of(command: str) -> tuple[list[str], str | None]:
    """The words of a command line, and the file its output goes to (None: the screen)."""
    words = shlex.split(command)
    for arrow in (">>", ">"):
        if arrow in words:
            at = words.index(arrow)
            return words[1:at], words[at + 1]
    return words[1:], None
