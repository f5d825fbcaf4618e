"""A scenario from a founder's own files: what each of them is, the tables they become, and a first
page to edit.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.data.importers.exports import Imported, read_exports
from optimizer.data.importers.sheets import SHEET
from optimizer.data.open import open_paths, read_spend
from optimizer.data.tables import Spend
from optimizer.data.totals import ASSUMED_VALUE
from optimizer.errors import Problem, Problems, UserError
from optimizer.files import write_text
from optimizer.locale import Reader
from optimizer.messages import Text, _, listed
from optimizer.progress import counted
from optimizer.results.commit import commit
from optimizer.units import DAYS

# of the spend table -> of the plan
HORIZON = {"day": ("week", 8), "week": ("week", 8), "month": ("month", 3)}
# names of one platform
SAME = {
    **dict.fromkeys(("facebook", "fb", "instagram", "ig"), "meta"),
    **dict.fromkeys(("adwords", "youtube"), "google"),
    **dict.fromkeys(("抖音", "千川", "巨量千川", "巨量引擎"), "douyin"),
    **dict.fromkeys(("小红书", "聚光", "小红书聚光"), "xiaohongshu"),
    **dict.fromkeys(("淘宝", "天猫", "万相台", "阿里妈妈万相台"), "taobao"),
    **dict.fromkeys(("京东", "京准通"), "jd"),
}
# what a scenario is made from; other tables are for `optimizer metrics`
KINDS = ("spend", "totals", "shop", "events", "orders", "paths")


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
    with commit(folder, empty=True) as part:
        (part / "data").mkdir()
        found = tables_from(files, part / "data", tell)
        (part / "scenario.yaml").write_text(
            first_page(folder.resolve().name, part, found, reader), encoding="utf-8"
        )
    return folder / "scenario.yaml"


@dataclass
class Found:
    """What the files became: kind -> file below the folder, and the currencies they name."""

    tables: dict[str, str] = field(default_factory=dict)
    currencies: set[str] = field(default_factory=set)

    @property
    def currency(self) -> str:
        """The currency of the files; where they name none, the yuan (a platform in China is paid in it)."""
        known = sorted(code for code in self.currencies if re.fullmatch("[A-Z]{3}", code))
        return known[0] if known else "CNY"


def tables_from(files: Sequence[Path], data: Path, tell: Callable[[Text], None]) -> Found:
    """The tables that the files become; a file that cannot help is told and left out.

    Raises
    ------
    Problems
        Where a table that is understood holds mistakes, or no file is of any use.
    """
    kinds: dict[str, list[Path]] = {}
    unknown: list[Problem] = []
    problems: list[Problem] = []
    for file in counted(files):
        try:
            kinds.setdefault(_kind(file), []).append(file)
        except _Unknown as error:
            unknown += error.problems
        except UserError as error:
            problems += error.problems
    if problems or not kinds:
        raise Problems([*problems, *unknown])
    for problem in unknown:
        tell(
            _("left out {where}: {what}", where=problem.where, what=problem.what)
            if not problem.fix
            else _(
                "left out {where}: {what}; {fix}",
                where=problem.where,
                what=problem.what,
                fix=problem.fix,
            )
        )
    found = Found()
    if len(kinds.get("spend", ())) > 1:
        kinds["spend"] = _once(kinds["spend"], tell)
    for kind in KINDS:
        if kind in kinds:
            _table(kind, kinds[kind], data, found, tell)
    if len(found.currencies) > 1:
        raise UserError(
            _(
                "the files are in several currencies: {names}",
                names=listed(sorted(found.currencies)),
            ),
            listed(str(file) for file in files),
            _("convert the amounts to one currency first"),
        )
    _tell_what_is_missing(found.tables, tell)
    return found


def _once(files: Sequence[Path], tell: Callable[[Text], None]) -> list[Path]:
    """The files of spend without those whose platforms stand in a sheet of channels already: the
    same money would count twice.
    """
    platforms: dict[Path, set[str]] = {}
    sheets: list[Path] = []
    for file in files:
        with read_exports("auto", [file]) as read:
            platforms[file] = {_platform(str(name)) for name in read.frame()["channel"].unique()}
            sheets += [file] if SHEET in read.importers else []
    there = {name for sheet in sheets for name in platforms[sheet]}
    out = []
    for file in files:
        twice = sorted(platforms[file] & there) if file not in sheets else []
        if twice:
            tell(
                _(
                    "left out {where}: the sheet with one column per channel holds the spend of "
                    "{names} already",
                    where=str(file),
                    names=listed(twice),
                )
            )
        else:
            out.append(file)
    return out


def _platform(channel: str) -> str:
    """The platform of a channel, under one name."""
    first = re.split(r"[/\s_-]", channel.strip().lower(), maxsplit=1)[0]
    return SAME.get(first, first)


def _table(
    kind: str, files: Sequence[Path], data: Path, found: Found, tell: Callable[[Text], None]
) -> None:
    """Write the table that files of one kind become."""
    if kind == "paths":
        if len(files) > 1:
            raise UserError(
                _("several path tables"), listed(files), _("put them into one file first")
            )
        if _opens_as_paths(files[0]):
            shutil.copyfile(files[0], data / "paths.csv")
            found.tables[kind] = "data/paths.csv"
            return
    with read_exports("auto", files) as read:
        for text in (*read.notes, *read.warnings, *(one.text for one in read.sums)):
            tell(text)
        if read.problems:
            raise Problems(read.problems)
        found.currencies.update(read.currencies)
        if kind == "shop":
            _shop(read, data, found, tell)
            return
        if kind == "totals" and "totals" in found.tables:
            tell(
                _(
                    "left out {where}: the sheet with one column per channel says what was sold",
                    where=listed(files),
                )
            )
            return
        read.write(data / f"{kind}.csv")
        found.tables[kind] = f"data/{kind}.csv"
        if read.totals is not None:
            read.totals.write(data / "totals.csv")
            found.tables["totals"] = "data/totals.csv"


def _shop(read: Imported, data: Path, found: Found, tell: Callable[[Text], None]) -> None:
    """A shop's own numbers by day (生意参谋, 商智) as totals, where no others are known."""
    if "totals" in found.tables:
        tell(_("the shop's own table is left out: totals are known from another file"))
        return
    shop = read.frame()
    made = shop[["period"]].copy()
    sold = (
        "new_customers" if "new_customers" in shop and shop["new_customers"].notna().any() else ""
    )
    if sold:
        made["new_customers"] = shop["new_customers"]
    count = next((name for name in ("orders", "customers") if name in shop), None)
    if count is not None:
        made["orders"] = shop[count]
    if "gmv" in shop:
        refunds = shop["refunds"].fillna(0.0) if "refunds" in shop else 0.0
        made["revenue"] = shop["gmv"] - refunds
    if "visitors" in shop:
        made["visitors"] = shop["visitors"]
    made = made.groupby("period", as_index=False).sum(min_count=1)
    write_text(data / "totals.csv", made.to_csv(index=False))
    found.tables["totals"] = "data/totals.csv"
    tell(_("the shop's own table becomes totals: {names}", names=listed(made.columns[1:])))


