"""A flow picture as SVG: ribbons from names on the left to names on the right."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from optimizer.report.channels import platform_of
from optimizer.report.words import isolated

BAR, GAP = 9, 9


@dataclass(frozen=True)
class Room:
    """Pixels: the whole width, and what names take on both sides; longest: signs of a name."""

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
    """The picture as SVG text: all names escaped, colours the page's CSS variables.

    Parameters
    ----------
    left, right
        Names on both sides.
    amounts
        left x right, not negative.
    texts
        The same written for people, shown on hover.
    left_texts, right_texts
        The sums, written for people.
    room
        For a page or a phone.
    """
    sums = [sum(row) for row in amounts]
    ends = [sum(row[j] for row in amounts) for j in range(len(right))]
    rows = max(len(left), len(right))
    inner = max(240.0, 26.0 * rows)
    scale = (inner - GAP * rows) / (sum(sums) or 1.0)
    height = inner + 24
    starts, stops = _places(sums, scale, inner), _places(ends, scale, inner)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {room.width} {height:.0f}" '
        'font-size="13">'
    ]
    at_left, at_right = list(starts), list(stops)
    for i, name in enumerate(left):
        for j, target in enumerate(right):
            wide = amounts[i][j] * scale
            if wide <= 0.05:
                continue
            title = escape(f"{name} → {target}: {texts[i][j]}")
            group = escape(platform_of(name))
            out.append(_ribbon(group, title, at_left[i], at_right[j], wide, room))
            at_left[i] += wide
            at_right[j] += wide
    for name, size, y, text in zip(left, sums, starts, left_texts, strict=True):
        group = f' data-group="{escape(platform_of(name))}"'
        out.append(
            _bar(name, text, y, size * scale, group, room.left, (room.left - 10, "end"), room)
        )
    x = room.width - room.right - BAR
    for name, size, y, text in zip(right, ends, stops, right_texts, strict=True):
        out.append(_bar(name, text, y, size * scale, "", x, (x + BAR + 10, "start"), room))
    return "".join(out) + "</svg>"


def _ribbon(group: str, title: str, y1: float, y2: float, wide: float, room: Room) -> str:
    """A ribbon between the sides, from height y1 to height y2. group, title: escaped."""
    x1, x2 = room.left + BAR, room.width - room.right - BAR
    middle = (x1 + x2) / 2
    path = (
        f"M{x1},{y1:.2f}C{middle},{y1:.2f} {middle},{y2:.2f} {x2},{y2:.2f}L{x2},{y2 + wide:.2f}"
        f"C{middle},{y2 + wide:.2f} {middle},{y1 + wide:.2f} {x1},{y1 + wide:.2f}Z"
    )
    return (
        f'<path class="ribbon" data-group="{group}" d="{path}" fill="var(--plan)" '
        f'fill-opacity="0.3"><title>{title}</title></path>'
    )


def _bar(
    name: str,
    text: str,
    y: float,
    size: float,
    group: str,
    x: float,
    where: tuple[float, str],
    room: Room,
) -> str:
    """A bar with its name and sum. where: the text's place, and which end of it stands there."""
    high, (at, anchor) = max(1.0, size), where
    shown = escape(isolated(short(name, room.longest)))
    return (
        f"<g{group}><title>{escape(f'{name}: {text}')}</title>"
        f'<rect x="{x}" y="{y:.2f}" width="{BAR}" height="{high:.2f}" fill="var(--ink)"/>'
        f'<text x="{at}" y="{y + high / 2 + 4.5:.2f}" text-anchor="{anchor}" fill="var(--ink)">'
        f'{shown} <tspan fill="var(--dim)">{escape(text)}</tspan></text></g>'
    )


def _places(sizes: Sequence[float], scale: float, inner: float) -> list[float]:
    """Tops of the bars, spread over the height with the room that is left between them."""
    room = (inner - sum(sizes) * scale) / max(1, len(sizes))
    out, at = [], 12.0 + room / 2
    for size in sizes:
        out.append(at)
        at += size * scale + room
    return out


def short(name: str, longest: int = WIDE.longest) -> str:
    """A name that fits beside the picture; wide signs count twice.

    Parameters
    ----------
    name
        Blanks in a row count as one.
    longest
        How wide it may be, in narrow signs; the mark of what was cut comes on top.
    """
    used = 0
    kept: list[str] = []
    for sign in " ".join(name.split()):
        used += 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if used > longest:
            return "".join(kept) + "…"
        kept.append(sign)
    return "".join(kept)
