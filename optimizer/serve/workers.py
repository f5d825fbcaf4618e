"""A process for each solve, so that a solve can be ended: at its deadline, or when its page left.

The process is forked from the prepared one, which costs some milliseconds and no reading. Where the
system cannot fork safely (macOS, Windows) a solve runs in a thread, one at a time: it is waited for
until its deadline, and then goes on by itself.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

SECONDS = 60.0  # of one solve, waiting for its turn not counted
MOST_WAITING = 64  # requests; the next is told to come again
ROUNDS = 100  # that one without a place waits for others to leave
PAUSE = 0.02  # seconds of a round at least
FORKS = sys.platform.startswith("linux")
Job = Callable[[], Any]  # what it gives can be pickled


class Busy(Exception):
    """Too many wait already."""


class TooSlow(Exception):
    """A solve did not end within its time."""


class Left(Exception):
    """The page that asked is gone."""


@dataclass
class Workers:
    """Who solves: some at a time, some waiting, nobody for ever.

    Attributes
    ----------
    seconds
        Of one solve.
    most_waiting
        Requests that wait for their turn.
    rounds
        Of the event loop, `PAUSE` seconds or more each, that a request without a place stays before
        it is told to come again. Many that come and go together are there for a moment only.
    """

    seconds: float = SECONDS
    most_waiting: int = MOST_WAITING
    rounds: int = ROUNDS
    turns: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(min(2, os.cpu_count() or 1) if FORKS else 1)
    )
    waiting: int = 0
    solving: threading.Lock = field(default_factory=threading.Lock)

    async def run(self, job: Job, left: Callable[[], Awaitable[None]]) -> Any:
        """What a job gives.

        Parameters
        ----------
        job
            Solves something; may raise what can be pickled.
        left
            Comes back once nobody waits for the answer any more.

        Raises
        ------
        Busy, TooSlow, Left
            Where there is none.
        """
        solving = asyncio.ensure_future(self._in_turn(job))
        watching = asyncio.ensure_future(left())
        try:
            await asyncio.wait({solving, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not solving.done():
                raise Left
            return solving.result()
        finally:
            for task in (solving, watching):
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task

    async def _in_turn(self, job: Job) -> Any:
        for number in range(self.rounds + 1):
            if self.waiting < self.most_waiting:
                break
            if number == self.rounds:
                raise Busy
            await asyncio.sleep(PAUSE)
        self.waiting += 1
        try:
            for __ in range(10):  # a page that is gone already is noticed before it takes a turn
                await asyncio.sleep(PAUSE / 10)
            await self.turns.acquire()
        finally:
            self.waiting -= 1
        try:
            async with asyncio.timeout(self.seconds):
                return await (_forked(job) if FORKS else self._in_thread(job))
        except TimeoutError:
            raise TooSlow from None
        finally:
            self.turns.release()

    async def _in_thread(self, job: Job) -> Any:
        def alone() -> Any:
            with self.solving:  # HiGHS and PuLP share state within a process
                return job()

        return await asyncio.to_thread(alone)


async def _forked(job: Job) -> Any:
    """What a job gives in a process of its own, which is gone afterwards whatever happens."""
    loop = asyncio.get_running_loop()
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(
        target=_answer, args=(job, sender), daemon=True
    )
    arrived: asyncio.Future[None] = loop.create_future()
    try:
        with warnings.catch_warnings():
            # threads of native libraries do not survive a fork; a solve uses none
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        sender.close()
        loop.add_reader(receiver.fileno(), _set, arrived)
        await arrived
        fine, value = receiver.recv()
    except EOFError:
        raise RuntimeError("a worker ended without an answer") from None
    finally:
        loop.remove_reader(receiver.fileno())
        receiver.close()
        sender.close()
        if process.pid is not None:
            process.kill()
            process.join()
            process.close()
    if fine:
        return value
    raise value


def _set(arrived: asyncio.Future[None]) -> None:
    if not arrived.done():
        arrived.set_result(None)


def _answer(job: Job, sender: Connection) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):  # the server ends its workers
        signal.signal(number, signal.SIG_IGN)
    try:
        answer = (True, job())
    except Exception as error:
        answer = (False, error)
    try:
        sender.send(answer)
    except Exception as error:  # it cannot be pickled
        sender.send((False, RuntimeError(repr(error))))
