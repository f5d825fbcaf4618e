"""The studio's addresses: pages, what their forms ask for, progress, files to take along."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.progress import remaining
from optimizer.report.page import policy, program, text
from optimizer.serve import http
from optimizer.serve.app import ASSETS as SLIDERS
from optimizer.studio.actions import ACTIONS, keep, put
from optimizer.studio.archive import archive
from optimizer.studio.folder import Folder
from optimizer.studio.jobs import Job
from optimizer.studio.site import HEADERS, HOME, Site, events, posted, status_of
from optimizer.studio.views import VIEWS, sliders, what_if

Handler = Callable[[Request], Awaitable[Response]]
LOOK = {"studio.css": "text/css", "studio.js": "text/javascript"}
FRAMED = {"report": "report.html", "comparison": "compare.html"}
TAKEN = {
    "report": {
        *("report.html", "report.md", "plan.csv", "plan.json", "plan.xlsx", "attribution.csv"),
        *("segments.csv", "model.lp", "run.json"),
    },
    "comparison": {"compare.html", "compare.md"},
}


def app(folder: Path, token: str, port: int) -> Starlette:
    """The application.

    Parameters
    ----------
    folder
        The scenario folder; made where it is missing.
    token
        The secret every address starts with.
    port
        Where it is served.
    """
    site = Site(Folder(folder), token, http.names_of(port))

    def own(handler: Callable[[Site, Request], Awaitable[Response]]) -> Handler:
        """Only for the studio's own pages; strangers find nothing."""

        async def asked(request: Request) -> Response:
            return await handler(site, request) if site.known(request) else http.missing()

        return asked

    here = "/{token}/{lang}"
    made = Starlette(
        routes=[
            Route("/{token}/", own(_start), methods=["GET"]),
            Route("/{token}/{lang}/", own(_start), methods=["GET"]),
            Route(here + "/look/{name}", own(_look), methods=["GET"]),
            Route(here + "/progress/{kind}", own(_progress), methods=["GET"]),
            Route(here + "/upload", own(_upload), methods=["POST"]),
            Route(here + "/take/scenario.zip", own(_zip), methods=["GET"]),
            Route(here + "/file/{place}/{name}", own(_file), methods=["GET"]),
            Route(here + "/what-if/", own(what_if), methods=["GET"]),
            Route(here + "/what-if/keep", own(_keep), methods=["POST"]),
            Route(here + "/what-if/{name}", own(_sliders), methods=["GET", "POST"]),
            Route(here + "/{page}", own(_page), methods=["GET"]),
            Route(here + "/{page}/{action}", own(_act), methods=["POST"]),
        ],
        exception_handlers={404: _not_found, 405: _not_found, 500: _broken},
    )
    made.router.redirect_slashes = False
    return made


async def _start(site: Site, request: Request) -> Response:
    lang = request.path_params.get("lang", "en")
    first = "data" if site.folder.text() is None else "plan"
    return RedirectResponse(f"/{site.token}/{lang}/{first}", 303, HEADERS)


async def _page(site: Site, request: Request) -> Response:
    view = VIEWS.get(request.path_params["page"])
    return http.missing() if view is None else await view(site, request)


async def _act(site: Site, request: Request) -> Response:
    """Do what a form asks for, and show the page that follows; what is wrong is told on its own."""
    page = request.path_params["page"]
    action = f"{page}/{request.path_params['action']}"
    sent: dict[str, str] | None = None
    try:
        if action in ("rules/add", "rules/show"):
            sent = await posted(request)
            return await VIEWS["rules"](site, request, posted=sent)
        if action not in ACTIONS:
            return http.missing()
        do, after = ACTIONS[action]
        sent = await posted(request)
        async with site.lock:
            await do(site, request, sent)
    except UserError as error:
        more = {"posted": sent} if page in ("rules", "problems") and sent is not None else {}
        return await VIEWS[page](site, request, error.problems, status_of(error), **more)
    return RedirectResponse(f"/{site.token}/{request.path_params['lang']}/{after}", 303, HEADERS)


async def _upload(site: Site, request: Request) -> Response:
    if request.headers.get("content-type", "") != "application/octet-stream":
        return http.as_json({"error": site.words(request)(_("send a file"))}, 400)
    try:
        await put(site, request)
    except UserError as error:
        return http.refused(error, site.words(request))
    return http.as_json({})


async def _keep(site: Site, request: Request) -> Response:
    try:
        asked = await http.json_body(request)
        async with site.lock:
            await keep(site, request, asked, request.query_params.get("seen", ""))
    except UserError as error:
        return http.refused(error, site.words(request))
    return http.as_json({})


async def _sliders(site: Site, request: Request) -> Response:
    """The what-if page's own addresses."""
    inner, name = sliders(site, request), request.path_params["name"]
    if name in SLIDERS and request.method == "GET":
        kind, files = SLIDERS[name]
        return http.as_text("".join(text(file) for file in files), kind)
    asked = {"plan": inner.plan, "scenario.yaml": inner.scenario} if inner is not None else {}
    return (
        await asked[name](request) if name in asked and request.method == "POST" else http.missing()
    )


async def _look(site: Site, request: Request) -> Response:
    name = request.path_params["name"]
    if name not in LOOK:
        return http.missing()
    own = text(name, HOME)
    return http.as_text(text("report.css") + own if name == "studio.css" else own, LOOK[name])


async def _progress(site: Site, request: Request) -> Response:
    """How far a job is, as it goes; whoever closes this was the page that waited for it."""
    job = site.jobs.found.get(request.path_params["kind"])
    if job is None:
        return http.missing()
    say = site.words(request)

    def words(job: Job) -> dict[str, Any]:
        return {
            "step": say(job.step),
            "share": job.share,
            "left": say(remaining(job.left)),
            "end": "" if job.running else job.state,
        }

    async def told(job: Job) -> AsyncIterator[bytes]:
        async for news in site.jobs.follow(job):
            yield events(words(news))
        yield events(words(job))

    return StreamingResponse(told(job), 200, HEADERS, "text/event-stream")


async def _file(site: Site, request: Request) -> Response:
    """A file of the report; the report itself may run the two scripts that this program wrote."""
    place, name = request.path_params["place"], request.path_params["name"]
    file = site.folder.path / place / name
    if name not in TAKEN.get(place, ()) or file.is_symlink() or not file.is_file():
        return http.missing()
    headers = dict(HEADERS)
    if name == FRAMED[place]:
        own = policy(text("report.js"), program())
        headers["Content-Security-Policy"] = f"{own}; frame-ancestors 'self'"
        headers["X-Frame-Options"] = "SAMEORIGIN"
    else:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return FileResponse(file, headers=headers)


async def _zip(site: Site, request: Request) -> Response:
    name = quote(f"{site.folder.path.name or 'scenario'}.zip")
    made = await run_in_threadpool(archive, site.folder)

    def blocks() -> Any:
        with made:
            while block := made.read(1 << 18):
                yield block

    headers = {**HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return StreamingResponse(blocks(), 200, headers, "application/zip")


async def _not_found(request: Request, error: Exception) -> Response:
    return http.missing()


async def _broken(request: Request, error: Exception) -> Response:
    return Response("this went wrong", 500, HEADERS, "text/plain")
