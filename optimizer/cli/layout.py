"""Text and tables as wide as the terminal: lines end between words, never inside a number."""

from __future__ import annotations

import re
from collections.abc import Sequence

Rows = Sequence[Sequence[str]]
NAME = 20  # cells up to which a name stands on one line
GAP = 3  # columns between two cells of a table
# what stays together: a number with its signs and units, a Chinese sign with what closes after it,
# a word; a name may end a line after its slash
TOKEN = re.compile(
    r"[+\-−\u2060≤≥<±]*\s?[￥¥$€£]?\u2060?[+\-−]?\d[\d,.]*[万亿%]*[,.;:!?)，。；：、）]*"
    r"|[\u3400-\u9fff][\u3001-\u303f\uff01-\uff0f\uff1a-\uff1f”’…]*"
    r"|[^\s/\u3400-\u9fff￥¥$€£]+/?|\S"
)


def cell_len(text: str) -> int:
    """Cells of a terminal that a text takes: a Chinese sign takes two."""
    from rich.cells import cell_len

    return cell_len(text)


def tokens(text: str) -> list[tuple[str, str]]:
    """What stays together on a line, each with the blank before it."""
    out, end = [], 0
    for found in TOKEN.finditer(text):
        part = found[0]
        blank = text[end : found.start()] or part[: len(part) - len(part.lstrip())]
        out.append((blank and " ", part.lstrip()))
        end = found.end()
    return out


def least_width(text: str) -> int:
    """Cells of a terminal that the widest thing in a text takes that stays together."""
    return max((cell_len(part) for __, part in tokens(text)), default=0)


def wrapped(text: str, width: int) -> list[str]:
    """A text as lines of at most so many cells; only what is longer by itself is cut.

    >>> wrapped("xiaohongshu/koc gets ￥900,000", 12)
    ['xiaohongshu/', 'koc gets', '￥900,000']
    """
    lines, line = [], ""
    for blank, part in _whole_names(text, width):
        joined = line + blank + part if line else part
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        while cell_len(part) > width > 0:
            cut = next(i for i in range(1, len(part) + 1) if cell_len(part[: i + 1]) > width)
            lines.append(part[:cut])
            part = part[cut:]
        line = part
    return [*lines, line] if line or not lines else lines


def _whole_names(text: str, width: int) -> list[tuple[str, str]]:
    """The tokens of a text, those of a name with slashes as one where a line has room for it."""
    out: list[tuple[str, str]] = []
    for blank, part in tokens(text):
        before = out[-1][1] if out and not blank else ""
        if before.endswith("/") and cell_len(before + part) <= width:
            out[-1] = (out[-1][0], before + part)
        else:
            out.append((blank, part))
    return out


def columns(heads: Sequence[str], rows: Rows, width: int) -> list[dict[int, int]]:
    """A table's columns side by side as far as there is room, the rest below, the first repeated.

    Parameters
    ----------
    heads, rows
        The table's texts.
    width
        Cells of a terminal.

    Returns
    -------
    list of dict
        For each part the numbers of its columns with their widths; in one part where all fit.
    """
    every = [[head, *(row[i] for row in rows)] for i, head in enumerate(heads)]
    least = [max(map(least_width, texts)) for texts in every]
    natural = [max(map(cell_len, texts)) for texts in every]
    least[:1] = [max(least[0], min(natural[0], NAME)) for __ in every[:1]]
    parts: list[list[int]] = [[0]] if every else []
    for i in range(1, len(every)):
        needed = sum(least[k] for k in (*parts[-1], i)) + GAP * len(parts[-1])
        if needed > width and len(parts[-1]) > 1:
            parts.append([0])
        parts[-1].append(i)
    return [_widths(part, least, natural, width) for part in parts]


def _widths(
    part: Sequence[int], least: Sequence[int], natural: Sequence[int], width: int
) -> dict[int, int]:
    """As wide as the texts where there is room; else the widest columns give way."""
    out = {i: natural[i] for i in part}
    room = width - GAP * (len(part) - 1)
    while sum(out.values()) > room:
        wide = [i for i in part if out[i] > least[i]]
        if not wide:
            break
        out[max(wide, key=lambda i: (out[i] - least[i], i))] -= 1
    return out
