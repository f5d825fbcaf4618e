"""The pages, each from what stands in the folder and from the work that is under way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from optimizer.data.mapping.keys import KEYS
from optimizer.errors import Problem, UserError
from optimizer.messages import Text, _
from optimizer.report.goals import goal_title
from optimizer.report.words import Words
from optimizer.scenario import Scenario, load_scenario
from optimizer.serve.app import Site as WhatIfSite
from optimizer.serve.what_if import WhatIf
from optimizer.studio import tasks
from optimizer.studio.edits import differences
from optimizer.studio.folder import SCENARIO
from optimizer.studio.form import Posted, blank_rule, form_of, rules_by_direction
from optimizer.studio.jobs import Job
from optimizer.studio.remedies import Planned, planned
from optimizer.studio.site import Site, State

View = Callable[..., Awaitable[Response]]
MAPPED = "mapping.yaml"


def signature(site: Site, file: Path) -> tuple[Any, ...]:
    """What tells one state of an export, and of what is said about it, from another."""
    mapping = site.folder.exports / MAPPED
    said = mapping.stat() if mapping.is_file() else None
    own = file.stat()
    about = (said.st_size, said.st_mtime_ns) if said else ()
    return (file.name, own.st_size, own.st_mtime_ns, *about)


async def data(
    site: Site, request: Request, problems: Sequence[Problem] = (), status: int = 200
) -> Response:
    """Files, what was understood of each, and questions."""
    files = {file.name: signature(site, file) for file in site.folder.files()}
    reading = site.jobs.found.get("read")
    if reading is not None and reading.state == "done" and reading.value is not None:
        for sign in reading.of:
            site.understood[sign] = reading.value[sign[0]]
        reading.value = None
    unread = tuple(sign for sign in files.values() if sign not in site.understood)
    failed = site.job_done("read", unread)
    if unread and (failed is None or failed.state == "ended"):
        names = [sign[0] for sign in unread]
        site.jobs.start("read", unread, tasks.read, site.folder.path, names)
    made = site.jobs.found.get("make")
    known = made is not None and made.of == tuple(files.values())
    jobs = [site.jobs.found.get(kind) for kind in ("read", "make")]
    troubles = [*problems, *(failed.problems if unread and failed else ())]
    if made is not None and known and made.state == "failed":
        troubles += made.problems
    return site.render(
        request,
        "data",
        troubles,
        status,
        files=[(name, site.understood.get(sign)) for name, sign in files.items()],
        told=made.value if made is not None and known and made.state == "done" else (),
        keys={name: key.says for name, key in KEYS.items()},
        pairs=[name for name, key in KEYS.items() if key.form in ("pairs", "lists")],
        running=[job for job in jobs if job is not None and job.running],
    )


async def problems(
    site: Site,
    request: Request,
    problems: Sequence[Problem] = (),
    status: int = 200,
    posted: Posted | None = None,
) -> Response:
    """All that is wrong with files and scenario, each with its place; and the file itself."""
    state = site.state()
    job: Job | None = None
    if state.scenario is not None:
        of = (state.seen, site.data_state())
        job = site.job_done("check", of)
        if job is None or job.state == "ended":
            job = site.jobs.start("check", of, tasks.check_all, site.folder.path)
    exports = [
        (file.name, problem)
        for file in site.folder.files()
        if (known := site.understood.get(signature(site, file))) is not None
        for problem in known.problems
    ]
    found = state.problems if job is None else job.problems
    return site.render(
        request,
        "problems",
        problems,
        status,
        state=state,
        exports=exports,
        found=found,
        checks=job.value if job is not None and job.state == "done" else (),
        running=[job] if job is not None and job.running else [],
        typed=(posted or {}).get("text"),
    )


async def rules(
    site: Site,
    request: Request,
    problems: Sequence[Problem] = (),
    status: int = 200,
    posted: Posted | None = None,
    saved: bool = False,
) -> Response:
    """Goal, budget, horizon, bounds and rules."""
    state = site.state()
    found = _planned(site, request, state)[1]
    known = found.channels if found is not None else ()
    form = None
    if state.raw:
        form = form_of(state.raw, known, posted)
    blank = None
    if form is not None and posted and posted.get("action") == "add":
        try:
            blank = blank_rule(posted.get("add", ""), posted)
        except UserError as error:
            problems, status = [*problems, *error.problems], 400
    differs: tuple[tuple[Text, str, str], ...] = ()
    if form is not None and status == 409:
        differs = differences(form_of(state.raw, known), form)
    return site.render(
        request,
        "rules",
        problems or (() if state.raw else state.problems),
        status,
        state=state,
        form=form,
        blank=blank,
        differs=differs,
        directions=rules_by_direction(),
        seen=(posted or {}).get("seen", state.seen) if status != 409 else state.seen,
        dirty=posted is not None,
    )


async def plan(
    site: Site, request: Request, problems: Sequence[Problem] = (), status: int = 200
) -> Response:
    """The plan's report, or what collides and what would be enough."""
    state = site.state()
    say, found = _planned(site, request, state)
    job = site.jobs.found.get("plan")
    if job is not None and job.state == "done" and job.value is not None:
        site.sliders, job.value = (job.of, job.value[1]), None
    wrong = [*problems]
    if job is not None and job.state == "failed" and job.of == (state.seen, site.data_state()):
        wrong += job.problems
    return site.render(
        request,
        "plan",
        wrong,
        status,
        state=state,
        plan=found,
        remedies=[(i, say(one.text), one.place) for i, one in enumerate(found.remedies)]
        if found
        else [],
        stopped=job is not None and job.state == "ended",
        suggested=_free(site),
        running=[job] if job is not None and job.running else [],
    )


