"""The HTTP side: four addresses under the token, everything else is "not found"."""

from __future__ import annotations

import hmac
import json
import secrets
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
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
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


class TooLarge(Exception):
    pass


def app(what_if: WhatIf, token: str, port: int) -> Starlette:
    """The application. Requests without the token, or under another host's name (DNS rebinding), find nothing."""
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    def known(request: Request) -> bool:
        given = str(request.path_params.get("token", ""))
        return request.headers.get("host", "") in hosts and hmac.compare_digest(
            given.encode(), token.encode()
        )

    async def page(request: Request) -> Response:
        if not known(request):
            return _missing()
        turn = what_if.knobs()
        first = await run_in_threadpool(what_if.ask, {})
        return _answer(pages.html(what_if.scenario, turn, first, what_if.say), "text/html")

    async def asset(request: Request) -> Response:
        kinds = {
            "page.css": ("text/css", ("report.css", "what_if.css")),
            "page.js": ("text/javascript", ("what_if.js",)),
        }
        name = str(request.path_params.get("name", ""))
        if not known(request) or name not in kinds:
            return _missing()
        kind, files = kinds[name]
        return _answer("".join(text(file) for file in files), kind)

    async def plan(request: Request) -> Response:
        if not known(request):
            return _missing()
        try:
            return _json(
                await run_in_threadpool(
                    what_if.ask, await _body(request), request.query_params.get("settled") == "1"
                )
            )
        except (UserError, TooLarge, ValueError) as error:
            return _refused(error, what_if.say)

    async def scenario(request: Request) -> Response:
        if not known(request):
            return _missing()
        try:
            changed = what_if.text(await _body(request))
        except (UserError, TooLarge, ValueError) as error:
            return _refused(error, what_if.say)
        return _answer(
            changed, "text/yaml", {"Content-Disposition": 'attachment; filename="scenario.yaml"'}
        )

    async def missing(request: Request, error: Exception) -> Response:
        return _missing()

    async def broken(request: Request, error: Exception) -> Response:
        return _json({"error": what_if.say.reader.say(_("this could not be planned"))}, 500)

    made = Starlette(
        routes=[
            Route("/{token}/", page, methods=["GET"]),
            Route("/{token}/plan", plan, methods=["POST"]),
            Route("/{token}/scenario.yaml", scenario, methods=["POST"]),
            Route("/{token}/{name}", asset, methods=["GET"]),
        ],
        exception_handlers={404: missing, 405: missing, 500: broken},
    )
    made.router.redirect_slashes = False
    return made


async def _body(request: Request) -> Any:
    """The request's JSON; refuses what is too large or was not sent by this page."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise ValueError(_("send JSON"))
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise TooLarge(_("this is far too much"))
        parts.append(part)
    try:
        return json.loads(b"".join(parts))
    except (ValueError, RecursionError):
        raise ValueError(_("this is not JSON")) from None


def _refused(error: Exception, say: Words) -> Response:
    """What is wrong, in the page's language and without a place on this machine."""
    found = (
        [p.what.split("\n")[0] for p in error.problems]
        if isinstance(error, UserError)
        else [str(error)]
    )
    what = say.reader.say(listed(found, "; "))
    return _json({"error": what[:500]}, 413 if isinstance(error, TooLarge) else 400)


def _json(value: Any, status: int = 200) -> Response:
    return Response(
        json.dumps(value, ensure_ascii=False, allow_nan=False), status, HEADERS, "application/json"
    )


def _answer(content: str, kind: str, more: dict[str, str] | None = None) -> Response:
    return Response(content, 200, {**HEADERS, **(more or {})}, f"{kind}; charset=utf-8")


def _missing() -> Response:
    return PlainTextResponse(_("not found"), 404, HEADERS)