def _tell_what_is_missing(tables: dict[str, str], tell: Callable[[Text], None]) -> None:
    """What a better answer wants, the most worth first."""
    if "spend" not in tables:
        tell(_("nothing says what was spent: add the exports of your ad accounts"))
    sold = {"totals", "orders", "events", "paths"} & set(tables)
    if not sold:
        tell(
            _(
                "nothing says what was sold: add weekly totals (period,new_customers) or the "
                "shop's orders, for the last year where you have it"
            )
        )


class _Unknown(UserError):
    """A file that is no table a plan is made from."""


def _kind(file: Path) -> str:
    """What a file is: a table of paths, or what an importer makes of it.

    Raises
    ------
    _Unknown
        For a file that is none of them.
    UserError
        For a table that is understood and holds mistakes, and for a file that is not there.
    """
    with read_exports("auto", [file]) as found:
        problems, table = found.problems, found.table
    if not problems and table in KINDS:
        return str(table)
    if table and not problems:
        raise _Unknown(
            _("a table of {table} is not what a plan is made from", table=table),
            str(file),
            _("give spend, totals, events, orders or paths"),
        )
    if _opens_as_paths(file):
        return "paths"
    if table or not file.is_file():
        raise Problems(problems)
    unknown = _Unknown(problems[0].what, problems[0].where, problems[0].fix)
    unknown.problems = tuple(problems)
    raise unknown


