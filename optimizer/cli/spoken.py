"""What click itself says, in Chinese: the frame of a command's help, and what is wrong with a command line."""

from __future__ import annotations

import copy
import re

import click

from optimizer.report.words.messages import translate

FRAME = (
    ("Usage: ", "用法："),
    ("Options:", "选项："),
    ("[OPTIONS]", "[选项]"),
    ("Show this message and exit.", "显示本帮助后退出。"),
    ("Show the version and exit.", "显示版本后退出。"),
    ("Example: ", "例："),
    ("[required]", "[必填]"),
    ("COMMAND [ARGS]...", "命令 [参数]..."),
)


def framed(text: str) -> str:
    """The help click puts together, its own words in Chinese."""
    for english, chinese in FRAME:
        text = text.replace(english, chinese)
    return re.sub(r"\[default:\s+([^\]]+)\]", r"[默认：\1]", text)


def in_chinese(command: click.Command, name: str) -> click.Command:
    """A copy of the command with its help in Chinese; the command itself keeps its words."""
    from optimizer.cli import help_zh

    class Spoken(type(command)):  # type: ignore[misc]
        def get_help(self, ctx: click.Context) -> str:
            return framed(super().get_help(ctx))

    command = copy.copy(command)
    command.__class__ = Spoken
    command.help = help_zh.HELP.get(name, command.help)
    command.params = [copy.copy(option) for option in command.params]
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            option.help = help_zh.OPTIONS.get(option.help, option.help)
    return command


def wrong(error: click.ClickException) -> str:
    """What is wrong with a command line: how the command is used, where to look, and the mistake."""
    lines = []
    if isinstance(error, click.UsageError) and error.ctx is not None:
        lines.append(framed(error.ctx.get_usage()))
        if error.ctx.command.get_help_option(error.ctx) is not None:
            lines.append(f"查看帮助：{error.ctx.command_path} {error.ctx.help_option_names[-1]}\n")
    return "\n".join([*lines, f"错误：{translate(error.format_message(), 'zh')}"])
