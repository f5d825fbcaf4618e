"""The HTTP side: four addresses under the token, everything else is "not found"."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from optimizer.errors import UserError
from optimizer.messages import _, listed
from optimizer.report import what_if as pages
from optimizer.report.page import text
from optimizer.report.words import Words
from optimizer.serve.what_if import WhatIf
from optimizer.serve.workers import Busy, Left, TooSlow, Workers

MAX_BODY = 200_000  # bytes of one request
BODY_SECONDS = 10.0  # until it has come
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
    workers: Workers = field(default_factory=Workers)

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

        def made() -> str:
            return pages.html(what_if.scenario, what_if.knobs(), what_if.ask({}), what_if.say)

        answer = await self._solved(request, made)
        return answer if isinstance(answer, Response) else _answer(answer, "text/html")

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
            asked = await _body(request)
            self.what_if.read(asked)  # what makes no sense takes nobody's turn
        except UserError as error:
            return _refused(error, self.what_if.say)
        answer = await self._solved(request, lambda: self.what_if.ask(asked, settled))
        return answer if isinstance(answer, Response) else _json(answer)

    async def _solved(self, request: Request, job: Callable[[], Any]) -> Any:
        """What a job gives, or the response that says why it gives nothing."""
        say = self.what_if.say
        try:
            return await self.workers.run(job, lambda: _left(request))
        except UserError as error:
            return _refused(error, say)
        except Busy:
            text = say(_("too many plans are asked for at once; try again in a moment"))
            return _json({"error": text}, 503)
        except TooSlow:
            text = say(_("no plan was found in {n} seconds", n=f"{self.workers.seconds:g}"))
            return _json({"error": text}, 503)
        except Left:
            return Response(status_code=499)  # nobody reads it

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


async def _left(request: Request) -> None:
    """Come back once the page is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _body(request: Request) -> Any:
    """The request's JSON; refuses what is too large, too slow, or was not sent by this page."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise UserError(_("send JSON"))
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > MAX_BODY:
                    raise TooLarge(_("this is far too much"))
                parts.append(part)
    except (TimeoutError, ClientDisconnect):
        raise UserError(_("the request did not come whole")) from None
    try:
        text = b"".join(parts).decode("utf-8")
        value = json.loads(text, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate is no text
    except (ValueError, RecursionError):
        raise UserError(_("this is not JSON")) from None
    return value


def _no_number(word: str) -> float:
    """NaN and Infinity are no JSON."""
    raise ValueError(word)


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
