"""The what-if: the same plan the command line gives, nothing for strangers, nothing that brings it down."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser
import pytest
import serve_worlds
from serve_worlds import Served

pytest.importorskip("starlette", reason="the extra `serve` is not installed")
pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")

from optimizer.errors import UserError
from optimizer.pipeline import run
from optimizer.scenario import load_scenario, read_scenario
from optimizer.serve.app import app
from optimizer.serve.what_if import WhatIf
from optimizer.serve.workers import FORKS, Left, TooSlow, Workers

NASTY = (
    "xiaohongshu/koc",
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "شبكة",
    "小红书/达人",
    "it's: #1",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return serve_worlds.write_scenario(
        tmp_path_factory.mktemp("secret-place") / "brand", serve_worlds.CHANNELS[:6]
    )


@pytest.fixture(scope="module")
def what_if(folder: Path) -> WhatIf:
    return WhatIf.start(load_scenario(folder))


class Server(Served):
    """The what-if of a scenario."""

    def __init__(self, what_if: WhatIf) -> None:
        super().__init__(lambda port: app(what_if, "tok", port))


@pytest.fixture(scope="module")
def server(what_if: WhatIf) -> Iterator[Server]:
    made = Server(what_if)
    yield made
    made.stop()


CHANGES = [
    {},
    {"budget": 250000.0},
    {
        "budget": 90000,
        "channels": {"douyin/feed": {"min": 20000, "max": 30000}},
        "rules": {"0": 48.5},
    },
    {"channels": {"douyin/head": {"min": None, "max": 5000}}, "rules": {"1": 0.5, "2": 4}},
]


@pytest.mark.parametrize("changes", CHANGES)
def test_the_same_plan_as_the_command_line(
    what_if: WhatIf, changes: dict[str, Any], folder: Path
) -> None:
    """The page's plan, the downloaded scenario's plan, and its text are one and the same."""
    shown = {row["channel"]: row["spend"] for row in what_if.ask(changes)["rows"]}
    again = run(read_scenario(what_if.text(changes), folder)).plan.spend_by_channel()
    total = sum(again.values())
    assert shown.keys() == again.keys()
    for name in shown:
        assert shown[name] == pytest.approx(again[name], abs=2e-3 * total), name
    assert sum(shown.values()) == pytest.approx(total, rel=1e-4)


def test_download_changes_only_what_was_changed(what_if: WhatIf, folder: Path) -> None:
    old = (folder / "scenario.yaml").read_text(encoding="utf-8").splitlines()
    new = what_if.text({"budget": 250000, "rules": {"0": 48.5}}).splitlines()
    differing = [
        (a, b) for a, b in zip(old, new, strict=True) if a != b and a.replace("'", "") != b
    ]
    assert differing == [
        ("budget: 400000   # all of it", "budget: 250000   # all of it"),
        ("  - {max_cac: 60}", "  - {max_cac: 48.5}"),
    ]
    assert "max: 30000" in what_if.text(
        {"channels": {"xiaohongshu/koc": {"min": None, "max": 30000}}}
    )
    assert "max: 90000" not in what_if.text(
        {"channels": {"douyin/head": {"min": None, "max": None}}}
    )


def test_no_plan_is_an_answer(what_if: WhatIf) -> None:
    found = what_if.ask(
        {"rules": {"0": 1}, "channels": {"douyin/feed": {"min": 50000, "max": None}}}
    )
    assert found["status"] == "none"
    assert found["verdict"] == "No plan meets these rules."
    assert "CAC at most" in found["more"]


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        "x",
        3,
        {"budgt": 1},
        {"budget": "1"},
        {"budget": -1},
        {"budget": 1e16},
        {"budget": float("nan")},
        {"budget": True},
        {"channels": []},
        {"channels": {"nobody": {"min": 1}}},
        {"channels": {"douyin/feed": 3}},
        {"channels": {"douyin/feed": {"mn": 3}}},
        {"channels": {"douyin/feed": {"min": 5, "max": 1}}},
        {"rules": {"9": 1}},
        {"rules": {"x": 1}},
        {"rules": {"0": None}},
        {"rules": {"²": 1}},
    ],
)
def test_changes_that_make_no_sense_are_refused(what_if: WhatIf, broken: Any) -> None:
    with pytest.raises(UserError):
        what_if.read(broken)


def test_strangers_find_nothing(server: Server) -> None:
    body, kind = b"{}", {"content-type": "application/json"}
    for method, path in (
        ("GET", "/"),
        ("GET", "/tok"),
        ("GET", "/tak/"),
        ("GET", "/tok/../"),
        ("GET", "/tok/plan"),
        ("POST", "/tok/"),
        ("POST", "/x/plan"),
        ("GET", "/tok/report.css"),
        ("GET", "/tok/../../etc/passwd"),
        ("GET", "/tok/%2e%2e%2fapp.py"),
        ("DELETE", "/tok/"),
        ("GET", "/" + "a" * 5000),
    ):
        status, raw, _ = server.ask(
            method, path, body if method == "POST" else None, kind if method == "POST" else None
        )
        assert (status, raw) == (404, b"not found"), (method, path)
    status, raw, _ = server.ask("GET", "/tok/", headers={"host": "evil.example"})
    assert (status, raw) == (404, b"not found"), "another host's name must not reach it"
    status, _, headers = server.ask("GET", "/tok/")
    assert status == 200
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def test_requests_of_other_pages_are_refused(server: Server) -> None:
    status, raw, _ = server.ask(
        "POST", "/tok/plan", b'{"budget": 1}', {"content-type": "text/plain"}
    )
    assert status == 400, "a form of another site can send text/plain, but not JSON"
    assert json.loads(raw) == {"error": "send JSON"}
    status, _, _ = server.ask(
        "POST", "/tok/plan", b"[" * 300_000, {"content-type": "application/json"}
    )
    assert status == 413


@pytest.mark.parametrize(
    "raw",
    [
        b'{"budget": 1e400}',
        b'{"budget": ' + b"9" * 4000 + b"}",
        b'{"budget": ' + b"9" * 5000 + b"}",
        b'{"budget": NaN}',
        b'{"channels": {"\\ud800": {"min": 1}}}',
        b'{"channels": {"douyin/feed": {"min": 1e400}}}',
        b'{"rules": {"0": -1e400}}',
        b"\xff\xfe{}",
        b"",
    ],
)
def test_every_bad_body_is_a_400(server: Server, raw: bytes) -> None:
    for path in ("/tok/plan", "/tok/scenario.yaml"):
        status, answer, _ = server.ask("POST", path, raw, {"content-type": "application/json"})
        assert status == 400, answer
        assert json.loads(answer)["error"]


def test_workers_end_when_nobody_waits_and_at_their_deadline() -> None:
    """A solve that never ends is killed with its page or at its deadline; others have their turn."""
    spent = threading.Event()  # of no use in another process: the job never ends by itself

    async def story() -> list[str]:
        workers, told = Workers(seconds=0.5, most_waiting=2, rounds=0), []

        async def stays() -> None:
            await asyncio.sleep(60)

        async def leaves() -> None:
            await asyncio.sleep(0.1)

        for left in (stays, leaves):
            try:
                await workers.run(spent.wait, left)
            except (TooSlow, Left) as error:
                told.append(type(error).__name__)
        many = await asyncio.gather(
            *(workers.run(spent.wait, leaves) for _ in range(50)), return_exceptions=True
        )
        told += sorted({type(one).__name__ for one in many})
        told.append(str(await workers.run(lambda: 7, stays)))
        assert workers.waiting == 0
        return told

    told = asyncio.run(story())
    if FORKS:
        assert told == ["TooSlow", "Left", "Busy", "Left", "7"]
    assert not multiprocessing.active_children()


def test_a_page_that_stays_is_answered_among_many_that_leave() -> None:
    """Pages that ask and go fill the room for a moment only: nobody is sent away for them."""

    async def story() -> list[Any]:
        workers, started = Workers(most_waiting=2), multiprocessing.Value("i", 0)

        def job() -> int:
            with started.get_lock():
                started.value += 1
            return 7

        async def stays() -> None:
            await asyncio.sleep(60)

        async def leaves() -> None:
            await asyncio.sleep(0)

        async def live() -> Any:
            await asyncio.sleep(0.01)
            return await workers.run(job, stays)

        crowd = (workers.run(job, leaves) for _ in range(300))
        answer, *gone = await asyncio.gather(live(), *crowd, return_exceptions=True)
        return [answer, {type(one).__name__ for one in gone}, started.value, workers.waiting]

    assert asyncio.run(story()) == [7, {"Left"}, 1, 0]


def test_two_hundred_random_requests(server: Server, folder: Path) -> None:
    """Broken ones included: always an answer, never a place on this machine, and the plan after is the plan before."""
    dice = random.Random(3)
    before = server.post("/tok/plan", {})
    pieces = [
        None,
        True,
        -1,
        0,
        1e400,
        1e15,
        "x",
        "\x00",
        "../../x",
        [],
        {},
        {"min": 1},
        {"min": "a"},
        {"max": -2},
        "douyin/feed",
        {"a": {"b": {}}},
    ]
    seen = set()
    for i in range(200):
        kind = dice.random()
        if kind < 0.1:
            raw = bytes(dice.randrange(256) for _ in range(dice.randrange(60)))
        elif kind < 0.2:
            raw = b'{"a":' * dice.randrange(1, 20000)
        elif kind < 0.25:
            raw = json.dumps(
                {
                    "budget": dice.uniform(0, 5e5),
                    "channels": {"douyin/feed": {"min": None, "max": dice.uniform(0, 1e5)}},
                }
            ).encode()
        else:
            keys = ["budget", "channels", "rules", "zzz"]
            raw = json.dumps(
                {
                    dice.choice(keys): dice.choice(
                        [dice.choice(pieces), {str(dice.choice(pieces)): dice.choice(pieces)}]
                    )
                    for _ in range(2)
                }
            ).encode()
        path = dice.choice(
            ["/tok/plan", "/tok/plan", "/tok/scenario.yaml", "/tok/", "/nope/plan", f"/tok/{i}"]
        )
        status, answer, _ = server.ask(
            dice.choice(["POST", "POST", "POST", "GET", "PUT"]),
            path,
            raw,
            {"content-type": "application/json"},
        )
        seen.add(status)
        text = answer.decode("utf-8", "replace")
        assert status in (200, 400, 404, 413), (status, text)
        assert "Traceback" not in text
        assert "secret-place" not in text
        assert str(Path.home()) not in text or str(Path.home()) == "/"
    assert {200, 400, 404} <= seen
    assert server.post("/tok/plan", {}) == before


def test_knobs_know_their_scenario(what_if: WhatIf) -> None:
    turn = what_if.knobs()
    assert turn["budget"]["value"] == 400000
    assert turn["budget"]["top"] >= 800000
    assert set(turn["names"]) == set(serve_worlds.CHANNELS[:6])
    assert [rule["value"] for rule in turn["rules"]] == [60, 0.2, 15]
    assert turn["channels"]["douyin/head"]["max"] == 90000
    assert turn["top"] > max(what_if.saved.spend_by_channel().values())


def test_ctrl_c_ends_it_cleanly(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "optimizer", "serve", str(folder), "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline()
        assert address.startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert out == ""


@pytest.mark.browser
def test_in_a_browser(server: Server, tmp_path: Path) -> None:
    browser.require()
    with browser.chromium(tmp_path) as open_page:
        for width, dark in ((1280, False), (390, True)):
            watched = open_page(
                f"http://127.0.0.1:{server.port}/tok/", offline=False, width=width, dark=dark
            )
            page = watched.ready()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert browser.accessibility(page) == []
            first = page.locator("#verdict").inner_text()
            assert first.startswith("Spend ¥")
            page.locator("#budget input").focus()
            for _ in range(8):
                page.keyboard.press("ArrowLeft")
            page.wait_for_function(
                "text => document.getElementById('verdict').textContent !== text", arg=first
            )
            assert "from saved" in page.locator("#cards").inner_text()
            page.locator("#reset").click()
            page.wait_for_function(
                "text => document.getElementById('verdict').textContent === text", arg=first
            )
            with page.expect_download() as download:
                page.locator("#download").click()
            assert "Fifteen" in Path(download.value.path()).read_text(encoding="utf-8")
            assert watched.errors == []
            assert watched.requests == []


@pytest.mark.browser
def test_names_are_text_on_the_page(tmp_path: Path) -> None:
    browser.require()
    made = Server(
        WhatIf.start(load_scenario(serve_worlds.write_scenario(tmp_path / "x", NASTY)), "zh")
    )
    try:
        with browser.chromium(tmp_path / "profile") as open_page:
            watched = open_page(f"http://127.0.0.1:{made.port}/tok/", offline=False)
            page = watched.ready()
            assert set(page.locator("#rows th").all_text_contents()) == set(NASTY)
            assert page.locator("img").count() == 0
            assert watched.errors == []
    finally:
        made.stop()


def test_where_stages_work_together_the_settled_answer_is_the_command_lines(tmp_path: Path) -> None:
    from optimizer.simulate import simulate

    simulate(tmp_path, seed=3, users=1500, weeks=10)
    what_if = WhatIf.start(load_scenario(tmp_path))
    changes = {"budget": 30000.0}
    quick, settled = what_if.ask(changes), what_if.ask(changes, settled=True)
    assert (quick["settled"], settled["settled"]) == (False, True)
    again = run(read_scenario(what_if.text(changes), tmp_path)).plan.spend_by_channel()
    total = sum(again.values())
    for row in settled["rows"]:
        assert row["spend"] == pytest.approx(again[row["channel"]], abs=5e-3 * total), row[
            "channel"
        ]


def test_without_stages_every_answer_is_settled(what_if: WhatIf) -> None:
    assert what_if.ask({})["settled"] is True
