"""What every page of the studio shares: the folder, the work under way, and how a page is made."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from optimizer.errors import Problem, UserError
from optimizer.messages import Message, _
from optimizer.report.page import environment
from optimizer.report.words import Words
from optimizer.scenario import Scenario, read_scenario
from optimizer.serve import http
from optimizer.serve.workers import Workers
from optimizer.studio import tasks, versions
from optimizer.studio.folder import SCENARIO, Folder, Stale
from optimizer.studio.form import raw_of
from optimizer.studio.jobs import Job, Jobs
from optimizer.yaml_file import parse

HOME = "optimizer.studio"
LANGS = {"en": "en", "zh": "zh-CN"}
MOST_FORM = 1_000_000  # bytes
MOST_FIELDS = 5_000
HEADERS = {
    **http.HEADERS,
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # a form without a referrer has no origin either
}
PAGES: dict[str, Message] = {
    "data": _("Data"),
    "problems": _("Problems"),
    "rules": _("Goal and rules"),
    "plan": _("Plan"),
    "compare": _("Compare"),
    "download": _("Download"),
}


@dataclass(frozen=True)
class State:
    """The scenario as it stands on disk.

    Attributes
    ----------
    text
        None: there is none.
    seen
        What tells this state from another.
    raw
        As plain data ({}: it cannot be read).
    scenario
        None: something is wrong with it.
    problems
        What is wrong.
    """

    text: str | None
    seen: str
    raw: dict[str, Any]
    scenario: Scenario | None
    problems: tuple[Problem, ...]


@dataclass
class Site:
    """One studio.

    Attributes
    ----------
    folder, token, hosts
        What it works on, the secret of its addresses, and the names it answers to.
    jobs, workers
        Work in processes: long, and short for the sliders.
    understood
        Export's state -> what it is.
    sliders
        What the what-if page starts from, and of which state of the folder.
    lock
        One writer at a time.
    """

    folder: Folder
    token: str
    hosts: frozenset[str]
    jobs: Jobs = field(default_factory=Jobs)
    workers: Workers = field(default_factory=Workers)
    understood: dict[tuple[Any, ...], tasks.Understood] = field(default_factory=dict)
    sliders: tuple[Any, tasks.Sliders] | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @cached_property
    def templates(self) -> Any:
        """Jinja with the studio's pages."""
        return environment(HOME)

    def known(self, request: Request) -> bool:
        """Whether a request is of this studio's own pages."""
        lang = request.path_params.get("lang", "en")
        return http.known(request, self.token, self.hosts) and lang in LANGS

    def words(self, request: Request, currency: str = "CNY") -> Words:
        """The reader's words."""
        return Words(request.path_params["lang"], currency, page=True)

    def state(self) -> State:
        """The scenario as it stands."""
        text, seen, raw = None, "", {}
        try:
            seen, text = self.folder.seen(), self.folder.text()
            if text is None:
                return State(None, "", {}, None, ())
            raw = raw_of(parse(text, SCENARIO, self.folder.path))
            return State(text, seen, raw, read_scenario(text, self.folder.path, SCENARIO), ())
        except UserError as error:
            return State(text, seen, raw, None, error.problems)

    def data_state(self) -> tuple[Any, ...]:
        """What tells one state of the tables from another."""
        if not self.folder.data.is_dir():
            return ()
        found = sorted(self.folder.data.iterdir())
        return tuple((f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in found)

    def render(
        self,
        request: Request,
        name: str,
        problems: Sequence[Problem] = (),
        status: int = 200,
        **more: Any,
    ) -> Response:
        """A page.

        Parameters
        ----------
        name
            One of `PAGES`, or a page that belongs to none.
        problems
            What went wrong with what was asked, shown first.
        more
            What its template needs.
        """
        state = more.pop("state", None) or self.state()
        say = self.words(request, state.scenario.currency if state.scenario else "CNY")
        back, again = versions.steps(self.folder)
        html = self.templates.get_template(f"{name}.html").render(
            say=say,
            base=f"/{self.token}/{say.lang}/",
            lang=say.lang,
            lang_tag=LANGS[say.lang],
            other=f"/{self.token}/{'zh' if say.lang == 'en' else 'en'}/",
            page=name,
            pages=PAGES,
            title=PAGES.get(name, _("What if")),
            name=str(state.raw.get("name") or self.folder.path.name),
            state=state,
            back=back,
            again=again,
            problems=[shown(one, say) for one in problems],
            shown=lambda one: shown(one, say),
            **more,
        )
        return Response(html, status, HEADERS, "text/html; charset=utf-8")

    def job_done(self, kind: str, of: Any) -> Job | None:
        """A job of this kind that has ended, if it was asked of this."""
        job = self.jobs.found.get(kind)
        return job if job is not None and job.of == of and not job.running else None


def shown(problem: Problem, say: Words) -> dict[str, Any]:
    """A problem as the pages show it."""
    return {
        "what": say.remark(problem.what),
        "where": say(problem.where) if problem.where else "",
        "fix": say(problem.fix) if problem.fix else "",
        "excerpt": problem.excerpt,
        "open": problem.open,
    }


async def posted(request: Request) -> dict[str, str]:
    """What a form of ours sent; of fields with one name the last.

    Raises
    ------
    UserError
        For what is no form, too large, or comes from elsewhere.
    """
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise UserError(_("this was not sent by a page of the studio"))
    text = await http.body(request, "application/x-www-form-urlencoded", MOST_FORM)
    try:
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise UserError(_("this is no form")) from None
    return dict(pairs)


def status_of(error: UserError) -> int:
    """How HTTP calls what went wrong."""
    if isinstance(error, http.TooLarge):
        return 413
    return 409 if isinstance(error, Stale) else 400


def events(words: dict[str, Any]) -> bytes:
    """One event of a stream."""
    return f"data: {json.dumps(words, ensure_ascii=False)}\n\n".encode()
