"""How the program ends before its time: a signal unwinds it as Ctrl-C does, so that what it was
writing is taken back.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from optimizer.results import rooms

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
PATIENCE = 5.0  # seconds until a program that native code holds up is ended without unwinding


class Stopped(BaseException):
    """A signal asked the program to end."""


@dataclass
class Ending:
    """Whether the program was asked to end.

    Parameters
    ----------
    number
        Of the first signal; None: it was not asked.
    """

    number: int | None = None
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def code(self) -> int:
        """The exit code by which a shell knows the signal."""
        return 128 + (self.number or 0)

    def hear(self, number: int, frame: FrameType | None) -> None:
        """Unwind from wherever the program is."""
        if self.number is None:
            self.number = number
        raise KeyboardInterrupt if number == signal.SIGINT else Stopped


@contextmanager
def heard() -> Iterator[Ending]:
    """SIGINT, SIGTERM and SIGHUP unwind the block; what was set for them before is set again after.

    A signal that the caller ignores stays ignored. Native code that does not listen is left alone
    for some seconds; then decoded data are removed and the process ends.
    """
    ending = Ending()
    if threading.current_thread() is not threading.main_thread():
        yield ending
        return
    usual = (signal.SIG_DFL, signal.default_int_handler)
    before = {}
    for name in NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in usual:
            before[number] = signal.signal(number, ending.hear)
    listen, tell = os.pipe()
    os.set_blocking(tell, False)
    old = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(ending, listen), daemon=True).start()
    try:
        yield ending
    finally:
        ending.over.set()
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(old)
        os.close(tell)  # which ends the thread


def _watch(ending: Ending, listen: int) -> None:
    """End the process where a signal is heard and the program does not unwind."""
    with open(listen, "rb", buffering=0) as pipe:
        said = pipe.read(1)
        while said and said[0] not in {getattr(signal, name, 0) for name in NAMES}:
            said = pipe.read(1)
    if not said or ending.over.wait(PATIENCE) or ending.number is not None:
        return
    if signal.getsignal(said[0]) == ending.hear:  # a server has its own way to end
        for room in list(rooms.LIVE):
            shutil.rmtree(room, ignore_errors=True)
        os._exit(128 + said[0])


def standard_streams() -> None:
    """Give standard input, output and error a place where the caller closed them: a file opened
    later would get their numbers, and whatever is printed would land in it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
        if getattr(sys, name) is None:
            stream = io.FileIO(number, "w" if number else "r", closefd=False)
            setattr(sys, name, io.TextIOWrapper(stream, encoding="utf-8", write_through=True))
