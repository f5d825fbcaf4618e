"""From a YAML file to a frozen `Scenario`, or to all of its problems at once, each with
file:line:column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from optimizer.errors import Problem, Problems, UserError
from optimizer.inputs import whole
from optimizer.messages import Text, _
from optimizer.registry import did_you_mean
from optimizer.scenario.checks import contradictions
from optimizer.scenario.schema import Scenario
from optimizer.scenario.values import UnknownKey, Wrong
from optimizer.yaml_file import Source, parse, plain, read_yaml

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Steps = list[str | int]  # keys and list positions that lead to a value
Given = Mapping[tuple[str | int, ...], str]  # what `--set` changed, and the words it was given in


def load_scenario(file: Path | str, changes: Sequence[str] = ()) -> Scenario:
    """Read and check a scenario file.

    Parameters
    ----------
    file
        The file, or a folder with a `scenario.yaml`.
    changes
        "KEY=VALUE" as given with `--set`: "budget=300000", "channels.douyin/feed.max=90000",
        "rules.max_cac=50" (the rule of that name).

    Raises
    ------
    Problems
        Every problem of the file, each with file:line:column.
    """
    source = read_yaml(file)
    return _validate(source, changes)


def read_scenario(text: str, folder: Path | str = ".", name: str = "scenario") -> Scenario:
    """The same from YAML text.

    Parameters
    ----------
    text
        YAML.
    folder
        What paths under `data:` are relative to.
    name
        What the text is called in messages.

    Examples
    --------
    >>> read_scenario("budget: 40万").budget
    400000.0
    """
    return _validate(parse(text, name, Path(folder)), ())


def _validate(source: Source, changes: Sequence[str]) -> Scenario:
    from pydantic import ValidationError

    data = plain(source.tree, source.name)
    if not isinstance(data, dict):
        raise UserError(
            _("a scenario is a mapping of keys, this is a list")
            if isinstance(data, list)
            else _("a scenario is a mapping of keys, this is a single value"),
            f"{source.name}:1:1",
            _("start from `optimizer new DIR`"),
        )
    given = {_set(data, change): f"--set {change}" for change in changes}
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        raise Problems(_problems(error, source, data, given)) from None
    wrong = [
        _problem(source, _Finding(list(w.path), w.what, w.fix, w.at_key), given)
        for w in contradictions(scenario)
    ]
    if wrong:
        raise Problems(wrong)
    scenario._source = source
    return scenario


@dataclass(frozen=True)
class _Finding:
    """One thing wrong: where, what, what to try, and whether the key itself is the culprit."""

    path: Steps
    what: Text
    fix: Text | None = None
    at_key: bool = False


def _problem(source: Source, found: _Finding, given: Given) -> Problem:
    path = found.path
    words = next(
        (words for changed, words in given.items() if tuple(path[: len(changed)]) == changed), None
    )
    if words is not None:  # it does not stand in the file
        return Problem(found.what, words, found.fix)
    where, excerpt = source.where(path, found.at_key), source.excerpt(path, found.at_key)
    return Problem(found.what, where, found.fix, excerpt)


def _problems(
    error: ValidationError, source: Source, data: dict[str, Any], given: Given
) -> list[Problem]:
    """Pydantic's findings in the order of the file."""
    found = []
    for item in error.errors():
        finding = _finding(item)
        real = _Finding(_real(finding.path, data), finding.what, finding.fix, finding.at_key)
        found.append((source.locate(real.path) or (0, 0), _problem(source, real, given)))
    return [problem for __, problem in sorted(found, key=lambda pair: pair[0])]


def _finding(item: ErrorDetails) -> _Finding:
    """One of pydantic's findings in our words."""
    path: Steps = [step for step in item["loc"] if step != "[key]"]
    cause = item.get("ctx", {}).get("error")
    if isinstance(cause, Wrong):
        path = [*path, *cause.path]
        what = cause.what
        if isinstance(cause, UnknownKey):
            inside = _shown(path[:-1])
            what = _("unknown key '{path}' in {inside}", path=cause.key, inside=inside)
        return _Finding(path, what, cause.fix, cause.at_key)
    explain = _EXPLAINED.get(item["type"])
    if explain is not None:
        return explain(item, path)
    said = item["msg"]
    return _Finding(
        path, _("{where}: {what}", where=_shown(path), what=said[:1].lower() + said[1:])
    )


def _extra(item: ErrorDetails, path: Steps) -> _Finding:
    inside = path[:-1]
    what = _("unknown key '{path}' in {inside}", path=path[-1], inside=_shown(inside))
    return _Finding(path, what, did_you_mean(str(path[-1]), _fields(inside)), at_key=True)


def _no_mapping(item: ErrorDetails, path: Steps) -> _Finding:
    what = _("{path} must be a mapping of keys", path=_shown(path))
    return _Finding(path, what, _("write it as key: value lines"))


