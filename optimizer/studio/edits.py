"""What was typed into the page of goal and rules, as changes of the scenario's text; and where two
states of the page differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import Text, _
from optimizer.scenario.registered import rule_hints
from optimizer.studio.form import (
    Field,
    Form,
    Posted,
    RuleRow,
    form_of,
    posted_channels,
    posted_rules,
    raw_of,
    rule_row,
    rules_of,
)
from optimizer.studio.typed import is_name, listed, typed
from optimizer.yaml_file import Source, changed


def written(source: Source, posted: Posted, known: Sequence[str]) -> str:
    """The scenario's text with what was typed.

    Raises
    ------
    Problems
        For what cannot be read at all; what makes no sense is found by the scenario's own check.
    """
    raw = raw_of(source)
    shape, sent = form_of(raw, known), posted_channels(posted)
    changes: list[tuple[Sequence[str | int], Any]] = []
    problems: list[Problem] = []

    def take(
        place: Sequence[str | int], one: Field, label: Text, name: bool = False, sent: str = ""
    ) -> None:
        text = posted.get(sent or one.name, one.value)
        if text.strip() == one.value.strip():
            return
        try:
            changes.append((tuple(place), text.strip() or None if name else typed(text)))
        except UserError as error:
            problems.extend(Problem(p.what, label, p.fix) for p in error.problems)

    for one in shape.basics:
        take((one.name,), one, one.label, one.name in ("name", "goal", "period", "currency"))
    for row in shape.channels:
        for one in row.fields:
            bound = one.name.rpartition(".")[2]
            take(("channels", row.name, bound), one, row.name, sent=f"{sent.get(row.name)}.{bound}")
    changes += _rule_changes(rules_of(raw), posted, problems)
    if problems:
        raise Problems(problems)
    return changed(source, changes) if changes else "\n".join(source.lines) + "\n"


def _rule_changes(
    there: Sequence[dict[str, Any]], posted: Posted, problems: list[Problem]
) -> list[tuple[Sequence[str | int], Any]]:
    """What was typed about rules; entries are found by what stood in them."""
    changes: list[tuple[Sequence[str | int], Any]] = []
    added: list[dict[str, Any]] = []
    gone: list[int] = []
    left = list(range(len(there)))
    for key, was in posted_rules(posted):
        at = next((i for i in left if there[i] == was), None) if posted.get(f"{key}.was") else None
        if at is not None:
            left.remove(at)
        if posted.get(f"{key}.gone"):
            gone += [] if at is None else [at]
            continue
        row = rule_row(key, was, {})
        if row is None:
            continue
        try:
            typed_in = _entry(row, posted)
        except UserError as error:
            problems += [Problem(p.what, row.title, p.fix) for p in error.problems]
            continue
        if at is None:
            added.append({k: v for k, v in {**was, **typed_in}.items() if v is not None})
        else:
            changes += [(("rules", at, k), v) for k, v in typed_in.items()]
    if added and not there:
        changes.append((("rules",), added))
    else:
        changes += [(("rules", len(there) + i), one) for i, one in enumerate(added)]
    return [*changes, *((("rules", at), None) for at in sorted(gone, reverse=True))]


def _entry(row: RuleRow, posted: Posted) -> dict[str, Any]:
    """What was typed into a rule's fields and is not as it was."""
    hints, out = rule_hints(row.rule), {}
    for one in row.fields:
        text, key = posted.get(one.name, one.value).strip(), one.name.rpartition(".")[2]
        if text == one.value.strip():
            continue
        if key == "of":
            out["of"] = listed(text)
        elif key == "value":
            out[row.rule] = typed(text)
        else:
            out[key] = (text or None) if is_name(hints[key]) else typed(text)
    if not row.was and out.get(row.rule) is None:
        raise UserError(_("a rule needs a number"))
    return out


def differences(form: Form, other: Form) -> tuple[tuple[Text, str, str], ...]:
    """Where two states of the page differ: (what, in the file, on the page).

    Parameters
    ----------
    form
        Of the file.
    other
        With what was typed.
    """
    out: list[tuple[Text, str, str]] = []
    pairs = list(zip(form.basics, other.basics, strict=True))
    for one, mine in pairs:
        if one.value.strip() != mine.value.strip():
            out.append((one.label, one.value, mine.value))
    mine_by = {row.name: row for row in other.channels}
    for row in form.channels:
        for one, mine in zip(row.fields, mine_by.get(row.name, row).fields, strict=True):
            if one.value.strip() != mine.value.strip():
                label = _("{channel}: {bound}", channel=row.name, bound=one.label)
                out.append((label, one.value, mine.value))
    here, there = _sentences(form.rules), _sentences(other.rules)
    out += [(title, text, "") for title, text in here if (title, text) not in there]
    out += [(title, "", text) for title, text in there if (title, text) not in here]
    return tuple(out)


def _sentences(rows: Sequence[RuleRow]) -> list[tuple[Text, str]]:
    return [
        (row.title, " ".join(one.value for one in row.fields if one.value))
        for row in rows
        if not row.gone
    ]
