"""A flow picture as SVG: ribbons from names on the left to names on the right, as wide as what flows."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from optimizer.report.facts import group_of
from optimizer.report.words import isolated

BAR, GAP = 9, 9


@dataclass(frozen=True)
class Room:
    """Pixels: the whole width, and what names take on the left and the right; longest: signs of a name that fit."""

    width: int
    left: int
    right: int
    longest: int


WIDE, NARROW = Room(860, 215, 190, 26), Room(430, 158, 104, 15)


def flow(
    left: Sequence[str],
    right: Sequence[str],
    amounts: Sequence[Sequence[float]],
    texts: Sequence[Sequence[str]],
    left_texts: Sequence[str],
    right_texts: Sequence[str],
    room: Room = WIDE,
) -> str:
    """amounts: left x right, not negative; texts: the same written for people, shown on hover; room: for a page or a phone.

    All names are escaped; colours are the page's CSS variables.
    """
    sums = [sum(row) for row in amounts]
    ends = [sum(row[j] for row in amounts) for j in range(len(right))]
    whole = sum(sums) or 1.0
    rows = max(len(left), len(right))
    inner = max(240.0, 26.0 * rows)
    scale = (inner - GAP * rows) / whole
    height = inner + 24
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {room.width} {height:.0f}" font-size="13">'
    ]
    starts, stops = _places(sums, scale, inner), _places(ends, scale, inner)
    at_left, at_right = list(starts), list(stops)
    x1, x2 = room.left + BAR, room.width - room.right - BAR
    middle = (x1 + x2) / 2
    for i, name in enumerate(left):
        for j, target in enumerate(right):
            wide = amounts[i][j] * scale
            if wide <= 0.05:
                continue
            y1, y2 = at_left[i], at_right[j]
            at_left[i] += wide
            at_right[j] += wide
            path = (
                f"M{x1},{y1:.2f}C{middle},{y1:.2f} {middle},{y2:.2f} {x2},{y2:.2f}L{x2},{y2 + wide:.2f}"
                f"C{middle},{y2 + wide:.2f} {middle},{y1 + wide:.2f} {x1},{y1 + wide:.2f}Z"
            )
            title = escape(f"{name} → {target}: {texts[i][j]}")
            out.append(
                f'<path class="ribbon" data-group="{escape(group_of(name))}" d="{path}" fill="var(--plan)" fill-opacity="0.3"><title>{title}</title></path>'
            )
    for side, names, sizes, places, written in (
        ("left", left, sums, starts, left_texts),
        ("right", right, ends, stops, right_texts),
    ):
        for name, size, y, text in zip(names, sizes, places, written, strict=True):
            x = room.left if side == "left" else x2
            anchor, where = ("end", room.left - 10) if side == "left" else ("start", x2 + BAR + 10)
            group = f' data-group="{escape(group_of(name))}"' if side == "left" else ""
            out.append(
                f"<g{group}><title>{escape(f'{name}: {text}')}</title>"
                f'<rect x="{x}" y="{y:.2f}" width="{BAR}" height="{max(1.0, size * scale):.2f}" fill="var(--ink)"/>'
                f'<text x="{where}" y="{y + max(1.0, size * scale) / 2 + 4.5:.2f}" text-anchor="{anchor}" fill="var(--ink)">'
                f'{escape(isolated(short(name, room.longest)))} <tspan fill="var(--dim)">{escape(text)}</tspan></text></g>'
            )
    return "".join(out) + "</svg>"


def _places(sizes: Sequence[float], scale: float, inner: float) -> list[float]:
    """Tops of the bars, spread over the height with the room that is left between them."""
    room = (inner - sum(sizes) * scale) / max(1, len(sizes))
    out, at = [], 12.0 + room / 2
    for size in sizes:
        out.append(at)
        at += size * scale + room
    return out


def short(name: str, longest: int = WIDE.longest) -> str:
    """A name that fits beside the picture; wide signs count twice."""
    used = 0
    kept: list[str] = []
    for sign in " ".join(name.split()):
        used += 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if used > longest:
            return "".join(kept) + "…"
        kept.append(sign)
    return "".join(kept)
