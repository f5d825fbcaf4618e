"""What a finished plan says of its scenario: whether it is still its plan, and where there is none,
each change that would be enough, with its place in the scenario.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.errors import UserError
from optimizer.messages import Text, _
from optimizer.pipeline.record import stated
from optimizer.report.titles import rule_title
from optimizer.report.words import Words
from optimizer.scenario import Scenario
from optimizer.studio.folder import Folder

MOST = 50_000_000  # bytes of a plan.json


@dataclass(frozen=True)
class Remedy:
    """One change that is enough on its own.

    Attributes
    ----------
    text
        "Budget: 70,000 instead of 20,000".
    place, value
        Where it stands in the scenario, and what it would be; no place: not in the file itself.
    """

    text: Text
    place: tuple[str | int, ...] | None
    value: float


@dataclass(frozen=True)
class Planned:
    """The plan that stands in the folder.

    Attributes
    ----------
    feasible
        Whether it is one.
    fresh
        Whether scenario and tables are still those it was made from.
    channels
        Of its lines.
    rules
        What collides, where there is no plan.
    remedies
        What would be enough.
    """

    feasible: bool
    fresh: bool
    channels: tuple[str, ...]
    rules: tuple[str, ...]
    remedies: tuple[Remedy, ...]


def planned(
    folder: Folder, scenario: Scenario | None, raw: Mapping[str, Any], say: Words
) -> Planned | None:
    """The plan in the folder (None: there is none that can be read).

    Parameters
    ----------
    scenario
        As it stands now (None: it is wrong).
    raw
        The same as plain data, for the places.
    say
        The reader's words.
    """
    found, record = (_json(folder, name) for name in ("plan.json", "run.json"))
    try:
        plan: Mapping[str, Any] = found or {}
        if not plan or not record:
            return None
        fresh = scenario is not None and _fresh(folder, scenario, record)
        channels = tuple(dict.fromkeys(str(row["channel"]) for row in plan.get("spend") or ()))
        rules = tuple(_said(r, r["bound"], say) for r in plan.get("conflict") or ())
        remedies = tuple(_remedy(fix, raw, say) for fix in plan.get("fixes") or ())
    except (KeyError, TypeError, AttributeError, OSError):
        return None  # not of this program
    return Planned(plan.get("totals") is not None, fresh, channels, rules, remedies)


def _json(folder: Folder, name: str) -> Any:
    file = folder.report / name
    try:
        if not file.is_file() or file.stat().st_size > MOST:
            return None
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _fresh(folder: Folder, scenario: Scenario, record: Mapping[str, Any]) -> bool:
    if record.get("scenario") != json.loads(json.dumps(stated(scenario))):
        return False
    made = (folder.report / "run.json").stat().st_mtime
    tables = [folder.path / str(one["file"]) for one in (record.get("inputs") or {}).values()]
    return all(table.exists() and table.stat().st_mtime <= made for table in tables)


def _said(rule: Mapping[str, Any], bound: Any, say: Words) -> str:
    name = say(rule_title(str(rule["rule"]), rule.get("of")))
    number = say.by_unit(float(bound), str(rule.get("unit") or ""))
    return say(_("{rule} {bound}", rule=name, bound=number))


def _remedy(fix: Mapping[str, Any], raw: Mapping[str, Any], say: Words) -> Remedy:
    text = _(
        "{change} (now {bound})",
        change=_said(fix, fix["needed"], say),
        bound=say.by_unit(float(fix["bound"]), str(fix.get("unit") or "")),
    )
    return Remedy(text, _place(str(fix["rule"]), fix.get("of"), raw), float(fix["needed"]))


def _place(rule: str, of: Any, raw: Mapping[str, Any]) -> tuple[str | int, ...] | None:
    """Where a rule of the problem stands in the scenario."""
    if rule == "budget" and not of and raw.get("budget") is not None:
        return ("budget",)
    channels = raw.get("channels")
    if isinstance(channels, dict) and isinstance(channels.get(of), dict) and rule in channels[of]:
        return ("channels", str(of), rule)
    for i, entry in enumerate(raw.get("rules") or ()):
        if isinstance(entry, dict) and rule in entry:
            named = (entry.get("of"), entry.get("period"))
            if (" ".join(str(part) for part in named if part) or None) == (of or None):
                return ("rules", i, rule)
    return None


def chosen(found: Planned | None, number: str) -> Remedy:
    """The remedy that was chosen by its number.

    Raises
    ------
    UserError
        Where there is none of this number, or none that the file can take.
    """
    remedies = found.remedies if found is not None else ()
    known = {str(i): one for i, one in enumerate(remedies) if one.place is not None}
    if number not in known:
        raise UserError(_("there is no such change to take"))
    return known[number]
