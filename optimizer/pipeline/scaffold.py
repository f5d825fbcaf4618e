"""A scenario from a founder's own files: what each of them is, the tables they become, and a first
page to edit.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from optimizer.data.importers.exports import read_exports
from optimizer.data.open import open_paths, read_spend
from optimizer.data.tables import Spend
from optimizer.errors import Problem, Problems, UserError
from optimizer.files import new_folder
from optimizer.locale import Reader
from optimizer.messages import Text, _, listed
from optimizer.progress import counted

# of the spend table -> of the plan
HORIZON = {"day": ("week", 8), "week": ("week", 8), "month": ("month", 3)}
DAYS = {"week": 7, "month": 30.4}
# what a scenario reads; other tables are for `optimizer metrics`
KINDS = ("spend", "events", "orders", "paths")


def scaffold(
    files: Sequence[Path], folder: Path, reader: Reader, tell: Callable[[Text], None]
) -> Path:
    """Write a scenario folder whose data are these files; whole or not at all.

    Parameters
    ----------
    reader
        The language of the remarks written beside the keys.
    tell
        Hears what was read.

    Returns
    -------
    Path
        The scenario file.

    Raises
    ------
    Problems
        With everything in the files that is not understood.
    """
    with new_folder(folder) as part:
        (part / "data").mkdir()
        found = _tables(files, part / "data", tell)
        (part / "scenario.yaml").write_text(
            _page(folder.resolve().name, part, found, reader), encoding="utf-8"
        )
    return folder / "scenario.yaml"


def _tables(files: Sequence[Path], data: Path, tell: Callable[[Text], None]) -> dict[str, str]:
    """Kind -> file below data/."""
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
                    _("several path tables"), listed(kinds[kind]), _("put them into one file first")
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


def _page(name: str, folder: Path, found: dict[str, str], reader: Reader) -> str:
    """The scenario's text: last period's money again, no rules yet."""
    spend = read_spend(str(folder / found["spend"])) if "spend" in found else None
    period, horizon = HORIZON[spend.period if spend is not None else "week"]
    recent = _recent(spend, DAYS[period] * horizon) if spend is not None else {}
    budget = reader.say(_("for the whole plan; as much as was last spent in this time"))
    goal = reader.say(_("or revenue, profit: `optimizer list goals`"))
    tables = ", ".join(f"{kind}: {file}" for kind, file in found.items())
    lines = [
        f"name: {_quoted(name)}",
        "currency: CNY",
        f"period: {period}",
        f"horizon: {horizon}",
        f"budget: {round(sum(recent.values())) or 100000}     # {budget}",
        f"goal: customers     # {goal}",
        f"data: {{{tables}}}",
        "",
    ]
    if recent:
        channels = _(
            "what each channel cost lately; min and max bound it, for example "
            "{{min: 5000, max: 40000}}"
        )
        lines += [f"# {reader.say(channels)}", "channels:"]
        width = max(len(_quoted(channel)) for channel in recent)
        lines += [
            f"  {_quoted(channel) + ':':<{width + 1}} {{}}     # {money:,.0f}"
            for channel, money in recent.items()
        ]
        lines.append("")
    rules = _("what must hold: `optimizer list rules`. Take away the # to use one.")
    lines += [f"# {reader.say(rules)}", "# rules:", "#   - {max_cac: 120}", "#   - {min_roi: 2}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A name as YAML takes it, whatever it holds."""
    return json.dumps(text, ensure_ascii=False)


def _recent(spend: Spend, days: float) -> dict[str, float]:
    """Channel -> what it cost in the last so many days of the table, the most first."""
    import pandas as pd

    frame = spend.frame
    last = frame["period"].max()
    since = frame[frame["period"] > last - pd.Timedelta(days=days)]
    sums = since.groupby("channel")["spend"].sum()
    known = {str(channel): float(sums.get(channel, 0.0)) for channel in spend.channels}
    return dict(sorted(known.items(), key=lambda pair: (-pair[1], pair[0])))
