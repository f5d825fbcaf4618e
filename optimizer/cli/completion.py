"""`optimizer completion`: the script a shell needs to complete commands, options and names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(epilog="Example: optimizer completion bash >> ~/.bashrc")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    bash: add it to ~/.bashrc; zsh: to ~/.zshrc; fish: save it as
    ~/.config/fish/completions/optimizer.fish.
    """
    kind = get_completion_class(shell)
    assert kind is not None
    program = click.get_current_context().find_root().command
    click.echo(kind(program, {}, "optimizer", "_OPTIMIZER_COMPLETE").source())
