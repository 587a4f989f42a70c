"""Help for a command that is called without what it needs."""

import typer


def show_help(context: typer.Context) -> None:
    """Print the help of a group of commands where none of them is named."""
    if context.invoked_subcommand is None:
        print(context.get_help())
