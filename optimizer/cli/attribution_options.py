"""The options of `optimizer attribute`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from optimizer.cli.journey_options import journey_options
from optimizer.cli.show import format_option, lang_option
from optimizer.cli.storing import store_option

F = TypeVar("F", bound=Callable[..., Any])


def attribution_options(function: F) -> F:
    """The options that say what is asked of the models, in which form, and what a journey is."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


OPTIONS = (
    click.option(
        "--model",
        "-m",
        "models",
        multiple=True,
        metavar="M",
        help="A model, repeatable; see `optimizer list models`. [default: the usual ones]",
    ),
    click.option(
        "--order",
        default=None,
        metavar="K",
        help="Touches a Markov state remembers: 1, 2, ..., 1,2,3 or auto. [default: 1]",
    ),
    click.option(
        "--intervals",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Bootstrap replicates for 90 % intervals, such as 1000.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        help="Seed of the bootstrap.",
    ),
    click.option(
        "--stages",
        is_flag=True,
        help="Tell credit by lifecycle stage too (events with milestones).",
    ),
    click.option(
        "--like",
        metavar="TOOL",
        help="The convention of another tool: channelattribution, do-attribution, mam, ...",
    ),
    click.option(
        "--segment",
        metavar="NAME",
        help="Only the people of this segment (the latest that is known of each).",
    ),
    click.option(
        "--platforms", is_flag=True, help="Roll tiers up: xiaohongshu/koc counts as xiaohongshu."
    ),
    click.option(
        "--direct",
        metavar="CHANNEL",
        multiple=True,
        help="Channels that last_non_direct passes over. [default: direct]",
    ),
    click.option(
        "--no-nulls", is_flag=True, help="Leave journeys without a conversion out of the chain."
    ),
    click.option(
        "--collapse", is_flag=True, help="Count consecutive repeats of a channel as one touch."
    ),
    click.option(
        "--truncate", metavar="STEPS", help="Cut the chain's sum: a number of steps, or `longest`."
    ),
    click.option(
        "--half-life",
        "half_life_days",
        type=float,
        metavar="DAYS",
        help="time_decay: a touch this much older counts half. [default: 7]",
    ),
    click.option(
        "--position",
        metavar="F,M,L",
        help="position: first, middle and last share. [default: 0.4,0.2,0.4]",
    ),
    click.option(
        "--calibrate",
        "tests",
        multiple=True,
        metavar="TEST",
        help="A lift test, repeatable: CHANNEL=0.7 (times what the model says), or a csv with "
        "channel, multiplier or conversions.",
    ),
    click.option(
        "--difference",
        "takers",
        multiple=True,
        metavar="WHO",
        help="Who takes what a calibrated channel loses: untested, organic, total (nobody), or a "
        "channel, repeatable. [default: untested]",
    ),
    click.option(
        "--explain", metavar="CHANNEL", help="Take this channel's removal effect apart instead."
    ),
    click.option(
        "--removal",
        is_flag=True,
        help="Print the removal effect three ways instead: users lost, the touch skipped, users "
        "left untouched.",
    ),
    click.option(
        "--journeys",
        metavar="FILE",
        help="Also write credit journey by journey (csv or parquet), for the last model named.",
    ),
    click.option(
        "--by",
        "period",
        type=click.Choice(["day", "week", "month"]),
        help="Print the last model's credit by period of touch instead.",
    ),
    click.option(
        "--compare", "compared", is_flag=True, help="Print how far the models disagree instead."
    ),
    click.option(
        "--report",
        metavar="FOLDER",
        help="Write the page that defends the last model named instead: models side by side with "
        "spend, differences, other conventions, what was read.",
    ),
    click.option(
        "--spend",
        metavar="FILE",
        help="The spend table, for CPA and ROAS (--report). [default: the scenario's]",
    ),
    click.option(
        "--currency",
        metavar="CODE",
        help="Currency of values (--report). [default: the scenario's, else CNY]",
    ),
    lang_option,
    click.option(
        "--engine",
        type=click.Choice(["duckdb", "spark"]),
        default="duckdb",
        show_default=True,
        help="Where events are counted (spark: parquet, the extra [spark]).",
    ),
    click.option(
        "--memory",
        metavar="SIZE",
        help="Memory the data engine may use before it spills to disk, such as 4GB. [default: 60 % "
        "of the machine's]",
    ),
    click.option(
        "--timezone",
        metavar="ZONE",
        help="The clock times are read and shown on, such as Asia/Shanghai (events).",
    ),
    journey_options,
    click.option(
        "--raw",
        is_flag=True,
        help="Write csv as it is; otherwise a text that a spreadsheet would run as a formula gets "
        "an apostrophe before it.",
    ),
    click.option(
        "--print-sql",
        "printed",
        is_flag=True,
        help="Print the query that counts, instead of running it.",
    ),
    click.option(
        "--dialect",
        default="duckdb",
        show_default=True,
        metavar="D",
        help="Dialect of --print-sql: duckdb, postgres, spark or databricks.",
    ),
    store_option,
    format_option,
)
