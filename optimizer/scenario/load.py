"""From a YAML file to a frozen `Scenario`, or to all of its problems at once, each with file:line:column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from optimizer.errors import Problem, Problems, UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.scenario.checks import disagreements
from optimizer.scenario.schema import Scenario
from optimizer.scenario.values import Wrong
from optimizer.scenario.yaml_file import Source, parse, plain, read_yaml


def load_scenario(file: Path | str, changes: Sequence[str] = ()) -> Scenario:
    """Read and check a scenario file (or the `scenario.yaml` of a folder).

    changes: "KEY=VALUE" as given with `--set`, e.g. "budget=300000", "channels.douyin/feed.max=90000",
    "rules.max_cac=50" (the rule of that name). Raises `Problems` with every problem of the file.
    """
    source = read_yaml(file)
    return _validate(source, changes)


def read_scenario(text: str, folder: Path | str = ".", name: str = "scenario") -> Scenario:
    """The same from YAML text."""
    return _validate(parse(text, name, Path(folder)), ())


def _validate(source: Source, changes: Sequence[str]) -> Scenario:
    from pydantic import ValidationError

    data = plain(source.tree, source.name)
    if not isinstance(data, dict):
        kind = "list" if isinstance(data, list) else "single value"
        raise UserError(
            f"a scenario is a mapping of keys, this is a {kind}",
            f"{source.name}:1:1",
            _("start from `optimizer new DIR`"),
        )
    given = {_set(data, change): f"--set {change}" for change in changes}
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        raise Problems(_problems(error, source, data, given)) from None
    wrong = [
        _problem(source, w.path, str(w), w.fix, w.at_key, given) for w in disagreements(scenario)
    ]
    if wrong:
        raise Problems(wrong)
    scenario._source = source
    return scenario


Given = Mapping[tuple[str | int, ...], str]  # what `--set` changed, and the words it was given in


def _problem(
    source: Source,
    path: Sequence[str | int],
    what: str,
    fix: str | None,
    at_key: bool,
    given: Given,
) -> Problem:
    words = next(
        (words for changed, words in given.items() if tuple(path[: len(changed)]) == changed), None
    )
    if words is not None:  # it does not stand in the file
        return Problem(what, words, fix)
    excerpt = source.excerpt(path, at_key)
    return Problem(f"{what}\n{excerpt}" if excerpt else what, source.where(path, at_key), fix)


def _problems(error: Any, source: Source, data: dict[str, Any], given: Given) -> list[Problem]:
    """Pydantic's findings in the order of the file."""
    found = [
        (source.locate(path) or (0, 0), problem)
        for path, problem in _found(error, source, data, given)
    ]
    return [problem for __, problem in sorted(found, key=lambda item: item[0])]


def _found(
    error: Any, source: Source, data: dict[str, Any], given: Given
) -> Iterable[tuple[list[str | int], Problem]]:
    for item in error.errors():
        path = [step for step in item["loc"] if not (isinstance(step, str) and step in ("[key]",))]
        cause = item.get("ctx", {}).get("error")
        fix: str | None = None
        at_key = False
        what = item["msg"]
        if isinstance(cause, Wrong):
            path, fix, at_key, what = [*path, *cause.path], cause.fix, cause.at_key, str(cause)
            if what.startswith("unknown key"):
                what += _(" in {path}", path=_shown(path[:-1]))
        elif item["type"] == "extra_forbidden":
            inside = path[:-1]
            what, at_key = (
                _("unknown key '{path}' in {inside}", path=path[-1], inside=_shown(inside)),
                True,
            )
            fix = did_you_mean(str(path[-1]), _fields(inside))
        elif item["type"] in ("model_type", "model_attributes_type", "dict_type"):
            what, fix = (
                _("{path} must be a mapping of keys", path=_shown(path)),
                _("write it as key: value lines"),
            )
        elif item["type"] in ("tuple_type", "list_type"):
            what, fix = (
                _("{path} must be a list", path=_shown(path)),
                _("write it as [a, b] or as lines that begin with -"),
            )
        elif item["type"] == "missing":
            what, path = _("{path} needs '{key}'", path=_shown(path[:-1]), key=path[-1]), path[:-1]
        elif item["type"] == "literal_error":
            what = _("{item} is no choice for {path}", item=repr(item["input"]), path=_shown(path))
            fix = _("one of {names}", names=item["ctx"]["expected"].replace(" or ", ", "))
        elif item["type"] == "string_pattern_mismatch":
            code = path[-1] == "currency"
            what = (
                _("{item} is no currency code", item=repr(item["input"]))
                if code
                else _("{item} is not a date", item=repr(item["input"]))
            )
            fix = (
                _("write its three capital letters, such as CNY or USD")
                if code
                else _("write it as 2026-10-05")
            )
        else:
            what = f"{_shown(path)}: {what[:1].lower()}{what[1:]}"
        real = _real(path, data)
        yield real, _problem(source, real, what, fix, at_key, given)


def _real(path: Sequence[str | int], data: Any) -> list[str | int]:
    """The part of a pydantic location that exists in the file (unions add steps of their own)."""
    out: list[str | int] = []
    for step in path:
        listed = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if listed or (isinstance(data, dict) and step in data):
            data = data[step]
            out.append(step)
    return out


def _shown(path: Sequence[str | int]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(
        "."
    )
    return (f"'{text}'" if len(path) == 1 else text) or _("the scenario")


def _fields(path: Sequence[str | int]) -> list[str]:
    """The keys a scenario knows at this place."""
    from typing import get_args

    from pydantic import BaseModel

    model: Any = Scenario
    for step in path:
        field = getattr(model, "model_fields", {}).get(step)
        inner = field.annotation if field else model
        candidates = [
            inner,
            *get_args(inner),
            *(a for arg in get_args(inner) for a in get_args(arg)),
        ]
        found = [c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)]
        model = found[0] if found else model
    return sorted(getattr(model, "model_fields", {}))


def _set(data: dict[str, Any], change: str) -> tuple[str | int, ...]:
    """Apply one `--set KEY=VALUE` to the raw mapping, before it is checked; the path of what it changed."""
    key, mark, text = change.partition("=")
    where = f"--set {change}"
    if not mark or not key.strip():
        raise UserError(_("this is not KEY=VALUE"), where, _("for example --set budget=300000"))
    value = plain(parse(text, where, Path()).tree, where) if text.strip() else None
    steps = _steps(key.strip(), data)
    node: Any = data
    path: list[str | int] = []
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
    if step.isdigit() and int(step) < len(items):
        return int(step)
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