def _free(site: Site) -> str:
    """A name for a pin that is not taken."""
    taken, number = site.folder.pins(), 1
    while f"plan-{number}" in taken:
        number += 1
    return f"plan-{number}"


def _planned(site: Site, request: Request, state: State) -> tuple[Words, Planned | None]:
    say = site.words(request, state.scenario.currency if state.scenario else "CNY")
    return say, planned(site.folder, state.scenario, state.raw, say)


async def compare(
    site: Site, request: Request, problems: Sequence[Problem] = (), status: int = 200
) -> Response:
    """Pinned scenarios, and how their plans differ."""
    say = site.words(request)
    job = site.jobs.found.get("compare")
    files = {SCENARIO: site.folder.scenario, **{f.name: f for f in site.folder.pins().values()}}
    rows = [(name, *_summary(file, say)) for name, file in files.items() if file.is_file()]
    page = site.folder.comparison / "compare.html"
    made = page.stat().st_mtime_ns if page.is_file() else None
    return site.render(
        request,
        "compare",
        [*problems, *(job.problems if job is not None and job.state == "failed" else ())],
        status,
        rows=rows,
        made=made is not None,
        old=made is not None and any(f.stat().st_mtime_ns > made for f in files.values()),
        running=[job] if job is not None and job.running else [],
    )


def _summary(file: Path, say: Words) -> tuple[str, str, int, str]:
    """Budget, goal, how many rules, and what is wrong."""
    try:
        scenario: Scenario = load_scenario(file)
    except UserError as error:
        return "", "", 0, say.remark(error.problems[0].what)
    say = Words(say.lang, scenario.currency, page=True)
    goal = scenario.goal if isinstance(scenario.goal, str) else next(iter(scenario.goal))
    budget = say.money(scenario.budget) if scenario.budget is not None else say(_("no budget"))
    return budget, say(goal_title(str(goal))), len(scenario.rules), ""


async def download(
    site: Site, request: Request, problems: Sequence[Problem] = (), status: int = 200
) -> Response:
    """Everything to take along."""
    there = {f.name for f in site.folder.report.iterdir()} if site.folder.report.is_dir() else set()
    return site.render(
        request,
        "download",
        problems,
        status,
        there=there,
        compared=(site.folder.comparison / "compare.html").is_file(),
    )


async def what_if(
    site: Site, request: Request, problems: Sequence[Problem] = (), status: int = 200
) -> Response:
    """The sliders, once the scenario is prepared for them."""
    state = site.state()
    of = (state.seen, site.data_state())
    inner = sliders(site, request, of)
    if inner is not None and not problems:
        return await inner.page(request)
    job = site.job_done("sliders", of)
    if state.scenario is not None and (job is None or job.state == "ended"):
        job = site.jobs.start("sliders", of, tasks.sliders, site.folder.path)
    found = [*problems, *(job.problems if job is not None else state.problems)]
    running = [job] if job is not None and job.running else []
    return site.render(request, "what_if_wait", found, status, state=state, running=running)


def sliders(site: Site, request: Request, of: Any = None) -> WhatIfSite | None:
    """The what-if page of `optimizer serve` on this scenario (None: not prepared for it yet).

    Parameters
    ----------
    of
        The state it must be of (None: whichever is there, for a page that is open already).
    """
    job = site.jobs.found.get("sliders")
    if job is not None and job.state == "done" and job.value is not None:
        site.sliders, job.value = (job.of, job.value), None
    if site.sliders is None or (of is not None and site.sliders[0] != of):
        return None
    start = site.sliders[1]
    say = Words(request.path_params["lang"], start.scenario.currency, page=True)
    asked = WhatIf(start.scenario, start.prepared, start.saved, say)
    return WhatIfSite(asked, site.token, site.hosts, site.workers, site.sliders[0][0])


VIEWS: dict[str, View] = {
    "data": data,
    "problems": problems,
    "rules": rules,
    "plan": plan,
    "compare": compare,
    "download": download,
}