def _opens_as_paths(file: Path) -> bool:
    """Whether a file is a table of paths as it stands."""
    if not file.is_file() or file.suffix.lower() not in (".csv", ".txt", ".tsv"):
        return False
    try:
        open_paths(str(file))
    except UserError:
        return False
    return True


def first_page(name: str, folder: Path, found: Found, reader: Reader) -> str:
    """The scenario's text: last period's money again, no rules yet."""
    spend = _spend(folder, found)
    period, horizon = HORIZON[spend.period if spend is not None else "week"]
    recent = _recent(spend, DAYS[period] * horizon) if spend is not None else {}
    budget = reader.say(_("for the whole plan; as much as was last spent in this time"))
    goal = reader.say(_("or revenue, profit: `optimizer list goals`"))
    tables = ", ".join(f"{kind}: {file}" for kind, file in found.tables.items())
    lines = [
        f"name: {_quoted(name)}",
        f"currency: {found.currency}" + _assumed(found, reader),
        f"period: {period}",
        f"horizon: {horizon}",
        f"budget: {round(sum(recent.values())) or 100000}     # {budget}",
        f"goal: customers     # {goal}",
        f"data: {{{tables}}}",
        "",
    ]
    if (worth := _worth(folder, found, reader)) is not None:
        lines[-1:] = [worth, ""]
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


def _assumed(found: Found, reader: Reader) -> str:
    """The remark on a currency that no file names."""
    if found.currencies:
        return ""
    said = reader.say(_("assumed: your files name no currency"))
    return f"     # {said}"


def _spend(folder: Path, found: Found) -> Spend | None:
    if "spend" not in found.tables:
        return None
    return read_spend(str(folder / found.tables["spend"]))


def _worth(folder: Path, found: Found, reader: Reader) -> str | None:
    """The line that turns sales into customers, where the totals have nothing but sales."""
    if "totals" not in found.tables:
        return None
    header = (folder / found.tables["totals"]).read_text(encoding="utf-8").partition("\n")[0]
    if {"new_customers", "orders"} & set(header.split(",")):
        return None
    said = reader.say(_("assumed: sales per new customer; your files do not say it"))
    return f"value_per_customer: {ASSUMED_VALUE:g}     # {said}"


def _quoted(text: str) -> str:
    """A name as YAML takes it, whatever it holds."""
    return json.dumps(text, ensure_ascii=False)


def _recent(spend: Spend, days: float) -> dict[str, float]:
    """Channel -> what it cost in the last so many days, the most first.

    A table that is shorter is stretched: the plan's budget is for its whole length.
    """
    import pandas as pd

    frame = spend.frame
    last = frame["period"].max()
    since = frame[frame["period"] > last - pd.Timedelta(days=days)]
    seen = len(since["period"].unique()) * DAYS[spend.period]
    sums = since.groupby("channel")["spend"].sum() * max(1.0, days / max(seen, 1.0))
    known = {str(channel): float(sums.get(channel, 0.0)) for channel in spend.channels}
    return dict(sorted(known.items(), key=lambda pair: (-pair[1], pair[0])))
