"""Bytes -> UTF-8 lines: which encoding a text file is in, and a streaming copy of it in UTF-8.

UTF-8 first (with or without BOM), UTF-16 by BOM or by its zero bytes, then GB18030 (which contains
GBK and GB2312). Each is decoded strictly over the whole file: a file that is partly one and partly
another is refused with its line, because its names, and with them its channels, would be wrong
without anybody noticing. No statistics: guessing libraries call GBK Big5.
"""

from __future__ import annotations

import codecs
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from optimizer.data.reading.look import BLOCK, Look
from optimizer.errors import UserError
from optimizer.messages import Text, _

LARGE = 1 << 24  # from this size on a second process is worth starting
CONTROLS = bytes(byte for byte in range(32) if byte < 9 or byte > 13)

# One class letter per byte, to find UTF-8 Chinese inside a GB18030 file with a plain search:
# L leads a three-byte character, T trails, h is another high byte, a is ASCII.
_CLASSES = bytes(
    ord("L")
    if 0xE3 <= b <= 0xE9
    else ord("T")
    if 0x80 <= b <= 0xBF
    else ord("h")
    if b >= 0x80
    else ord("a")
    for b in range(256)
)


class Undecodable(UserError):
    """Bytes that are no text in any encoding that is read here."""


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """A file, some at a time."""
    while block := stream.read(BLOCK):
        yield block


