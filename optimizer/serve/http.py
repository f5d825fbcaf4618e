"""What every page of ours on this machine keeps to: who is answered, what is taken and said."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from optimizer.errors import UserError
from optimizer.messages import _, listed
from optimizer.report.words import Words

MAX_BODY = 200_000  # bytes of one request
BODY_SECONDS = 10.0  # until it has come
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


class TooLarge(UserError):
    """A request larger than any page of ours sends."""


def new_token() -> str:
    """A secret for the address: 192 random bits."""
    return secrets.token_urlsafe(24)


def names_of(port: int) -> frozenset[str]:
    """The names this machine answers to (another one is DNS rebinding)."""
    return frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})


def known(request: Request, token: str, hosts: frozenset[str]) -> bool:
    """Whether a request carries the token, under a name of this machine."""
    given = str(request.path_params.get("token", ""))
    return request.headers.get("host", "") in hosts and hmac.compare_digest(
        given.encode(), token.encode()
    )


async def left(request: Request) -> None:
    """Come back once the page is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def body(request: Request, kind: str, most: int = MAX_BODY) -> str:
    """The request's text; refuses what is too large, too slow, or of another kind.

    Parameters
    ----------
    kind
        The content type it must have.
    most
        Bytes.
    """
    if request.headers.get("content-type", "").split(";")[0].strip() != kind:
        raise UserError(_("send JSON") if kind == "application/json" else _("send a form"))
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise TooLarge(_("this is far too much"))
                parts.append(part)
    except (TimeoutError, ClientDisconnect):
        raise UserError(_("the request did not come whole")) from None
    try:
        return b"".join(parts).decode("utf-8")
    except ValueError:
        if kind == "application/json":
            raise UserError(_("this is not JSON")) from None
        raise UserError(_("this is no text")) from None


async def json_body(request: Request) -> Any:
    """The request's JSON; refuses what was not sent by a page of ours."""
    text = await body(request, "application/json")
    try:
        value = json.loads(text, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate is no text
    except (ValueError, RecursionError):
        raise UserError(_("this is not JSON")) from None
    return value


def _no_number(word: str) -> float:
    """NaN and Infinity are no JSON."""
    raise ValueError(word)


def refused(error: UserError, say: Words) -> Response:
    """What is wrong, in the page's language and without a place on this machine."""
    found = [say.remark(problem.what).split("\n")[0] for problem in error.problems]
    what = say(listed(found, "; "))
    return as_json({"error": what[:500]}, 413 if isinstance(error, TooLarge) else 400)


def as_json(value: Any, status: int = 200) -> Response:
    """An answer for a script."""
    return Response(
        json.dumps(value, ensure_ascii=False, allow_nan=False), status, HEADERS, "application/json"
    )


def as_text(content: str, kind: str, more: dict[str, str] | None = None) -> Response:
    """A text of some kind."""
    return Response(content, 200, {**HEADERS, **(more or {})}, f"{kind}; charset=utf-8")


def missing() -> Response:
    """Nothing is here, whatever was asked for."""
    return PlainTextResponse("not found", 404, HEADERS)
