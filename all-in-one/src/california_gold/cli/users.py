"""`california-gold users`."""

from typing import Annotated

import typer

commands = typer.Typer(no_args_is_help=True, help="Manage user accounts.")


@commands.command("grant-admin")
def grant_admin(name: Annotated[str, typer.Argument(help="User name of the account.")]) -> None:
    """Make a user an administrator, who may read, change and delete any account."""
    from california_gold.operations.users import grant_admin

    grant_admin(name)
