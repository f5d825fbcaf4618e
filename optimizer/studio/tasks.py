"""What the studio has done in processes: each is what a command of the command line does, on the
same folder.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.allocation.plan import Plan
from optimizer.allocation.planner import solve
from optimizer.data.importers.exports import read_exports
from optimizer.data.importers.imported import RECORD, ColumnReport
from optimizer.data.importers.questions import questions
from optimizer.errors import Problem, UserError
from optimizer.locale import Reader
from optimizer.messages import Message, Text, _
from optimizer.pipeline import Prepared, check, prepare, run, sweep
from optimizer.pipeline.runtime_estimate import expected
from optimizer.pipeline.scaffold import KINDS, first_page, tables_from
from optimizer.progress import counted
from optimizer.report import write
from optimizer.report.compare import compare as write_comparison
from optimizer.report.workbook import write_workbook
from optimizer.results.commit import commit
from optimizer.results.rooms import room as private_room
from optimizer.scenario import Scenario, load_scenario
from optimizer.store import Store
from optimizer.studio.folder import SCENARIO, Folder
from optimizer.studio.jobs import Teller
from optimizer.studio.versions import save
from optimizer.yaml_file import changed, parse

WORKBOOK = "plan.xlsx"
WRITE = _("writing the report")


@dataclass(frozen=True)
class Understood:
    """What an export is, as `optimizer import --dry-run` tells it.

    Attributes
    ----------
    table
        Which of our tables it becomes ("": none).
    importers
        Who read it.
    rows
        Of the table.
    lines
        What it came to: lines to hold against the platform's own page.
    columns
        How each column was understood.
    remarks
        What was left out, and numbers that do not agree.
    problems
        What keeps it from being read; those with a question can be answered.
    """

    table: str
    importers: tuple[str, ...]
    rows: int
    lines: tuple[Message, ...]
    columns: tuple[ColumnReport, ...]
    remarks: tuple[Message, ...]
    problems: tuple[Problem, ...]


def _in(folder: Path) -> Folder:
    """The folder, which this process now stands in: places are told as they are seen from it."""
    os.chdir(folder)
    return Folder(Path())


def read(tell: Teller, folder: Path, names: Sequence[str]) -> dict[str, Understood]:
    """What each of some exports is.

    Parameters
    ----------
    tell
        Hears of progress.
    folder
        The studio's.
    names
        Of files in its exports.
    """
    here = _in(folder)
    tell(_("reading exports"))
    return {name: _understood(here.exports / name) for name in counted(names)}


def _understood(file: Path) -> Understood:
    try:
        with read_exports("auto", [file]) as found:
            remarks = (*found.notes, *found.warnings)
            lines = tuple(one.text for one in found.sums)
            problems, table = found.problems, found.table
        if problems and not table:
            problems = questions(file)
            table = table if problems else "paths"
    except UserError as error:
        return Understood("", (), 0, (), (), (), error.problems)
    return Understood(table, found.importers, found.rows, lines, found.columns, remarks, problems)


def make(
    tell: Teller, folder: Path, names: Sequence[str], lang: str, name: str
) -> tuple[Text, ...]:
    """Make the tables of the exports, and the scenario where there is none: `optimizer new --from`.

    Parameters
    ----------
    names
        Of the exports that count.
    name
        Of a new scenario.

    Returns
    -------
    tuple
        What was read, left out, and is missing.

    Raises
    ------
    Problems
        With everything in the files that is not understood; nothing is written then.
    """
    told: list[Text] = []
    here = _in(folder)
    tell(_("reading exports"))
    old = [here.data / f"{kind}.csv" for kind in KINDS]
    ours = [file for file in old if file.with_name(file.name + RECORD).is_file()]
    owned = [name for file in ours for name in (file.name, file.name + RECORD)]
    with private_room() as room:
        data = room / "tables" / "data"  # rooms are locked: what is committed stands below one
        data.mkdir(parents=True)
        files = [here.exports / one for one in names]
        found = tables_from(files, data, told.append)
        with commit(here.data, owned) as part:
            for made in sorted(data.iterdir()):
                shutil.copyfile(made, part / made.name)
            for file in old:
                if file.is_file() and (file in ours or (part / file.name).exists()):
                    shutil.copyfile(file, here.kept("data", file.name))
    seen, before = here.seen(), here.text()
    if before is None:
        save(here, first_page(name, here.path, found, Reader(lang)), seen)
        return tuple(told)
    source = parse(before, SCENARIO, here.path)
    said = (source.tree.get("data") or {}) if isinstance(source.tree, dict) else {}
    gone = [kind for kind in KINDS if kind in said and not os.path.exists(str(said[kind]))]
    changes = [
        *((("data", kind), None) for kind in gone if kind not in found.tables),
        *((("data", kind), file) for kind, file in found.tables.items() if said.get(kind) != file),
    ]
    if changes:
        save(here, changed(source, changes), seen)
    return tuple(told)


def check_all(tell: Teller, folder: Path) -> list[tuple[str, str, Text]]:
    """`optimizer check`."""
    _in(folder)
    loaded = load_scenario(SCENARIO)
    tell.expect(expected(loaded)[:3])
    return check(loaded, tell)


@dataclass(frozen=True)
class Sliders:
    """What the what-if page starts from."""

    scenario: Scenario
    prepared: Prepared
    saved: Plan


def _kept(scenario: Scenario) -> Store:
    """What other commands estimated of the same tables is found again, and the other way round."""
    return Store.beside(scenario.folder)


def plan(tell: Teller, folder: Path, lang: str) -> tuple[bool, Sliders]:
    """`optimizer report`: plan, report, workbook.

    Returns
    -------
    tuple
        Whether there is a plan, and what the sliders start from.
    """
    command = f"optimizer plan {shlex.quote(str(folder))}"
    here = _in(folder)
    loaded = load_scenario(SCENARIO)
    tell.expect([*expected(loaded), (WRITE, 1.5)])
    prepared = prepare(loaded, tell, store=_kept(loaded))
    outcome = run(loaded, say=tell, command=command, prepared=prepared)
    tell(WRITE)
    write(outcome, here.report, lang)
    if importlib.util.find_spec("xlsxwriter") is not None:
        write_workbook(outcome, here.report / WORKBOOK, lang)
    return outcome.plan.feasible, Sliders(loaded, prepared, outcome.plan)


def sliders(tell: Teller, folder: Path) -> Sliders:
    """What `optimizer serve` starts from."""
    _in(folder)
    loaded = load_scenario(SCENARIO)
    tell.expect(expected(loaded))
    prepared = prepare(loaded, tell, store=_kept(loaded))
    tell(_("allocating"))
    return Sliders(loaded, prepared, solve(prepared.problem(), solver="arrays", explain=False))


def compare(tell: Teller, folder: Path, names: Sequence[str], lang: str) -> bool:
    """`optimizer compare`: several scenarios of the folder, side by side.

    Parameters
    ----------
    names
        File names; equal evidence is read once.

    Returns
    -------
    bool
        Whether any of them has a plan.
    """
    here = _in(folder)
    loaded = [load_scenario(name) for name in names]
    tell.expect([*expected(loaded[0], loaded[1:]), (WRITE, 1.0)])
    outcomes = list(sweep(loaded, tell, stored=_kept))
    tell(WRITE)
    shown = [Path(name).stem for name in names]
    write_comparison(list(zip(shown, outcomes, strict=True)), here.comparison, lang)
    return any(outcome.plan.feasible for outcome in outcomes)
