"""The root command: the commands and groups, by audience."""

import sys
from typing import Annotated

import typer

from california_gold.cli import (
    audit,
    backup,
    credentials,
    doctor,
    keys,
    parked,
    read_models,
    replay,
    run,
    topics,
    users,
)

_ABOUT = """California Gold: analysis of medical images, the whole product in one process.

Settings are environment variables or lines of a .env file in the current folder: see `settings`.
"""
_NAME = "california-gold"
_RUN, _OPERATE, _AUDIT = "Run", "Operate", "Audit"

app = typer.Typer(name=_NAME, no_args_is_help=True, pretty_exceptions_enable=False)
app.command(rich_help_panel=_RUN)(run.serve)
app.command(
    rich_help_panel=_RUN,
    # All arguments are passed on to the analyzer's own command, `--help` too.
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)(run.analyze)
app.command(rich_help_panel=_RUN)(run.settings)
app.command(rich_help_panel=_RUN)(run.version)
app.command(rich_help_panel=_OPERATE)(doctor.doctor)
app.command(rich_help_panel=_OPERATE)(backup.backup)
app.command(rich_help_panel=_OPERATE)(backup.restore)
app.add_typer(users.commands, name="users", rich_help_panel=_OPERATE)
app.add_typer(credentials.commands, name="credentials", rich_help_panel=_OPERATE)
app.add_typer(keys.commands, name="keys", rich_help_panel=_OPERATE)
app.add_typer(parked.commands, name="parked", rich_help_panel=_OPERATE)
app.add_typer(topics.commands, name="topics", rich_help_panel=_OPERATE)
app.command(rich_help_panel=_OPERATE)(read_models.rebuild)
app.add_typer(read_models.commands, name="read-models", rich_help_panel=_OPERATE)
app.command(rich_help_panel=_OPERATE)(replay.replay)
app.add_typer(audit.commands, name="audit", rich_help_panel=_AUDIT)


def _print_version(wanted: bool) -> None:
    if wanted:
        run.version()
        raise typer.Exit


@app.callback(help=_ABOUT)
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options of the root command."""


def main() -> None:
    """Run the command line. Errors that a user can fix are printed as sentences, without a traceback."""
    try:
        app(prog_name=_NAME)
    except Exception as error:
        # Imported on an error only: it imports most of the product.
        from california_gold.expected_errors import EXPECTED_ERRORS

        if not isinstance(error, EXPECTED_ERRORS):
            raise
        for line in str(error).splitlines():
            typer.echo(f"{_NAME}: {line}", err=True)
        sys.exit(1)
