"""A real browser for the tests: Debian's Chromium, cut off from every network but what a test serves on loopback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def why_not() -> str | None:
    """Why no browser can be used here, or None."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is not installed"
    return (
        None
        if os.path.exists(CHROMIUM) or shutil.which("chromium")
        else "no Chromium on this machine"
    )


def require() -> None:
    """Skip with the reason where there is no browser; in CI that is a failure."""
    reason = why_not()
    if reason and os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"browser tests must run in CI: {reason}")
    if reason:
        pytest.skip(reason)


class Watched:
    """A page and what it did: console errors, page errors, requests that are not the opened address itself."""

    def __init__(self, page: Any, allowed: str) -> None:
        self.page, self.errors, self.requests, self.allowed = page, [], [], allowed
        page.on(
            "console",
            lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda e: self.errors.append(str(e)))
        page.on(
            "request", lambda r: None if r.url.startswith(allowed) else self.requests.append(r.url)
        )

    def ready(self) -> Any:
        """Wait until the page's own script has drawn everything."""
        self.page.wait_for_selector("html[data-ready]", timeout=60000, state="attached")
        return self.page


@contextmanager
def chromium(folder: Path) -> Iterator[Any]:
    """A browser with a profile of its own in `folder`; gives a function that opens addresses in new pages."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        browser = p.chromium.launch(
            executable_path=shutil.which("chromium") or CHROMIUM, args=FLAGS, headless=True
        )
        try:
            contexts = []

            def open_page(
                address: str,
                *,
                offline: bool = True,
                width: int = 1280,
                height: int = 900,
                dark: bool = False,
                **more: Any,
            ) -> Watched:
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if dark else "light",
                    offline=offline,
                    **more,
                )
                contexts.append(context)
                watched = Watched(context.new_page(), address.split("#")[0].split("?")[0])
                watched.page.goto(address)
                return watched

            yield open_page
            for context in contexts:
                context.close()
        finally:
            browser.close()


def accessibility(page: Any) -> list[str]:
    """What axe-core finds wrong with the page, as "rule: what (n places)"; minor matters left out."""
    axe = pytest.importorskip(
        "axe_playwright_python", reason="axe-playwright-python is not installed"
    )
    program = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    # the page's own policy forbids foreign scripts; evaluate is the debugger's door and passes it
    page.evaluate(program)
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)"
    )
    return [
        f"{v['id']}: {v['help']} ({len(v['nodes'])}: {v['nodes'][0]['html'][:160]})"
        for v in found
        if v["impact"] in ("serious", "critical", "moderate")
    ]
