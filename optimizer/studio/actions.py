"""What is done to the folder, one action each; a page asks for it with a form and is shown anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import ClientDisconnect, Request

from optimizer.data.mapping.file import MAPPING, write_mapping
from optimizer.data.mapping.settings import changes
from optimizer.errors import UserError
from optimizer.inputs import admit
from optimizer.messages import _
from optimizer.serve.http import TooLarge
from optimizer.studio import tasks, versions
from optimizer.studio.edits import written
from optimizer.studio.folder import MOST_BYTES, SCENARIO
from optimizer.studio.form import Posted
from optimizer.studio.remedies import chosen, planned
from optimizer.studio.site import Site
from optimizer.studio.views import signature, sliders
from optimizer.yaml_file import changed, parse

Action = Callable[[Site, Request, Posted], Awaitable[None]]
IDLE = 30.0  # seconds without a byte of an upload


async def put(site: Site, request: Request) -> None:
    """Take a file: its name in the address, its bytes the body.

    Raises
    ------
    UserError
        For a name that cannot be, too many bytes, or an upload that stops; nothing is left of it.
    """
    with site.folder.putting(request.query_params.get("name", "")) as part:
        size, stream = 0, aiter(request.stream())
        with part.open("wb") as out:
            while True:
                try:
                    block = await asyncio.wait_for(anext(stream, b""), IDLE)
                except (TimeoutError, ClientDisconnect):
                    raise UserError(_("the request did not come whole")) from None
                size += len(block)
                if size > MOST_BYTES:
                    most = MOST_BYTES // 1_000_000
                    raise TooLarge(_("the file is larger than {most} MB", most=most))
                if not block:
                    break
                out.write(block)
        admit(part, most=MOST_BYTES)


async def remove(site: Site, request: Request, posted: Posted) -> None:
    """Take an export away; it stays among the versions."""
    site.folder.put_away(site.folder.file(posted.get("file", "")))


async def mapping(site: Site, request: Request, posted: Posted) -> None:
    """Say how an export is meant: written into the mapping.yaml beside it."""
    file = site.folder.file(posted.get("file", ""))
    said = [text for key, text in posted.items() if key.startswith("setting.") and text]
    if not said:
        name = posted.get("below", "").strip()
        key = posted.get("key", "") + (f".{name}" if name else "")
        said = [f"{key}={posted.get('value', '')}"]
    write_mapping(site.folder.exports / MAPPING, changes(said, file.name))


async def make(site: Site, request: Request, posted: Posted) -> None:
    """Make tables and scenario of the exports, in a process."""
    files = site.folder.files()
    if not files:
        raise UserError(_("no file to import"), fix=_("drop a file first"))
    of = tuple(signature(site, file) for file in files)
    lang, name = request.path_params["lang"], site.folder.path.name
    site.jobs.found.pop("make", None)
    site.jobs.start(
        "make", of, tasks.make, site.folder.path, [file.name for file in files], lang, name
    )


async def save(site: Site, request: Request, posted: Posted) -> None:
    """Write what was typed into the scenario."""
    text = site.folder.text()
    if text is None:
        raise UserError(_("there is no scenario yet"), fix=_("drop your files first"))
    say = site.words(request)
    state = site.state()
    found = planned(site.folder, state.scenario, state.raw, say)
    source = parse(text, SCENARIO, site.folder.path)
    new = written(source, posted, found.channels if found is not None else ())
    versions.save(site.folder, new, posted.get("seen", ""))


async def save_text(site: Site, request: Request, posted: Posted) -> None:
    """Make a text the scenario."""
    text = posted.get("text", "").replace("\r\n", "\n")
    versions.save(site.folder, text if text.endswith("\n") else text + "\n", posted.get("seen", ""))


async def undo(site: Site, request: Request, posted: Posted) -> None:
    """Take the last change back."""
    versions.step(site.folder, posted.get("seen", ""), back=True)


async def redo(site: Site, request: Request, posted: Posted) -> None:
    """Do again what was undone."""
    versions.step(site.folder, posted.get("seen", ""), back=False)


async def plan(site: Site, request: Request, posted: Posted) -> None:
    """Plan, in a process."""
    state = site.state()
    if state.text is None:
        raise UserError(_("there is no scenario yet"), fix=_("drop your files first"))
    lang = request.path_params["lang"]
    site.jobs.start("plan", (state.seen, site.data_state()), tasks.plan, site.folder.path, lang)


async def fix(site: Site, request: Request, posted: Posted) -> None:
    """Take a change that makes a plan possible, and plan."""
    state = site.state()
    if state.text is None:
        raise UserError(_("there is no scenario yet"), fix=_("drop your files first"))
    found = planned(site.folder, state.scenario, state.raw, site.words(request))
    one = chosen(found, posted.get("remedy", ""))
    assert one.place is not None
    text = changed(parse(state.text, SCENARIO, site.folder.path), [(one.place, one.value)])
    versions.save(site.folder, text, posted.get("seen", ""))
    await plan(site, request, posted)


async def keep(site: Site, request: Request, asked: object, seen: str) -> None:
    """Write what the sliders say into the scenario."""
    inner = sliders(site, request)
    if inner is None:
        raise UserError(_("there is no scenario yet"))
    versions.save(site.folder, inner.what_if.text(asked), seen)


async def pin(site: Site, request: Request, posted: Posted) -> None:
    """Keep the scenario as it stands under a name, to be compared."""
    site.folder.pin(posted.get("name", ""))


async def unpin(site: Site, request: Request, posted: Posted) -> None:
    """Take a pinned scenario away; it stays among the versions."""
    site.folder.put_away(_pinned(site, posted))


async def use(site: Site, request: Request, posted: Posted) -> None:
    """Make a pinned scenario the one at hand."""
    file = _pinned(site, posted)
    versions.save(site.folder, file.read_text(encoding="utf-8"), site.folder.seen())


def _pinned(site: Site, posted: Posted) -> Path:
    known = {file.name: file for file in site.folder.pins().values()}
    name = posted.get("name", "")
    if name not in known:
        raise UserError(_("no file here is called '{name}'", name=name[:80]))
    return known[name]


async def compare(site: Site, request: Request, posted: Posted) -> None:
    """Compare the scenarios that were ticked, in a process."""
    known = [SCENARIO, *(file.name for file in site.folder.pins().values())]
    names = [name for name in known if posted.get(f"take.{name}")]
    if len(names) < 2:
        raise UserError(_("tick two at least"))
    of = (tuple(names), site.folder.seen(), site.data_state())
    lang = request.path_params["lang"]
    site.jobs.start("compare", of, tasks.compare, site.folder.path, names, lang)


async def cancel(site: Site, request: Request, posted: Posted) -> None:
    """Stop the work of a page."""
    for kind in posted.get("kind", "").split(","):
        site.jobs.end(kind)


# what a form asks for -> what does it, and the page that follows
ACTIONS: dict[str, tuple[Action, str]] = {
    "data/remove": (remove, "data"),
    "data/map": (mapping, "data"),
    "data/make": (make, "data"),
    "data/cancel": (cancel, "data"),
    "problems/save": (save_text, "problems"),
    "problems/cancel": (cancel, "problems"),
    "rules/save": (save, "rules"),
    "rules/undo": (undo, "rules"),
    "rules/redo": (redo, "rules"),
    "plan/start": (plan, "plan"),
    "plan/cancel": (cancel, "plan"),
    "plan/fix": (fix, "plan"),
    "plan/pin": (pin, "compare"),
    "compare/start": (compare, "compare"),
    "compare/cancel": (cancel, "compare"),
    "compare/remove": (unpin, "compare"),
    "compare/use": (use, "rules"),
}
