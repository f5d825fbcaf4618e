"""The command line. Only this package knows click; it holds no logic.

This file stays free of imports: `optimizer --help` answers from it alone, at the speed of bare Python.
"""

from __future__ import annotations

import os
import sys

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
Turn customer journeys into channel credit, credit into response curves, and curves into a proven budget plan.

Start with `optimizer demo`, or with `optimizer new my-brand` and your own files."""


def chinese(words: list[str]) -> bool:
    """Whether help is wanted in Chinese: by `--lang`, else by the locale."""
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
    if chinese(sys.argv[1:]):
        from optimizer.cli import help_zh

        rows = "\n".join(
            f"  {name:<{width}}{help_zh.COMMANDS.get(name, text)}"
            for name, (_, text) in COMMANDS.items()
        )
        return (
            f"用法：optimizer [选项] 命令 [参数]...\n\n{help_zh.INTRO}\n\n"
            "选项：\n  --lang en|zh  文字的语言。[默认：随系统]\n  --version     显示版本后退出。\n  -h, --help    显示本帮助后退出。\n\n"
            f"命令：\n{rows}\n\n"
            "`optimizer 命令 --help` 显示该命令的选项和例子。\n"
            "退出码：0 完成，1 输入有误，2 命令有误，3 没有方案能满足规则。"
        )
    rows = "\n".join(f"  {name:<{width}}{text}" for name, (_, text) in COMMANDS.items())
    return (
        f"Usage: optimizer [OPTIONS] COMMAND [ARGS]...\n\n{INTRO}\n\n"
        "Options:\n  --lang en|zh  Language of words. [default: the locale's]\n"
        "  --version     Show the version and exit.\n  -h, --help    Show this message and exit.\n\n"
        f"Commands:\n{rows}\n\n"
        "`optimizer COMMAND --help` shows a command's options and an example.\n"
        "Exit codes: 0 done, 1 the input is wrong, 2 the command is wrong, 3 no plan can meet the rules."
    )


def main() -> None:
    """Entry point of the `optimizer` command."""
    words = sys.argv[1:]
    if (
        words in ([], ["-h"], ["--help"], ["--lang", "zh"], ["--lang", "en"])
        and "_OPTIMIZER_COMPLETE" not in os.environ
    ):
        sys.stdout.write(help_text() + "\n")
        sys.exit(0)
    from optimizer.cli.app import run

    sys.exit(run())