def _no_list(item: ErrorDetails, path: Steps) -> _Finding:
    what = _("{path} must be a list", path=_shown(path))
    return _Finding(path, what, _("write it as [a, b] or as lines that begin with -"))


def _missing(item: ErrorDetails, path: Steps) -> _Finding:
    inside = path[:-1]
    return _Finding(inside, _("{path} needs '{key}'", path=_shown(inside), key=path[-1]))


def _no_choice(item: ErrorDetails, path: Steps) -> _Finding:
    what = _("{item} is no choice for {path}", item=repr(item["input"]), path=_shown(path))
    names = str(item.get("ctx", {}).get("expected", "")).replace(" or ", ", ")
    return _Finding(path, what, _("one of {names}", names=names))


def _no_pattern(item: ErrorDetails, path: Steps) -> _Finding:
    if path[-1] == "currency":
        return _Finding(
            path,
            _("{item} is no currency code", item=repr(item["input"])),
            _("write its three capital letters, such as CNY or USD"),
        )
    what = _("{item} is not a date", item=repr(item["input"]))
    return _Finding(path, what, _("write it as 2026-10-05"))


_EXPLAINED: dict[str, Callable[[ErrorDetails, Steps], _Finding]] = {
    "extra_forbidden": _extra,
    "model_type": _no_mapping,
    "model_attributes_type": _no_mapping,
    "dict_type": _no_mapping,
    "tuple_type": _no_list,
    "list_type": _no_list,
    "missing": _missing,
    "literal_error": _no_choice,
    "string_pattern_mismatch": _no_pattern,
}


def _real(path: Steps, data: Any) -> Steps:
    """The part of a pydantic location that exists in the file (unions add steps of their own)."""
    out: Steps = []
    for step in path:
        listed = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if listed or (isinstance(data, dict) and step in data):
            data = data[step]
            out.append(step)
    return out


def _shown(path: Steps) -> Text:
    """A place as it is written: rules[1], channels.tv; a single key in quotes."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    text = text.lstrip(".")
    return (f"'{text}'" if len(path) == 1 else text) or _("the scenario")


def _fields(path: Steps) -> list[str]:
    """The keys a scenario knows at this place."""
    from pydantic import BaseModel

    model: type[BaseModel] = Scenario
    for step in path:
        field = model.model_fields.get(str(step))
        inner = field.annotation if field else model
        candidates = [
            inner,
            *get_args(inner),
            *(deep for outer in get_args(inner) for deep in get_args(outer)),
        ]
        found = [c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)]
        model = found[0] if found else model
    return sorted(model.model_fields)


def _set(data: dict[str, Any], change: str) -> tuple[str | int, ...]:
    """Apply one `--set KEY=VALUE` to the raw mapping, before it is checked; the path of what it
    changed.
    """
    key, mark, text = change.partition("=")
    where = f"--set {change}"
    if not mark or not key.strip():
        raise UserError(_("this is not KEY=VALUE"), where, _("for example --set budget=300000"))
    value = plain(parse(text, where, Path()).tree, where) if text.strip() else None
    steps = _steps(key.strip(), data)
    node: Any = data
    path: Steps = []
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        last = following is None
        if isinstance(node, list):
            index = _entry(node, step, where)
            path.append(index)
            if last or not isinstance(node[index], dict):
                node[index] = value if step == str(index) else {**node[index], step: value}
                return tuple(path if step == str(index) else [*path, step])
            node = node[index]
        elif isinstance(node, dict):
            path.append(step)
            if last:
                node[step] = value
                return tuple(path)
            node = node.setdefault(step, {})
            if node is None:
                raise UserError(_("'{step}' is empty in the scenario", step=step), where)
        else:
            raise UserError(_("'{step}' has nothing below it", step=step), where)
    return tuple(path)


def _steps(key: str, data: dict[str, Any]) -> list[str]:
    """Split a dotted key; a channel whose own name holds dots is kept whole."""
    parts = key.replace("[", ".").replace("]", "").split(".")
    if parts[0] == "channels" and len(parts) > 2:
        known = data.get("channels") or {}
        for end in range(len(parts), 1, -1):
            name = ".".join(parts[1:end])
            if name in known:
                return ["channels", name, *parts[end:]]
    return parts


def _entry(items: list[Any], step: str, where: str) -> int:
    """The list entry a step means: its number, or the one rule of that name."""
    number = whole(step, len(items) - 1) if items else None
    if number is not None:
        return number
    found = [i for i, item in enumerate(items) if isinstance(item, dict) and step in item]
    if len(found) == 1:
        return found[0]
    names = [str(k) for item in items if isinstance(item, dict) for k in item if k != "of"]
    if found:
        raise UserError(
            _("'{over}' stands there {found} times", over=step, found=len(found)),
            where,
            _("name it by number: {names}", names=", ".join(f"rules[{i}].{step}" for i in found)),
        )
    raise UserError(_("there is no '{step}' to set", step=step), where, did_you_mean(step, names))