def sniff_encoding(path: Path, where: Text) -> tuple[str, Look]:
    """The encoding of a text file, and what its bytes tell.

    Returns
    -------
    str
        utf-8, utf-8-sig, utf-16, utf-16-le, utf-16-be or gb18030.
    Look
        Of the whole file where it is UTF-8; of a beginning otherwise.

    Raises
    ------
    UserError
        Where the file begins in UTF-8 and does not stay so, naming the line.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    look = Look()
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", look
    if head.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    elif head.count(0) > len(head) // 5:
        little = head[1::2].count(0) >= head[0::2].count(0)
        return "utf-16-le" if little else "utf-16-be", look
    else:
        encoding = "utf-8"
    good, line = _valid_utf8(path, look)
    if line is None:
        return encoding, look
    if encoding == "utf-8-sig" or good > 8:
        raise UserError(
            _("line {line} is not UTF-8, though the file begins in UTF-8", line=line),
            where,
            _("the file mixes encodings or is damaged: export it again, or save it as UTF-8"),
        )
    return "gb18030", look


def is_binary(head: bytes) -> bool:
    """Whether bytes that are no UTF-16 hold too many control characters for a text."""
    controls = len(head) - len(head.translate(None, CONTROLS))
    return controls > 8 and controls > len(head) / 50


def _valid_utf8(path: Path, look: Look) -> tuple[int, int | None]:
    """(non-ASCII characters before the first fault, line of that fault or None)."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    line, high = 1, 0
    with path.open("rb") as stream:
        for block in blocks(stream):
            look.see(block)
            if block.isascii() and not decoder.getstate()[0]:  # seen ten times as fast
                line += block.count(b"\n")
                continue
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                # holds the bytes carried over from the block before
                before = error.object[: error.start]
                high += len(before.decode("utf-8", "ignore")) - sum(b < 128 for b in before)
                return high, line + before.count(b"\n")
            high += 1 if high > 8 else sum(b >= 0xC0 for b in block)
            line += block.count(b"\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return high, line
    return high, None


def to_utf8(
    path: Path, encoding: str, target: Path, where: Text, delimiter_runs: bool = False
) -> None:
    """Copy a text as UTF-8 with \\n line ends and no BOM, a block at a time (memory stays at a few
    MB).

    Parameters
    ----------
    path, encoding
        What is copied.
    target
        Where to.
    where
        What the user calls the file.
    delimiter_runs
        Columns are separated by runs of blanks; they become tabs.

    Raises
    ------
    UserError
        Where the text is not in that encoding throughout, or holds a zero byte, naming the line.
    """
    if encoding == "utf-8" and not delimiter_runs and _copy_clean(path, target):
        return
    if encoding == "gb18030" and not delimiter_runs and _by_two(path, target):
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
                            _(
                                "line {max} is UTF-8 inside a GB18030 file",
                                max=max(1, line - tail.count(10) + line_of_utf8),
                            ),
                            where,
                            _("the file mixes encodings: export it again, or save it as UTF-8"),
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
            raise Undecodable(
                _(
                    "line {line} holds bytes that are neither UTF-8 nor {encoding}",
                    line=line,
                    encoding="GB18030" if encoding == "gb18030" else encoding.upper(),
                ),
                where,
                _("export the file again, or save it as UTF-8"),
            ) from None


def _by_two(path: Path, target: Path) -> bool:
    """Decode a large GB18030 file in two processes, each its half (a line end is never part of a
    character).

    False where that is not worth it, or anything at all is wrong with the text: then one process
    decodes it all and says what and in which line.
    """
    size = path.stat().st_size
    if size < LARGE or _cores() < 2:
        return False
    with path.open("rb") as stream:
        stream.seek(size // 2)
        cut = stream.read(BLOCK).find(b"\n")
    if cut < 0:
        return False
    middle, second = size // 2 + cut + 1, target.with_name(target.name + ".half")
    code = (
        "import os, sys; sys.path[:] = sys.argv[1].split(os.pathsep);"
        " from optimizer.data.reading.encodings import decode_part;"
        " decode_part(sys.argv[2], sys.argv[3], int(sys.argv[4]), None)"
    )
    try:
        helper = subprocess.Popen(
            [
                sys.executable,
                "-I",
                "-S",
                "-c",
                code,
                os.pathsep.join(sys.path),
                str(path),
                str(second),
                str(middle),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        decode_part(path, target, 0, middle)
        if helper.wait() != 0:
            return False
        with second.open("rb") as stream, target.open("ab") as out:
            shutil.copyfileobj(stream, out, BLOCK)
        return True
    except ValueError:
        return False
    finally:
        if helper.poll() is None:
            helper.kill()
            helper.wait()
        second.unlink(missing_ok=True)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def decode_part(path: Path | str, target: Path | str, start: int, end: int | None) -> None:
    """Decode whole lines of GB18030 to UTF-8.

    Parameters
    ----------
    path, target
        From where, to where.
    start, end
        The bytes to decode; end None: all the rest.

    Raises
    ------
    ValueError
        For anything out of the ordinary.
    """
    decoder = codecs.getincrementaldecoder("gb18030")("strict")
    tail = b"\n"
    with Path(path).open("rb") as stream, Path(target).open("wb") as out:
        stream.seek(start)
        while (end is None or stream.tell() < end) and (
            block := stream.read(BLOCK if end is None else min(BLOCK, end - stream.tell()))
        ):
            if b"\0" in block or _utf8_inside(tail + block) is not None:
                raise ValueError
            tail = block[-64:]
            if b"\r" in block:
                if block.endswith(b"\r"):  # its \n is in the next block
                    block += stream.read(1)
                block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            out.write(decoder.decode(block).encode("utf-8"))
        out.write(decoder.decode(b"", final=True).encode("utf-8"))


def _copy_clean(path: Path, target: Path) -> bool:
    """Copy bytes already known to be UTF-8, unless they hold a carriage return or a zero byte."""
    with path.open("rb") as stream, target.open("wb") as out:
        for block in blocks(stream):
            if b"\r" in block or b"\0" in block:
                return False
            out.write(block)
    return True


def _copy(text: str, out: BinaryIO, where: Text, line: int, delimiter_runs: bool) -> int:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise UserError(
            _(
                "line {line} holds a zero byte: this is no text table, or it is damaged",
                line=line + text[: text.index(chr(0))].count(chr(10)),
            ),
            where,
            _("export the file again as csv or xlsx"),
        )
    if delimiter_runs:
        text = "\n".join("\t".join(part.split()) for part in text.split("\n")) if text else text
    out.write(text.encode("utf-8"))
    return text.count("\n")


def _utf8_inside(block: bytes) -> int | None:
    """Lines before a run of three UTF-8 Chinese characters that starts after an ASCII byte, or
    None.

    Practically never GB18030: its common characters begin below 0xE3.
    """
    place = block.translate(_CLASSES).find(b"aLTTLTTLTT")
    return None if place < 0 else block[:place].count(b"\n")
