"""Work in processes of its own: with progress, an end that can be forced, and none that nobody
waits for.

Processes come from a fork server that holds the libraries and nothing else (a new interpreter each
on Windows). A job is a function of this package with plain arguments, so that it can be sent there.
"""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import pickle
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from optimizer.errors import Problem, UserError
from optimizer.messages import Text, _
from optimizer.progress import Expected, Meter, listening

SECONDS = 1800.0  # of one job
GRACE = 6.0  # seconds that a job goes on when no page listens: one may be loading anew
AT_ONCE = 2
OFTEN = 0.2  # seconds between two words of progress


class Teller:
    """What a job tells on its way; called with the name of each step."""

    def __init__(self, sender: Connection) -> None:
        self._sender = sender
        self._meter = Meter()
        self._step: Text = ""
        self._told = 0.0

    def expect(self, steps: Expected) -> None:
        """The steps that will come, with their usual seconds."""
        self._meter = Meter(steps)

    def __call__(self, step: Text) -> None:
        """The next step begins."""
        self._meter.step(step)
        self._step = step
        self._tell()

    def tick(self, share: float) -> None:
        """So much of the step is done."""
        self._meter.tick(share)
        if time.monotonic() - self._told >= OFTEN:
            self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        self._sender.send_bytes(
            pickle.dumps(("step", (self._step, self._meter.share, self._meter.left)))
        )


@dataclass
class Job:
    """One piece of work.

    Attributes
    ----------
    kind
        read | make | check | plan | sliders | compare.
    of
        What it was asked of: the same question is the same job.
    state
        running | done | failed | ended.
    step, share, left
        What is being done, how much of the whole is done, and seconds to go (None: not known).
    value, problems
        What came of it.
    """

    kind: str
    of: Any
    state: str = "running"
    step: Text = ""
    share: float | None = None
    left: float | None = None
    value: Any = None
    problems: tuple[Problem, ...] = ()
    listeners: int = 0
    task: asyncio.Task[None] | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self.state == "running"


@dataclass
class Jobs:
    """The work of one studio, one job of a kind."""

    found: dict[str, Job] = field(default_factory=dict)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    grace: float = GRACE

    def start(self, kind: str, of: Any, work: Callable[..., Any], *args: Any) -> Job:
        """A job under way; the same question again is the job that runs already."""
        old = self.found.get(kind)
        if old is not None and old.running:
            if old.of == of:
                return old
            self.end(kind)
        job = Job(kind, of)
        self.found[kind] = job
        job.task = asyncio.get_running_loop().create_task(self._run(job, work, args))
        self._unless_heard(job)
        return job

    def end(self, kind: str) -> None:
        """Stop a job, where it runs."""
        job = self.found.get(kind)
        if job is not None and job.running and job.task is not None:
            job.state = "ended"
            job.task.cancel()
            job.news.set()

    async def follow(self, job: Job) -> AsyncIterator[Job]:
        """The job each time it has news, to its end. When nobody follows any more it is stopped."""
        job.listeners += 1
        try:
            while True:
                job.news.clear()
                yield job
                if not job.running:
                    return
                await job.news.wait()
        finally:
            job.listeners -= 1
            self._unless_heard(job)

    def _unless_heard(self, job: Job) -> None:
        def stop() -> None:
            if job.running and job.listeners == 0 and self.found.get(job.kind) is job:
                self.end(job.kind)

        asyncio.get_running_loop().call_later(self.grace, stop)

    async def _run(self, job: Job, work: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            async with self.turns, asyncio.timeout(SECONDS):
                await _in_process(job, work, args)
        except TimeoutError:
            job.problems = (Problem(_("this took longer than half an hour")),)
        except asyncio.CancelledError:
            job.state = "ended"
            raise
        except Exception as error:  # a mistake of ours: it is told, the studio goes on
            job.problems = (Problem(_("this went wrong: {what}", what=repr(error)[:300])),)
        finally:
            if job.running:
                job.state = "failed"
            job.news.set()


async def _in_process(job: Job, work: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Do a job in a process, which is gone afterwards whatever happens."""
    context = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
    if sys.platform != "win32":
        context.set_forkserver_preload(["optimizer.studio.tasks"])
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(  # type: ignore[attr-defined]
        target=_work, args=(sender, work, args), daemon=True
    )
    try:
        await asyncio.to_thread(process.start)
        sender.close()
        while True:
            try:
                name, value = _loads(await asyncio.to_thread(receiver.recv_bytes))
            except (EOFError, OSError):
                job.problems = (Problem(_("the work ended without an answer")),)
                return
            if name != "step":
                job.value, job.problems = (value, ()) if name == "value" else (None, value)
                job.state = "done" if name == "value" else "failed"
                return
            job.step, job.share, job.left = value
            job.news.set()
    finally:
        if process.pid is not None:
            process.kill()  # whoever still waits for its words hears the end
            await asyncio.to_thread(process.join)
        receiver.close()


def _work(sender: Connection, work: Callable[..., Any], args: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the studio ends its workers
    tell = Teller(sender)
    try:
        with listening(tell.tick):
            answer: tuple[str, Any] = ("value", work(tell, *args))
    except UserError as error:
        answer = ("problems", error.problems)
    except Exception as error:
        answer = ("problems", (Problem(_("this went wrong: {what}", what=repr(error)[:300])),))
    sender.send_bytes(_dumps(answer))


class _Light(pickle.Pickler):
    """Engines stay in the process that opened them; what they said comes along."""

    def persistent_id(self, thing: Any) -> str | None:
        return "engine" if type(thing).__module__.lstrip("_").startswith("duckdb") else None


class _Unlight(pickle.Unpickler):
    def persistent_load(self, name: str) -> None:
        return None


def _dumps(value: Any) -> bytes:
    out = io.BytesIO()
    _Light(out, pickle.HIGHEST_PROTOCOL).dump(value)
    return out.getvalue()


def _loads(raw: bytes) -> Any:
    return _Unlight(io.BytesIO(raw)).load()
