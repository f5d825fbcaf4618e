"""The HTTP side: four addresses under the token, everything else is "not found"."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from optimizer.errors import UserError
from optimizer.messages import _, listed
from optimizer.report import what_if as pages
from optimizer.report.page import text
from optimizer.report.words import Words
from optimizer.serve.what_if import WhatIf

MAX_BODY = 200_000  # bytes of one request
ASSETS = {
    "page.css": ("text/css", ("report.css", "what_if.css")),
    "page.js": ("text/javascript", ("what_if.js",)),
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def new_token() -> str:
    """A secret for the address: 192 random bits."""
    return secrets.token_urlsafe(24)


class TooLarge(UserError):
    """A request larger than any page of ours sends."""


@dataclass(frozen=True)
class Site:
    """What every address needs: the what-if, the secret, and the names this host answers to."""

    what_if: WhatIf
    token: str
    hosts: frozenset[str]

    def known(self, request: Request) -> bool:
        """Whether a request carries the token, under a name of this machine (DNS rebinding)."""
        given = str(request.path_params.get("token", ""))
        return request.headers.get("host", "") in self.hosts and hmac.compare_digest(
            given.encode(), self.token.encode()
        )

    async def page(self, request: Request) -> Response:
        """The page with the saved plan."""
        if not self.known(request):
            return _missing()
        what_if = self.what_if
        first = await run_in_threadpool(what_if.ask, {})
        made = pages.html(what_if.scenario, what_if.knobs(), first, what_if.say)
        return _answer(made, "text/html")

    async def asset(self, request: Request) -> Response:
        """The page's look and program."""
        name = str(request.path_params.get("name", ""))
        if not self.known(request) or name not in ASSETS:
            return _missing()
        kind, files = ASSETS[name]
        return _answer("".join(text(file) for file in files), kind)

    async def plan(self, request: Request) -> Response:
        """The plan under the changes that were sent."""
        if not self.known(request):
            return _missing()
        settled = request.query_params.get("settled") == "1"
        try:
            return _json(await run_in_threadpool(self.what_if.ask, await _body(request), settled))
        except UserError as error:
            return _refused(error, self.what_if.say)

    async def scenario(self, request: Request) -> Response:
        """The scenario file with the changes written in."""
        if not self.known(request):
            return _missing()
        try:
            changed = self.what_if.text(await _body(request))
        except UserError as error:
            return _refused(error, self.what_if.say)
        return _answer(
            changed, "text/yaml", {"Content-Disposition": 'attachment; filename="scenario.yaml"'}
        )

    async def broken(self, request: Request, error: Exception) -> Response:
        """What is said where this program is at fault."""
        return _json({"error": self.what_if.say(_("this could not be planned"))}, 500)


async def _not_found(request: Request, error: Exception) -> Response:
    return _missing()


def app(what_if: WhatIf, token: str, port: int) -> Starlette:
    """The application.

    Requests without the token, or under another host's name, find nothing.

    Parameters
    ----------
    what_if
        The scenario that is asked.
    token
        The secret every address starts with.
    port
        Where it is served.
    """
    site = Site(what_if, token, frozenset({f"127.0.0.1:{port}", f"localhost:{port}"}))
    made = Starlette(
        routes=[
            Route("/{token}/", site.page, methods=["GET"]),
            Route("/{token}/plan", site.plan, methods=["POST"]),
            Route("/{token}/scenario.yaml", site.scenario, methods=["POST"]),
            Route("/{token}/{name}", site.asset, methods=["GET"]),
        ],
        exception_handlers={404: _not_found, 405: _not_found, 500: site.broken},
    )
    made.router.redirect_slashes = False
    return made


async def _body(request: Request) -> Any:
    """The request's JSON; refuses what is too large or was not sent by this page."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise UserError(_("send JSON"))
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise TooLarge(_("this is far too much"))
        parts.append(part)
    try:
        return json.loads(b"".join(parts))
    except (ValueError, RecursionError):
        raise UserError(_("this is not JSON")) from None


def _refused(error: UserError, say: Words) -> Response:
    """What is wrong, in the page's language and without a place on this machine."""
    found = [say.remark(problem.what).split("\n")[0] for problem in error.problems]
    what = say(listed(found, "; "))
    return _json({"error": what[:500]}, 413 if isinstance(error, TooLarge) else 400)


def _json(value: Any, status: int = 200) -> Response:
    return Response(
        json.dumps(value, ensure_ascii=False, allow_nan=False), status, HEADERS, "application/json"
    )


def _answer(content: str, kind: str, more: dict[str, str] | None = None) -> Response:
    return Response(content, 200, {**HEADERS, **(more or {})}, f"{kind}; charset=utf-8")


def _missing() -> Response:
    return PlainTextResponse("not found", 404, HEADERS)
