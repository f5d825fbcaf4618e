"""`optimizer experiment`: which arm won, how sure that is, how long to go on; what a campaign brought in its regions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimizer.cli.show import format_option, note, table, tell, to_csv, to_json, words
from optimizer.errors import UserError
from optimizer.messages import _


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
    help="Write it into this scenario: a winner multiplies the channel's curve, a hold-out joins `experiments:`.",
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

    An A/B file has arm, visitors, conversions (one or several rows per arm), or one row per unit: arm, value.
    A geo file has region, period, value, treated (1 or 0; the region gets the campaign from --start on).
    """
    from optimizer.cli.importing import _pair
    from optimizer.customers.trial import read_trial

    if said["into"] is not None and not said["channel"]:
        raise UserError(
            _("--into needs the channel that was tested"),
            "--channel",
            _("write --channel douyin/feed"),
        )
    columns = tuple(_pair(c, "--column", "visitors=HEADER") for c in said["columns"])
    trial = read_trial(file, columns)
    if trial.regions is not None:
        _geo(trial.regions, said, form)
    else:
        _arms(trial.arms, said, form)


def _arms(arms: Any, said: dict[str, Any], form: str) -> None:
    from optimizer.customers.experiment import compare
    from optimizer.customers.learned import NINETY, scenario_entry, winner
    from optimizer.registry import did_you_mean

    names = [arm.name for arm in arms]
    name = said["control"] or names[0]
    if name not in names:
        raise UserError(
            _("there is no arm '{name}'", name=name), "--control", did_you_mean(name, names)
        )
    control = arms[names.index(name)]
    detect = None if said["detect"] is None else abs(said["detect"]) * control.mean
    rivals = len(arms) - 1
    level = (
        said["level"] / rivals
    )  # several arms: each is read at its share of the level (Bonferroni)
    readings = [
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
    rows: list[dict[str, Any]] = []
    for r in readings:
        factor = r.multiplier()
        rows.append(
            {
                "arm": r.treatment.name,
                "control": r.control.name,
                "n": r.treatment.n,
                "control_n": r.control.n,
                "mean": r.treatment.mean,
                "control_mean": r.control.mean,
                "difference": r.difference,
                "low": r.low,
                "high": r.high,
                "relative": r.relative,
                "p_value": r.p_value,
                "test": r.test,
                "level": r.level,
                "power": r.power,
                "needed_per_arm": r.needed,
                "still_needed": r.missing,
                "always_low": r.always_low,
                "always_high": r.always_high,
                "always_p": r.always_p,
                "decided": r.decided,
                "standard_error": r.standard_error,
                "multiplier": None if factor is None else factor[0],
                "multiplier_low": None if factor is None else factor[1],
                "multiplier_high": None if factor is None else factor[2],
            }
        )
        for text in r.notes:
            note(_("note: {text}", text=text))
    entries = [scenario_entry(said["channel"], r) for r in readings] if said["channel"] else []
    best = winner(readings)
    factor = best.multiplier(NINETY) if best is not None else None
    channels = (
        {said["channel"]: {"multiplier": factor[0]}}
        if said["channel"] and factor is not None
        else {}
    )
    if said["into"] is not None:
        _write_winner(said["into"], said["channel"], factor)
    if form == "json":
        click.echo(
            to_json(
                {"kind": "arms", "readings": rows, "experiments": entries, "channels": channels}
            ),
            nl=False,
        )
    elif form == "csv":
        click.echo(to_csv(rows, list(rows[0])), nl=False)
    else:
        share = control.share
        table(
            None,
            (
                "arm",
                "units",
                "rate" if share else "mean",
                "difference",
                "interval",
                "relative",
                "p",
                _("valid at every peek"),
                "p",
                _("still needed"),
            ),
            [
                (
                    x["arm"],
                    f"{x['n']:,}",
                    _show(x["mean"], share),
                    _signed(x["difference"], share),
                    f"{_signed(x['low'], share)} .. {_signed(x['high'], share)}",
                    "-" if x["relative"] is None else f"{x['relative']:+.1%}",
                    f"{x['p_value']:.3g}",
                    words(_("too little yet"))
                    if x["always_low"] is None
                    else f"{_signed(x['always_low'], share)} .. {_signed(x['always_high'], share)}",
                    f"{x['always_p']:.3g}",
                    "-" if x["still_needed"] is None else f"{x['still_needed']:,}",
                )
                for x in rows
            ],
            right=range(1, 10),
        )
        for x in rows:
            tell(_verdict(x, said["level"]))
        if channels and best is not None and factor is not None:
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
            click.echo(
                _(
                    "channels:\n  {channel}: {{multiplier: {factor}}}",
                    channel=said["channel"],
                    factor=f"{factor[0]:.6g}",
                )
            )


def _verdict(r: dict[str, Any], level: float) -> str:
    if r["decided"] is not None:
        return _(
            "'{winner}' won against '{loser}', at any time you look (false-alarm rate {level})",
            winner=r["decided"],
            loser=r["control"] if r["decided"] == r["arm"] else r["arm"],
            level=f"{level:g}",
        )
    if r["p_value"] <= r["level"]:
        return _(
            "'{arm}' differs from '{control}' if this is the one planned look; if you have "
            "peeked before, it is not decided yet",
            arm=r["arm"],
            control=r["control"],
        )
    return _("'{arm}' against '{control}' is not decided", arm=r["arm"], control=r["control"])


def _geo(frame: Any, said: dict[str, Any], form: str) -> None:
    from optimizer.customers.geo import difference_in_differences
    from optimizer.customers.learned import scenario_entry

    if not said["start"]:
        raise UserError(
            _("a geo hold-out needs its start"),
            "--start",
            _("write --start 2026-08-03, the first period of the campaign"),
        )
    r = difference_in_differences(frame, said["start"], said["end"], said["level"])
    for text in r.notes:
        note(_("note: {text}", text=text))
    row = {
        "effect": r.effect,
        "low": r.low,
        "high": r.high,
        "standard_error": r.standard_error,
        "p_value": r.p_value,
        "placebo_p": r.placebo,
        "relative": r.relative,
        "total": r.total,
        "total_error": r.total_error,
        "treated": r.treated,
        "control": r.control,
        "periods": r.periods,
        "level": r.level,
    }
    last = said["end"] or str(frame["period"].max())
    entries = [scenario_entry(said["channel"], r, (said["start"], last))] if said["channel"] else []
    if said["into"] is not None:
        entry = {
            key: float(f"{value:.6g}") if isinstance(value, float) else value
            for key, value in entries[0].items()
        }
        _into(
            said["into"],
            lambda scenario: [
                (("experiments", len(scenario.experiments)), entry)
                if scenario.experiments
                else (("experiments",), [entry])
            ],
            f"experiments: {said['channel']}",
        )
    if form == "json":
        click.echo(to_json({"kind": "regions", "reading": row, "experiments": entries}), nl=False)
    elif form == "csv":
        click.echo(to_csv([row], list(row)), nl=False)
    else:
        relative = "" if r.relative is None else f" ({r.relative:+.1%})"
        tell(
            f"per region and period: {r.effect:+,.2f}{relative}, {1 - r.level:.0%} interval {r.low:+,.2f} .. {r.high:+,.2f}, p = {r.p_value:.3g}"
            + (f", by permutation {r.placebo:.3g}" if r.placebo is not None else "")
        )
        tell(
            _(
                "in all: {total} (standard error {total_error}) over {treated} treated regions "
                "x {periods} periods, against {control} control regions",
                total=f"{r.total:+,.1f}",
                total_error=f"{r.total_error:,.1f}",
                treated=r.treated,
                periods=r.periods,
                control=r.control,
            )
        )
        _entries(entries)


def _write_winner(file: Path, channel: str, factor: tuple[float, float, float] | None) -> None:
    if factor is None:
        raise UserError(
            _("no arm beats the control, so nothing was written"),
            "--into",
            _("go on with the control, or collect more"),
        )
    _into(
        file,
        lambda scenario: [(("channels", channel, "multiplier"), round(factor[0], 4))],
        f"channels: {channel}: multiplier {factor[0]:.4g}",
    )


def _into(file: Path, changes: Any, what: str) -> None:
    """Change a scenario file, comments and order kept; the new text is read and checked before it replaces the old."""
    from optimizer.files import write_text
    from optimizer.scenario import load_scenario, read_scenario
    from optimizer.scenario.rewrite import rewrite

    path = file / "scenario.yaml" if file.is_dir() else file
    scenario = load_scenario(path)
    text = rewrite(scenario, changes(scenario))
    read_scenario(text, path.parent, str(path))
    write_text(path, text)
    note(f"wrote {path}: {what}")


def _entries(entries: list[dict[str, Any]]) -> None:
    if entries:
        tell(_("for the scenario:\nexperiments:"))
        for entry in entries:
            click.echo(
                "  - {"
                + ", ".join(
                    f"{k}: {v:.6g}" if isinstance(v, float) else f"{k}: {v}"
                    for k, v in entry.items()
                )
                + "}"
            )


def _show(value: float, share: bool) -> str:
    return f"{value:.2%}" if share else f"{value:,.2f}"


def _signed(value: float, share: bool) -> str:
    return f"{value:+.2%}" if share else f"{value:+,.2f}"
