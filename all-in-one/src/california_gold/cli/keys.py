"""`california-gold keys`."""

from typing import Annotated

import typer

commands = typer.Typer(no_args_is_help=True, help="Manage the keys that sign tokens.")
KeyId = Annotated[str, typer.Argument(metavar="KID", help="Id of the key, as in the header of its tokens.")]


@commands.command("list")
def list_all() -> None:
    """List the signing keys, oldest first: id, and whether it signs, is accepted, or is revoked."""
    from california_gold.operations.keys import print_keys

    print_keys()


@commands.command()
def rotate() -> None:
    """Sign new tokens with a new key. Earlier tokens stay valid until they expire."""
    from california_gold.operations.keys import rotate

    rotate()


# An id may begin with a hyphen, like an option.
@commands.command(context_settings={"ignore_unknown_options": True})
def revoke(kid: KeyId) -> None:
    """Refuse all tokens that a key signed, within a minute. Their users have to log in again."""
    from california_gold.operations.keys import revoke

    revoke(kid)
