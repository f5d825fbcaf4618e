"""The commands and what `optimizer --help` says of them.

This file stays free of imports: root help answers from it alone, at the speed of bare Python.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # importing it from typing would slow the start
if TYPE_CHECKING:
    from collections.abc import Callable

# name: (module:function, one line of help). The order is the order of the story.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": (
        "optimizer.cli.demo:demo",
        "Write a sample brand with known truth, plan it, write its report.",
    ),
    "new": ("optimizer.cli.new:new", "Write a scenario folder to start from."),
    "check": ("optimizer.cli.check:check", "Read and check everything, solve nothing."),
    "attribute": (
        "optimizer.cli.attribute:attribute",
        "Turn journeys into channel credit, models side by side.",
    ),
    "validate": (
        "optimizer.cli.validate:validate",
        "Which models predict unseen journeys, and what the data can tell.",
    ),
    "plan": ("optimizer.cli.plan:plan", "Spread the budget, prove the plan, write the report."),
    "report": (
        "optimizer.cli.report:report",
        "Write the report with its charts as pictures and its plan as a workbook.",
    ),
    "compare": (
        "optimizer.cli.compare:compare",
        "Plans side by side: several scenarios, or one over a changing key.",
    ),
    "frontier": (
        "optimizer.cli.frontier:frontier",
        "How the best plan changes with the budget, a rule, or exposure asked for.",
    ),
    "actuals": (
        "optimizer.cli.actuals:actuals",
        "Hold a plan against what came, and prepare the next one.",
    ),
    "breakeven": (
        "optimizer.cli.breakeven:breakeven",
        "What a live slot, a post or today's spend must sell to pay for itself.",
    ),
    "metrics": (
        "optimizer.cli.metrics:metrics",
        "CTR, CVR, AOV, CAC, ROI by channel, tier, stage, period; funnel, carts, cohorts.",
    ),
    "rfm": (
        "optimizer.cli.rfm:rfm",
        "Group customers by recency, frequency and money; what they are worth.",
    ),
    "experiment": (
        "optimizer.cli.experiment:experiment",
        "Read an A/B test or a geo hold-out; peeking is allowed.",
    ),
    "import": (
        "optimizer.cli.importing:importing",
        "Read platform exports into spend, orders, events or creators.",
    ),
    "map": (
        "optimizer.cli.mapping:mapping",
        "Say once how files are meant: columns, channels, words; kept beside them.",
    ),
    "studio": (
        "optimizer.cli.studio:studio",
        "The whole job in a browser: files, rules, plan, comparison, downloads.",
    ),
    "serve": (
        "optimizer.cli.serve:serve",
        "A what-if page on this machine: sliders for budget, caps and floors.",
    ),
    "simulate": ("optimizer.cli.simulate:simulate", "Write a company whose truth is known."),
    "doctor": (
        "optimizer.cli.doctor:doctor",
        "Is this machine fit: versions, solvers, memory, fonts, optional parts.",
    ),
    "completion": (
        "optimizer.cli.completion:completion",
        "Print the script that completes commands in bash, zsh or fish.",
    ),
    "list": (
        "optimizer.cli.listing:listing",
        "List models, rules, curves, goals, importers, templates.",
    ),
}

INTRO = """\
Turn customer journeys into channel credit, credit into response curves, and curves into a \
proven budget plan.

Start with `optimizer demo`, or with `optimizer new my-brand` and your own files."""


USAGE = "Usage: optimizer [OPTIONS] COMMAND [ARGS]..."
OPTIONS = """\
Options:
  --lang en|zh  Language of words. [default: the locale's]
  --version     Show the version and exit.
  -h, --help    Show this message and exit."""
CODES = """\
`optimizer COMMAND --help` shows a command's options and an example.
Exit codes: 0 done, 1 the input is wrong, 2 the command is wrong, 3 no plan can meet the rules."""


def chinese(words: list[str]) -> bool:
    """Whether help is wanted in Chinese: by `--lang`, else by the locale.

    Parameters
    ----------
    words
        The command line without the program's name; `[]`: ask the locale only.

    Returns
    -------
    bool
        False where neither says anything.
    """
    asked = None
    for i, word in enumerate(words):
        if word.startswith("--lang="):
            asked = word.removeprefix("--lang=")
        elif word == "--lang" and i + 1 < len(words):
            asked = words[i + 1]
    if asked in ("en", "zh"):
        return asked == "zh"
    for key in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(key):
            return os.environ[key].lower().startswith("zh")
    return False


def help_text() -> str:
    """What `optimizer --help` says."""
    width = max(map(len, COMMANDS)) + 2
    say: Callable[[str], str] = str
    if chinese(sys.argv[1:]):
        from optimizer.locale import Reader  # root help in English loads nothing
        from optimizer.messages import Message  # as above

        reader = Reader("zh")

        def say(text: str) -> str:
            return reader.template(Message(text))

    rows = "\n".join(f"  {name:<{width}}{say(text)}" for name, (_, text) in COMMANDS.items())
    return (
        f"{say(USAGE)}\n\n{say(INTRO)}\n\n{say(OPTIONS)}\n\n"
        f"{say('Commands:')}\n{rows}\n\n{say(CODES)}"
    )
