"""Bytes -> UTF-8 lines: which encoding a text file is in, and a streaming copy of it in UTF-8.

UTF-8 first (with or without BOM), UTF-16 by BOM or by its zero bytes, then GB18030 (which contains GBK and GB2312).
Each is decoded strictly over the whole file: a file that is partly one and partly another is refused with its line,
because its names, and with them its channels, would be wrong without anybody noticing.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from optimizer.errors import UserError

BLOCK = 1 << 20

# One class letter per byte, to find UTF-8 Chinese inside a GB18030 file with a plain search:
# L leads a three-byte character, T trails, h is another high byte, a is ASCII.
_CLASSES = bytes(ord("L") if 0xE3 <= b <= 0xE9 else ord("T") if 0x80 <= b <= 0xBF else ord("h") if b >= 0x80 else ord("a") for b in range(256))


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block


def sniff_encoding(path: Path, where: str) -> str:
    """utf-8, utf-8-sig, utf-16, utf-16-le, utf-16-be or gb18030; anything else is a UserError naming the line."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    elif head.count(0) > len(head) // 5:
        return "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
    else:
        encoding = "utf-8"
    good, line = _valid_utf8(path)
    if line is None:
        return encoding
    if encoding == "utf-8-sig" or good > 8:
        raise UserError(
            f"line {line} is not UTF-8, though the file begins in UTF-8", where,
            "the file mixes encodings or is damaged: export it again, or save it as UTF-8",
        )
    return "gb18030"


def _valid_utf8(path: Path) -> tuple[int, int | None]:
    """(non-ASCII characters before the first fault, line of that fault or None)."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    line, high = 1, 0
    with path.open("rb") as stream:
        for block in blocks(stream):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                before = error.object[: error.start]  # holds the bytes carried over from the block before
                return high + len(before.decode("utf-8", "ignore")) - sum(b < 128 for b in before), line + before.count(b"\n")
            if not block.isascii():
                high += 1 if high > 8 else sum(b >= 0xC0 for b in block)
            line += block.count(b"\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return high, line
    return high, None


def to_utf8(path: Path, encoding: str, target: Path, where: str, delimiter_runs: bool = False) -> None:
    """Copy `path` to `target` as UTF-8 with \\n line ends and no BOM, a block at a time (memory stays at a few MB).

    delimiter_runs: columns are separated by runs of blanks; they become tabs.
    """
    if encoding == "utf-8" and not delimiter_runs and _copy_clean(path, target):
        return
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line, tail, carried = 1, b"", ""
    with path.open("rb") as stream, target.open("wb") as out:
        try:
            for block in blocks(stream):
                if encoding == "gb18030":
                    line_of_utf8 = _utf8_inside(tail + block)
                    if line_of_utf8 is not None:
                        raise UserError(
                            f"line {max(1, line - tail.count(10) + line_of_utf8)} is UTF-8 inside a GB18030 file", where,
                            "the file mixes encodings: export it again, or save it as UTF-8",
                        )
                    tail = block[-64:]
                text = carried + decoder.decode(block)
                carried = ""
                if text.endswith("\r"):  # its \n may be in the next block
                    text, carried = text[:-1], "\r"
                if delimiter_runs:  # only whole lines can be cut at runs of blanks
                    cut = text.rfind("\n") + 1
                    text, carried = text[:cut], text[cut:] + carried
                line += _copy(text, out, where, line, delimiter_runs)
            text = carried + decoder.decode(b"", final=True)
            _copy(text, out, where, line, delimiter_runs)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            raise UserError(
                f"line {line} holds bytes that are neither UTF-8 nor {'GB18030' if encoding == 'gb18030' else encoding.upper()}", where,
                "export the file again, or save it as UTF-8",
            ) from None


def _copy_clean(path: Path, target: Path) -> bool:
    """Copy bytes already known to be UTF-8, unless they hold a carriage return or a zero byte."""
    with path.open("rb") as stream, target.open("wb") as out:
        for block in blocks(stream):
            if b"\r" in block or b"\0" in block:
                return False
            out.write(block)
    return True


def _copy(text: str, out: BinaryIO, where: str, line: int, delimiter_runs: bool) -> int:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise UserError(
            f"line {line + text[: text.index(chr(0))].count(chr(10))} holds a zero byte: this is no text table, or it is damaged", where,
            "export the file again as csv or xlsx",
        )
    if delimiter_runs:
        text = "\n".join("\t".join(part.split()) for part in text.split("\n")) if text else text
    out.write(text.encode("utf-8"))
    return text.count("\n")


def _utf8_inside(block: bytes) -> int | None:
    """Lines before a run of three UTF-8 Chinese characters that starts after an ASCII byte, or None.

    Practically never GB18030: its common characters begin below 0xE3.
    """
    place = block.translate(_CLASSES).find(b"aLTTLTTLTT")
    return None if place < 0 else block[:place].count(b"\n")
