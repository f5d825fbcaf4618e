"""The what-if page among fifty clients that ask and go, and its memory over ten thousand requests.

    .venv/bin/python benchmarks/crowd.py [--requests 10000] [--channels 15]

`optimizer serve` runs as users start it, on a scenario with stated curves. One client asks for
plans alone, then among fifty that ask for plans of other budgets and leave after some milliseconds
(loopback). Then the requests, in four equal parts: plans, downloads, files of the page, bodies that
are refused; memory is that of the server's own process.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import serve_worlds  # noqa: E402

LEAVERS = 50
ASKED = 30  # plans of the client that stays


class Client:
    """Speaks to the server on loopback."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.host, self.port, self.base = parts.hostname, parts.port, parts.path

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """The bytes of a request."""
        return (
            f"{method} {self.base}{path} HTTP/1.1\r\nhost: {self.host}:{self.port}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        ).encode() + body

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, float]:
        """Status and seconds of an answer."""
        begun = time.perf_counter()
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(self.request(method, path, body))
        answer = await reader.read()
        writer.close()
        return int(answer.split(b" ", 2)[1]), time.perf_counter() - begun

    async def leave(self, dice: random.Random) -> None:
        """Ask for a plan, and go."""
        try:
            _, writer = await asyncio.open_connection(self.host, self.port)
        except OSError:
            return
        writer.write(self.request("POST", "plan", _budget(dice)))
        await asyncio.sleep(dice.uniform(0.0, 0.1))
        writer.close()


def _budget(dice: random.Random) -> bytes:
    return json.dumps({"budget": round(dice.uniform(100_000, 600_000))}).encode()


async def latency(client: Client, dice: random.Random) -> list[float]:
    """Seconds of each plan of the client that stays; every one is answered."""
    found = []
    for _ in range(ASKED):
        status, seconds = await client.ask("POST", "plan", _budget(dice))
        assert status == 200, status
        found.append(seconds)
    return found


async def among_leavers(client: Client, dice: random.Random) -> tuple[list[float], int]:
    """The same, while fifty others ask and go without end; and how often they did."""
    gone, over = itertools.count(), asyncio.Event()

    async def leaver() -> None:
        while not over.is_set():
            await client.leave(dice)
            next(gone)
            await asyncio.sleep(dice.uniform(0.5, 1.5))  # somebody who moves a slider

    leavers = [asyncio.ensure_future(leaver()) for _ in range(LEAVERS)]
    await asyncio.sleep(1)
    found = await latency(client, dice)
    over.set()
    await asyncio.gather(*leavers)
    return found, next(gone)


async def many(client: Client, number: int, dice: random.Random) -> dict[int, int]:
    """Requests of four kinds, eight at a time; how often each status came."""
    bad = (b"[" * 5000, b"\xff", b'{"budget": 1e400}', b'{"x": 1}')
    kinds = (
        lambda: ("POST", "plan", _budget(dice)),
        lambda: ("POST", "scenario.yaml", _budget(dice)),
        lambda: ("GET", dice.choice(("page.css", "page.js", "nothing"))),
        lambda: ("POST", "plan", dice.choice(bad)),
    )
    seen: dict[int, int] = {}
    numbers = iter(range(number))

    async def one() -> None:
        for i in numbers:
            status, _ = await client.ask(*kinds[i % 4]())
            seen[status] = seen.get(status, 0) + 1

    await asyncio.gather(*(one() for _ in range(8)))
    return seen


def memory(process: int) -> tuple[float, int, int]:
    """MB that a process has in memory of its own, its open files, and its children."""
    text = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"RssAnon:\s+(\d+)", text)
    assert found
    tasks = Path(f"/proc/{process}/task")
    children = "".join((one / "children").read_text() for one in tasks.iterdir()).split()
    return int(found[1]) / 1024, len(os.listdir(f"/proc/{process}/fd")), len(children)


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--requests", type=int, default=10_000)
    ask.add_argument("--channels", type=int, default=15)
    asked = ask.parse_args()
    dice = random.Random(7)
    with tempfile.TemporaryDirectory() as name:
        folder = serve_worlds.write_scenario(
            Path(name) / "brand", serve_worlds.CHANNELS[: asked.channels]
        )
        server = subprocess.Popen(
            [sys.executable, "-m", "optimizer", "serve", str(folder), "--no-browser"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert server.stdout is not None
        client = Client(server.stdout.readline().strip())
        try:
            asyncio.run(latency(client, dice))  # warm
            alone = asyncio.run(latency(client, dice))
            crowd, gone = asyncio.run(among_leavers(client, dice))
            for what, found in (("alone", alone), (f"among {LEAVERS}", crowd)):
                print(
                    f"{what}: median {1e3 * statistics.median(found):.0f} ms, "
                    f"slowest {1e3 * max(found):.0f} ms"
                )
            ratio = statistics.median(crowd) / statistics.median(alone)
            print(f"ratio {ratio:.2f}; {gone:,} plans were asked for and left", flush=True)
            for part in range(5):
                print(f"after {part * asked.requests // 4:,} requests:", end=" ")
                print("{:.1f} MB, {} files, {} children".format(*memory(server.pid)), end=" ")
                if part < 4:
                    print(asyncio.run(many(client, asked.requests // 4, dice)), flush=True)
            print()
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)


if __name__ == "__main__":
    main()
