"""Which options go together: those of `optimizer attribute` in one table, and for every command what
nothing uses. It is refused, never ignored.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import click
from click.core import ParameterSource

from optimizer.attribution.registry import MODELS
from optimizer.cli.show import misuse
from optimizer.data.tables import Events, Paths
from optimizer.messages import _, listed

# what may be said with whatever is asked for
READING = frozenset(
    [
        "source",
        "form",
        "lang",
        "engine",
        "memory",
        "timezone",
        "columns",
        "separator",
        "ignore",
        "touch",
        "conversion",
        "join",
        "session_minutes",
        "lookback_days",
        "orders",
        "groups",
        "identities",
        "ties",
        "segment",
        "platforms",
        "no_nulls",
        "collapse",
        "raw",
        "no_store",
    ]
)
MODEL = frozenset(("models", "order", "half_life_days", "position", "direct", "truncate"))
TESTS = frozenset(("tests", "takers"))
DRAWN = frozenset(("intervals", "seed"))
# what is asked for -> the options that work with it, besides those of reading
ASKED: dict[str, frozenset[str]] = {
    "credit": MODEL | TESTS | DRAWN | {"stages", "like", "journeys"},
    "compared": MODEL | TESTS | DRAWN | {"stages", "like", "journeys"},
    "report": MODEL | DRAWN | {"like", "spend", "currency"},
    "period": MODEL | TESTS,
    "explain": frozenset(("order",)),
    "removal": frozenset(),
    "printed": (MODEL - {"truncate"}) | {"dialect"},
}
# options of some models -> the models
NEEDS: dict[str, tuple[str, ...]] = {
    "half_life_days": ("time_decay",),
    "position": ("position",),
    "direct": ("last_non_direct", "lifecycle"),
    "truncate": ("markov", "markov_by_journey"),
}
# what only one kind of table can do
ONLY_EVENTS = (
    *("touch", "conversion", "join", "session_minutes", "orders", "identities", "timezone"),
    "ties",
)
ONLY_PATHS = ("separator", "ignore")


def given(context: click.Context) -> list[str]:
    """Names of the parameters that were typed."""
    return [
        name
        for name in context.params
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]


def refuse_misfits(context: click.Context) -> None:
    """Refuse options that do not work together, before anything is read.

    Raises
    ------
    click.UsageError
        With all of them.
    """
    typed = given(context)
    asked = [name for name in ASKED if name in typed] or ["credit"]
    if len(asked) > 1:
        raise misuse(_("only one of {options} can be asked for", options=_names(context, asked)))
    works = READING | ASKED[asked[0]] | {asked[0]}
    misfits = [name for name in typed if name not in works]
    if misfits:
        if asked == ["credit"]:
            refuse_idle(context, misfits)
        raise misuse(
            _(
                "{options}: does nothing with {asked}",
                options=_names(context, misfits),
                asked=_names(context, asked),
            )
        )
    models = context.params["models"] or _unnamed(asked[0])
    if models and context.params.get("like") is None and not context.params["stages"]:
        _refuse_unused(context, typed, models)
    if asked[0] in ("credit", "compared") and not (
        context.params["intervals"] or context.params["tests"]
    ):
        refuse_idle(context, ("seed",))
    if "raw" in typed and context.params["form"] != "csv" and "journeys" not in typed:
        raise misuse(_("--raw is about csv: say --format csv, or --journeys FILE.csv"))


def refuse_idle(context: click.Context, idle: Collection[str]) -> None:
    """Refuse options that were typed though nothing that is asked for uses them.

    Parameters
    ----------
    idle
        Names of the parameters that nothing uses here.

    Raises
    ------
    click.UsageError
        With all of them.
    """
    typed = [name for name in given(context) if name in idle]
    if typed:
        raise misuse(
            _("{options}: nothing that is asked for uses it", options=_names(context, typed))
        )


def _unnamed(asked: str) -> list[str]:
    """The models that are taken where none is named; none: it does not matter."""
    if asked == "period":
        return ["last"]
    return MODELS.by_default() if asked in ("credit", "compared", "printed") else []


def _refuse_unused(context: click.Context, typed: Sequence[str], models: Sequence[str]) -> None:
    """Options of models that are not asked for."""
    needs = dict(NEEDS) | {"order": tuple(name for name in MODELS if MODELS[name].takes_order)}
    for name in typed:
        if name in needs and not set(needs[name]) & set(models):
            raise misuse(
                _(
                    "{options}: does nothing for {models}; it is for {names}",
                    options=_names(context, [name]),
                    models=listed(models),
                    names=listed(needs[name]),
                )
            )


def refuse_for_table(context: click.Context, opened: Events | Paths) -> None:
    """Refuse options that the table which was opened cannot follow.

    Raises
    ------
    click.UsageError
        With all of them.
    """
    paths = isinstance(opened, Paths)
    wrong = [name for name in given(context) if name in (ONLY_EVENTS if paths else ONLY_PATHS)]
    if wrong:
        names = _names(context, wrong)
        raise misuse(
            _("{options}: a path table has neither users nor times nor events", options=names)
            if paths
            else _("{options}: about path tables, and this is an events table", options=names)
        )


def _names(context: click.Context, names: Sequence[str]) -> Any:
    """The options as they are typed."""
    return listed(
        next((opt for opt in parameter.opts if opt.startswith("--")), parameter.opts[0])
        for parameter in context.command.params
        if parameter.name in names
    )
