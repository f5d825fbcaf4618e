"""A scenario of fifteen channels with stated curves, for the what-if's tests and benchmark, and a
server for tests of pages.
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

CHANNELS = (
    "xiaohongshu/koc",
    "xiaohongshu/waist",
    "xiaohongshu/head",
    "douyin/feed",
    "douyin/koc",
    "douyin/head",
    "bilibili/waist",
    "weibo/feed",
    "taobao/search",
    "jd/search",
    "baidu",
    "google",
    "wechat_oa",
    "wecom",
    "community",
)


def write_scenario(folder: Path, channels: tuple[str, ...] = CHANNELS) -> Path:
    """A folder with a scenario.yaml; comments in it must survive a rewrite."""
    rng = np.random.default_rng(5)
    lines = [
        "# what we believe",
        "name: Fifteen",
        "currency: CNY",
        "period: week",
        "horizon: 8",
        "budget: 400000   # all of it",
        "goal: customers",
        "value_per_customer: 168",
        "channels:",
    ]
    for name in channels:
        ceiling, half = int(rng.integers(300, 3000)), int(rng.integers(8, 80)) * 1000
        quoted = "'" + name.replace("'", "''") + "'"
        lines += [
            f"  {quoted}:",
            f"    curve: {{saturating: {{ceiling: {ceiling}, half_spend: {half}}}}}",
            f"    current: {int(rng.integers(5, 40)) * 1000}",
        ]
    lines += [
        f"    max: 90000   # {channels[-1]}".replace("\n", " "),
        "rules:",
        "  - {max_cac: 60}",
        "  - {min_share: 0.2, of: " + channels[0].split("/")[0] + "}",
        "  - {max_channels: 15}",
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


class Served:
    """The application on a loopback port, in a thread."""

    def __init__(self, made: Callable[[int], Any]) -> None:
        import uvicorn  # the extra `serve`

        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.server = uvicorn.Server(
            uvicorn.Config(made(self.port), log_level="critical", lifespan="off")
        )
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.listener]}, daemon=True
        )
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return reply.status, reply.read(), {k.lower(): v for k, v in reply.getheaders()}
        finally:
            connection.close()

    def post(self, path: str, value: Any) -> tuple[int, Any]:
        status, raw, _ = self.ask(
            "POST", path, json.dumps(value).encode(), {"content-type": "application/json"}
        )
        return status, json.loads(raw)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        self.listener.close()
