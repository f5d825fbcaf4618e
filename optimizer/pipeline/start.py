"""A scenario from a founder's own files: what each of them is, the tables they become, and a first page to edit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.errors import Problem, Problems, UserError
from optimizer.files import new_folder
from optimizer.messages import _
from optimizer.progress import counted

if TYPE_CHECKING:
    from optimizer.data.tables import Spend

HORIZON = {
    "day": ("week", 8),
    "week": ("week", 8),
    "month": ("month", 3),
}  # of the spend table -> of the plan
DAYS = {"week": 7, "month": 30.4}
KINDS = (
    "spend",
    "events",
    "orders",
    "paths",
)  # what a scenario reads; other tables are for `optimizer metrics`


def start(
    files: Sequence[Path], folder: Path, comment: Callable[[str], str], tell: Callable[[str], None]
) -> Path:
    """Write a scenario folder whose data are these files, and return its scenario file; whole or not at all.

    comment: key -> a remark in the reader's language, written beside what it speaks of; tell: hears what was read.
    Raises `Problems` with everything in the files that is not understood.
    """
    with new_folder(folder) as part:
        (part / "data").mkdir()
        found = _tables(files, part / "data", tell)
        (part / "scenario.yaml").write_text(
            _page(folder.resolve().name, part, found, comment), encoding="utf-8"
        )
    return folder / "scenario.yaml"


def _tables(files: Sequence[Path], data: Path, tell: Callable[[str], None]) -> dict[str, str]:
    """Kind -> file below data/."""
    from optimizer.data.importers import read_exports

    kinds: dict[str, list[Path]] = {}
    problems: list[Problem] = []
    for file in counted(files):
        try:
            kinds.setdefault(_kind(file), []).append(file)
        except UserError as error:
            problems += error.problems
    if problems:
        raise Problems(problems)
    out = {}
    for kind in KINDS:
        if kind not in kinds:
            continue
        out[kind] = f"data/{kind}.csv"
        if kind == "paths":
            if len(kinds[kind]) > 1:
                raise UserError(
                    _("several path tables"),
                    ", ".join(map(str, kinds[kind])),
                    _("put them into one file first"),
                )
            shutil.copyfile(kinds[kind][0], data / "paths.csv")
            continue
        with read_exports("auto", kinds[kind]) as found:
            for text in (*found.notes, *found.warnings):
                tell(text)
            if found.problems:
                raise Problems(found.problems)
            found.write(data / f"{kind}.csv")
    return out


def _kind(file: Path) -> str:
    """What a file is: a table of paths, or what an importer makes of it."""
    from optimizer.data.importers import read_exports
    from optimizer.data.tables import open_paths

    try:
        with read_exports("auto", [file]) as found:
            if found.problems:
                raise Problems(found.problems)
            if found.table in KINDS:
                return str(found.table)
            raise UserError(
                _("a table of {table} is not what a plan is made from", table=found.table),
                str(file),
                _("give spend, events, orders or paths"),
            )
    except UserError as error:
        if not file.is_file() or file.suffix.lower() not in (".csv", ".txt", ".tsv"):
            raise
        try:
            open_paths(str(file))
        except UserError:
            raise error from None
        return "paths"


def _page(name: str, folder: Path, found: dict[str, str], comment: Callable[[str], str]) -> str:
    """The scenario's text: last period's money again, no rules yet."""
    spend: Any = None
    if "spend" in found:
        from optimizer.data.tables import read_spend

        spend = read_spend(str(folder / found["spend"]))
    period, horizon = HORIZON[spend.period if spend is not None else "week"]
    recent = _recent(spend, DAYS[period] * horizon) if spend is not None else {}
    budget, goal, channels, rules = (
        comment(key) for key in ("new.budget", "new.goal", "new.channels", "new.rules")
    )
    listed = ", ".join(f"{kind}: {file}" for kind, file in found.items())
    lines = [
        f"name: {json.dumps(name, ensure_ascii=False)}",
        "currency: CNY",
        f"period: {period}",
        f"horizon: {horizon}",
        f"budget: {round(sum(recent.values())) or 100000}     # {budget}",
        f"goal: customers     # {goal}",
        f"data: {{{listed}}}",
        "",
    ]
    if recent:
        width = max(len(json.dumps(channel, ensure_ascii=False)) for channel in recent)
        lines += [f"# {channels}", "channels:"]
        lines += [
            f"  {json.dumps(channel, ensure_ascii=False)}:{' ' * (width - len(json.dumps(channel, ensure_ascii=False)))} {{}}     # {money:,.0f}"
            for channel, money in recent.items()
        ]
        lines.append("")
    lines += [f"# {rules}", "# rules:", "#   - {max_cac: 120}", "#   - {min_roi: 2}"]
    return "\n".join(lines) + "\n"


def _recent(spend: Spend, days: float) -> dict[str, float]:
    """Channel -> what it cost in the last so many days of the table, the most first."""
    frame = spend.frame
    last = frame["period"].max()
    since = frame[frame["period"] > last - _days(days)]
    sums = since.groupby("channel")["spend"].sum()
    known = {str(channel): float(sums.get(channel, 0.0)) for channel in spend.channels}
    return dict(sorted(known.items(), key=lambda pair: (-pair[1], pair[0])))


def _days(count: float) -> Any:
    import pandas as pd

    return pd.Timedelta(days=count)
