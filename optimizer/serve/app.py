"""The HTTP side: four addresses under the token, everything else is "not found"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.report import what_if as pages
from optimizer.report.page import text
from optimizer.serve.http import (
    as_json,
    as_text,
    json_body,
    known,
    left,
    missing,
    names_of,
    refused,
)
from optimizer.serve.what_if import WhatIf
from optimizer.serve.workers import Busy, Left, TooSlow, Workers

ASSETS = {
    "page.css": ("text/css", ("report.css", "what_if.css")),
    "page.js": ("text/javascript", ("what_if.js",)),
}


@dataclass(frozen=True)
class Site:
    """What every address needs: the what-if, the secret, and the names this host answers to.

    Attributes
    ----------
    keep
        The state of the scenario that the page may write its changes into ("": nothing is written).
    """

    what_if: WhatIf
    token: str
    hosts: frozenset[str]
    workers: Workers = field(default_factory=Workers)
    keep: str = ""

    def known(self, request: Request) -> bool:
        """Whether a request carries the token, under a name of this machine (DNS rebinding)."""
        return known(request, self.token, self.hosts)

    async def page(self, request: Request) -> Response:
        """The page with the saved plan."""
        if not self.known(request):
            return missing()
        what_if = self.what_if

        def made() -> str:
            turn, first = what_if.knobs(), what_if.ask({})
            return pages.html(what_if.scenario, turn, first, what_if.say, self.keep)

        answer = await self._solved(request, made)
        return answer if isinstance(answer, Response) else as_text(answer, "text/html")

    async def asset(self, request: Request) -> Response:
        """The page's look and program."""
        name = str(request.path_params.get("name", ""))
        if not self.known(request) or name not in ASSETS:
            return missing()
        kind, files = ASSETS[name]
        return as_text("".join(text(file) for file in files), kind)

    async def plan(self, request: Request) -> Response:
        """The plan under the changes that were sent."""
        if not self.known(request):
            return missing()
        settled = request.query_params.get("settled") == "1"
        try:
            asked = await json_body(request)
            self.what_if.read(asked)  # what makes no sense takes nobody's turn
        except UserError as error:
            return refused(error, self.what_if.say)
        answer = await self._solved(request, lambda: self.what_if.ask(asked, settled))
        return answer if isinstance(answer, Response) else as_json(answer)

    async def _solved(self, request: Request, job: Callable[[], Any]) -> Any:
        """What a job gives, or the response that says why it gives nothing."""
        say = self.what_if.say
        try:
            return await self.workers.run(job, lambda: left(request))
        except UserError as error:
            return refused(error, say)
        except Busy:
            text = say(_("too many plans are asked for at once; try again in a moment"))
            return as_json({"error": text}, 503)
        except TooSlow:
            text = say(_("no plan was found in {n} seconds", n=f"{self.workers.seconds:g}"))
            return as_json({"error": text}, 503)
        except Left:
            return Response(status_code=499)  # nobody reads it

    async def scenario(self, request: Request) -> Response:
        """The scenario file with the changes written in."""
        if not self.known(request):
            return missing()
        try:
            changed = self.what_if.text(await json_body(request))
        except UserError as error:
            return refused(error, self.what_if.say)
        return as_text(
            changed, "text/yaml", {"Content-Disposition": 'attachment; filename="scenario.yaml"'}
        )

    async def broken(self, request: Request, error: Exception) -> Response:
        """What is said where this program is at fault."""
        return as_json({"error": self.what_if.say(_("this could not be planned"))}, 500)


async def _not_found(request: Request, error: Exception) -> Response:
    return missing()


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
    site = Site(what_if, token, names_of(port))
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
