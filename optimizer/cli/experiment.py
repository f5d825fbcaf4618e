"""`optimizer experiment`: which arm won, how sure that is, how long to go on; what a campaign
brought in its regions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from optimizer.cli.combinations import refuse_idle
from optimizer.cli.show import Row, emit, format_option, note, pair, table, tell
from optimizer.customers.arms import Arm
from optimizer.customers.experiment import TestResult, compare
from optimizer.customers.geo import GeoTestResult, difference_in_differences
from optimizer.customers.learned import NINETY, scenario_entry, winner
from optimizer.customers.trial import read_trial
from optimizer.errors import UserError
from optimizer.files import write_text
from optimizer.messages import Message, Text, _
from optimizer.registry import did_you_mean
from optimizer.scenario import Scenario, load_scenario, read_scenario
from optimizer.scenario.rewrite import rewrite

Interval = tuple[float, float, float]  # a factor with its low and high end
Entry = dict[str, Any]  # of a scenario's `experiments:`


@click.command(
    epilog="Example: optimizer experiment landing-pages.csv --detect 0.1 --channel douyin/feed"
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--control",
    metavar="ARM",
    help="The arm the others are held against. [default: the first one in the file]",
)
@click.option("--level", default=0.05, show_default=True, help="False-alarm rate.")
@click.option(
    "--detect",
    type=float,
    metavar="RELATIVE",
    help="The smallest relative effect worth knowing, for power and sample. [default: --expect]",
)
@click.option(
    "--expect",
    default=0.1,
    show_default=True,
    help="The relative effect the peeking test is tuned to; fix it before looking.",
)
@click.option("--start", metavar="DATE", help="Geo hold-out: the first period of the campaign.")
@click.option("--end", metavar="DATE", help="Geo hold-out: its last period.")
@click.option("--channel", help="Also print what the result means for this channel of a scenario.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, exists=True),
    metavar="SCENARIO",
    help="Write it into this scenario: a winner multiplies the channel's curve, a hold-out joins "
    "`experiments:`.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="OURS=HEADER",
    help="Which header holds arm, visitors, conversions, value; region, period, treated.",
)
@format_option
def experiment(file: Path, form: str, **said: Any) -> None:
    """Read an A/B test, or a geo hold-out.

    An A/B file has arm, visitors, conversions (one or several rows per arm), or one row per unit:
    arm, value. A geo file has region, period, value, treated (1 or 0; the region gets the campaign
    from --start on).
    """
    if said["into"] is not None and not said["channel"]:
        raise UserError(
            _("--into needs the channel that was tested"),
            "--channel",
            _("write --channel douyin/feed"),
        )
    columns = tuple(pair(c, "--column", "visitors=HEADER") for c in said["columns"])
    trial = read_trial(file, columns)
    arms, regions = ("control", "detect", "expect"), ("start", "end")
    refuse_idle(click.get_current_context(), regions if trial.regions is None else arms)
    if trial.regions is not None:
        _regions(trial.regions, said, form)
    else:
        _arms(trial.arms, said, form)


def _arms(arms: Sequence[Arm], said: dict[str, Any], form: str) -> None:
    results = _results(arms, said)
    channel = said["channel"]
    entries = [scenario_entry(channel, result) for result in results] if channel else []
    best = winner(results)
    factor = best.multiplier(NINETY) if best is not None else None
    if said["into"] is not None:
        _write_winner(said["into"], channel, factor)
    rows = [_row(result) for result in results]
    known = channel and factor is not None
    whole = {
        "kind": "arms",
        "readings": rows,
        "experiments": entries,
        "channels": {channel: {"multiplier": factor[0]}} if known and factor else {},
    }
    if emit(form, whole, rows, list(rows[0])):
        return
    _table(results)
    for result in results:
        tell(_verdict(result, said["level"]))
    if known and best is not None and factor is not None:
        tell(
            _(
                "with '{name}' the channel brings {factor} times as much (90 % interval {low} "
                "to {high}); in the scenario:",
                name=best.treatment.name,
                factor=f"{factor[0]:.3g}",
                low=f"{factor[1]:.3g}",
                high=f"{factor[2]:.3g}",
            )
        )
        click.echo(f"channels:\n  {channel}: {{multiplier: {factor[0]:.6g}}}")


def _results(arms: Sequence[Arm], said: dict[str, Any]) -> list[TestResult]:
    """Every other arm against the control; several are each read at their share of the level
    (Bonferroni).
    """
    names = [arm.name for arm in arms]
    name = said["control"] or names[0]
    if name not in names:
        raise UserError(
            _("there is no arm '{name}'", name=name), "--control", did_you_mean(name, names)
        )
    control = arms[names.index(name)]
    detect = None if said["detect"] is None else abs(said["detect"]) * control.mean
    rivals = len(arms) - 1
    level = said["level"] / rivals
    results = [
        compare(control, arm, level, detect, said["expect"]) for arm in arms if arm.name != name
    ]
    if rivals > 1:
        note(
            _(
                "{rivals} arms against '{name}': each is read at {level}, so that {whole} "
                "holds for all together",
                rivals=rivals,
                name=name,
                level=f"{level:.3g}",
                whole=f"{said['level']:g}",
            )
        )
    for result in results:
        for text in result.notes:
            note(_("note: {text}", text=text))
    return results


def _row(result: TestResult) -> Row:
    """A result for programs."""
    factor = result.multiplier()
    return {
        "arm": result.treatment.name,
        "control": result.control.name,
        "n": result.treatment.n,
        "control_n": result.control.n,
        "mean": result.treatment.mean,
        "control_mean": result.control.mean,
        "difference": result.difference,
        "low": result.low,
        "high": result.high,
        "relative": result.relative,
        "p_value": result.p_value,
        "test": result.test,
        "level": result.level,
        "power": result.power,
        "needed_per_arm": result.needed,
        "still_needed": result.missing,
        "always_low": result.always_low,
        "always_high": result.always_high,
        "always_p": result.always_p,
        "decided": result.decided,
        "standard_error": result.standard_error,
        "multiplier": None if factor is None else factor[0],
        "multiplier_low": None if factor is None else factor[1],
        "multiplier_high": None if factor is None else factor[2],
    }


def _table(results: Sequence[TestResult]) -> None:
    share = results[0].control.share
    heads: list[Text] = [
        _("arm"),
        _("units"),
        _("rate") if share else _("mean"),
        _("difference"),
        _("interval"),
        _("relative"),
        "p",
        _("valid at every peek"),
        "p",
        _("still needed"),
    ]
    rows: list[tuple[Text, ...]] = []
    for r in results:
        early = r.always_low is None or r.always_high is None
        rows.append(
            (
                r.treatment.name,
                f"{r.treatment.n:,}",
                _show(r.treatment.mean, share),
                _signed(r.difference, share),
                _range(r.low, r.high, share),
                "-" if r.relative is None else f"{r.relative:+.1%}",
                f"{r.p_value:.3g}",
                _("too little yet")
                if early
                else _range(r.always_low or 0.0, r.always_high or 0.0, share),
                f"{r.always_p:.3g}",
                "-" if r.missing is None else f"{r.missing:,}",
            )
        )
    table(None, heads, rows, right=range(1, 10))


def _verdict(result: TestResult, level: float) -> Message:
    arm, control = result.treatment.name, result.control.name
    if result.decided is not None:
        return _(
            "'{winner}' won against '{loser}', at any time you look (false-alarm rate {level})",
            winner=result.decided,
            loser=control if result.decided == arm else arm,
            level=f"{level:g}",
        )
    if result.p_value <= result.level:
        return _(
            "'{arm}' differs from '{control}' if this is the one planned look; if you have "
            "peeked before, it is not decided yet",
            arm=arm,
            control=control,
        )
    return _("'{arm}' against '{control}' is not decided", arm=arm, control=control)


def _regions(frame: Any, said: dict[str, Any], form: str) -> None:
    """A geo hold-out. frame: pandas, a row per region and period."""
    if not said["start"]:
        raise UserError(
            _("a geo hold-out needs its start"),
            "--start",
            _("write --start 2026-08-03, the first period of the campaign"),
        )
    result = difference_in_differences(frame, said["start"], said["end"], said["level"])
    for text in result.notes:
        note(_("note: {text}", text=text))
    row = {
        "effect": result.effect,
        "low": result.low,
        "high": result.high,
        "standard_error": result.standard_error,
        "p_value": result.p_value,
        "placebo_p": result.placebo,
        "relative": result.relative,
        "total": result.total,
        "total_error": result.total_error,
        "treated": result.treated,
        "control": result.control,
        "periods": result.periods,
        "level": result.level,
    }
    last = said["end"] or str(frame["period"].max())
    channel = said["channel"]
    entries = [scenario_entry(channel, result, (said["start"], last))] if channel else []
    if said["into"] is not None:
        _write_entry(said["into"], channel, entries[0])
    whole = {"kind": "regions", "reading": row, "experiments": entries}
    if emit(form, whole, [row], list(row)):
        return
    tell(_effect(result))
    tell(
        _(
            "in all: {total} (standard error {total_error}) over {treated} treated regions "
            "x {periods} periods, against {control} control regions",
            total=f"{result.total:+,.1f}",
            total_error=f"{result.total_error:,.1f}",
            treated=result.treated,
            periods=result.periods,
            control=result.control,
        )
    )
    if entries:
        tell(_("for the scenario:\nexperiments:"))
        for entry in entries:
            shown = (
                f"{k}: {v:.6g}" if isinstance(v, float) else f"{k}: {v}" for k, v in entry.items()
            )
            click.echo(f"  - {{{', '.join(shown)}}}")


def _effect(result: GeoTestResult) -> Message:
    fields = {
        "effect": f"{result.effect:+,.2f}",
        "level": f"{1 - result.level:.0%}",
        "low": f"{result.low:+,.2f}",
        "high": f"{result.high:+,.2f}",
        "p": f"{result.p_value:.3g}",
    }
    relative = "" if result.relative is None else f"{result.relative:+.1%}"
    placebo = "" if result.placebo is None else f"{result.placebo:.3g}"
    if relative and placebo:
        return _(
            "per region and period: {effect} ({relative}), {level} interval {low} .. {high}, "
            "p = {p}, by permutation {placebo}",
            **fields,
            relative=relative,
            placebo=placebo,
        )
    if relative:
        return _(
            "per region and period: {effect} ({relative}), {level} interval {low} .. {high}, "
            "p = {p}",
            **fields,
            relative=relative,
        )
    if placebo:
        return _(
            "per region and period: {effect}, {level} interval {low} .. {high}, p = {p}, by "
            "permutation {placebo}",
            **fields,
            placebo=placebo,
        )
    return _("per region and period: {effect}, {level} interval {low} .. {high}, p = {p}", **fields)


def _write_winner(file: Path, channel: str, factor: Interval | None) -> None:
    if factor is None:
        raise UserError(
            _("no arm beats the control, so nothing was written"),
            "--into",
            _("go on with the control, or collect more"),
        )
    path = _write(file, lambda __: [(("channels", channel, "multiplier"), round(factor[0], 4))])
    note(
        _(
            "wrote {path}: channels: {channel}: multiplier {factor}",
            path=path,
            channel=channel,
            factor=f"{factor[0]:.4g}",
        )
    )


def _write_entry(file: Path, channel: str, entry: Entry) -> None:
    short = {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in entry.items()}
    path = _write(
        file,
        lambda scenario: [
            (("experiments", len(scenario.experiments)), short)
            if scenario.experiments
            else (("experiments",), [short])
        ],
    )
    note(_("wrote {path}: experiments: {entry}", path=path, entry=channel))


def _write(file: Path, changes: Callable[[Scenario], list[tuple[tuple[Any, ...], Any]]]) -> Path:
    """Change a scenario file, comments and order kept; the new text is read and checked before it
    replaces the old.
    """
    path = file / "scenario.yaml" if file.is_dir() else file
    scenario = load_scenario(path)
    text = rewrite(scenario, changes(scenario))
    read_scenario(text, path.parent, str(path))
    write_text(path, text)
    return path


def _range(low: float, high: float, share: bool) -> str:
    return f"{_signed(low, share)} .. {_signed(high, share)}"


def _show(value: float, share: bool) -> str:
    return f"{value:.2%}" if share else f"{value:,.2f}"


def _signed(value: float, share: bool) -> str:
    return f"{value:+.2%}" if share else f"{value:+,.2f}"
