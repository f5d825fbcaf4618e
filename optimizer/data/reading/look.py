"""What the bytes of a text file tell, without reading it as a table."""

from __future__ import annotations

BLOCK = 1 << 20


class Look:
    """What the bytes of a file tell, block by block: its longest line, and whether it is plain."""

    def __init__(self) -> None:
        self._longest = self._run = self._lines = self._returns = self._both = 0
        self._last, self._odd, self._bare = b"", False, False

    def see(self, block: bytes) -> None:
        """The next block of the file."""
        first, last = block.find(b"\n"), block.rfind(b"\n")
        self._longest = max(self._longest, self._run + (first if first >= 0 else len(block)))
        self._run = self._run + len(block) if first < 0 else len(block) - last
        if len(block) > BLOCK:  # a line within it may be longer than the least bound
            self._longest = max(self._longest, last - first)
        self._odd = self._odd or b'"' in block or b"\0" in block
        if b"\r" in block or self._last == b"\r":
            self._lines += block.count(b"\n")
            self._returns += block.count(b"\r")
            self._both += block.count(b"\r\n") + (self._last == b"\r" and block.startswith(b"\n"))
        else:
            self._bare = self._bare or first >= 0
        self._last = block[-1:]

    @property
    def plain(self) -> bool:
        """No quotes in it, and its lines end one way: a line is a row, a delimiter the end of a
        cell.
        """
        return not self._odd and (
            not self._returns or (self._returns == self._both == self._lines and not self._bare)
        )

    @property
    def bound(self) -> int:
        """A bound on the bytes of its longest line: 1 MB at least, for DuckDB's buffers grow with
        it.
        """
        longest = max(self._longest, self._run)
        return (longest >> 20) + 2 << 20 if longest >= 1 << 20 else 1 << 20
