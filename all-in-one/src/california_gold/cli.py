"""The command line: `california-gold`."""

import asyncio
import sys
from importlib.metadata import version as installed_version

import typer
import uvloop
from rich.console import Console
from rich.table import Column, Table

from california_gold import audit, parked, rebuild, replay, topics
from california_gold.application import application
from california_gold.command_infrastructure import command_infrastructure, command_settings
from california_gold.data_folder import DataFolderUnusable, claimed
from california_gold.settings import AllSettings
from california_gold.welcome import welcome
from chassis.commands.errors import DomainError
from chassis.composition import server
from chassis.composition.embedded import embedded
from chassis.ports.event_store import StoreUnavailable
from chassis.runtime import logging
from chassis.runtime.settings import PREFIX, InvalidSettings, load
from identity.service import grant_admin as make_admin

_ABOUT = f"""California Gold: analysis of medical images, the whole product in one process.

Settings are environment variables, or lines of a .env file here; their names begin with {PREFIX}: see `settings`.
"""


app = typer.Typer(
    name="california-gold", help=_ABOUT, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
users = typer.Typer(no_args_is_help=True, help="Look after accounts.")
app.add_typer(users, name="users")
app.add_typer(parked.commands, name="parked")
app.add_typer(topics.commands, name="topics")
app.add_typer(audit.commands, name="audit")
app.add_typer(rebuild.commands, name="read-models")
app.command()(rebuild.rebuild)
app.command()(replay.replay)


@app.command()
def serve() -> None:
    """Serve the API, and analyse what is uploaded, until Ctrl-C or SIGTERM."""
    settings = load(AllSettings)
    logging.configure(settings.log_format, settings.log_level)
    with claimed(settings.data_dir):
        uvloop.run(_serve(settings))


async def _serve(settings: AllSettings) -> None:
    async with embedded(settings.data_dir) as infrastructure:
        api = application(infrastructure, settings)
        await server.serve(api, settings, lambda address: typer.echo(welcome(address, settings.data_dir)))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def analyze(context: typer.Context) -> None:
    """Find and measure lesions in the images of one study, without a server."""
    # It brings the image libraries with it, which the other commands start without.
    from analyzer.entrypoints.cli import analyze as analyze_files

    alone = typer.Typer(add_completion=False)
    alone.command()(analyze_files)
    alone(context.args, prog_name="california-gold analyze")


@users.command("grant-admin")
def grant_admin(name: str = typer.Argument(help="The account's username.")) -> None:
    """Make an account an administrator, who may see, change and delete any account."""

    async def grant(settings: AllSettings) -> None:
        async with command_infrastructure(settings) as infrastructure:
            await make_admin(infrastructure, settings, name)

    asyncio.run(grant(command_settings()))
    typer.echo(f"{name} is an administrator now")


@app.command()
def settings() -> None:
    """List every setting with its present value and its meaning."""
    present = command_settings()
    table = Table(Column("variable", no_wrap=True), "value", "meaning", box=None)
    for name, field in type(present).model_fields.items():
        table.add_row(f"{PREFIX}{name.upper()}", str(getattr(present, name)), field.description)
    Console().print(table)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(installed_version("california-gold"))


def main() -> None:
    """Run the command line; what a person can mend is told in a sentence, without a stack trace."""
    try:
        app()
    except DomainError as problem:
        _fail(str(problem))
    except (InvalidSettings, DataFolderUnusable, server.AddressUnavailable, StoreUnavailable) as problem:
        _fail(str(problem))


def _fail(sentence: str) -> None:
    for line in sentence.splitlines():
        typer.echo(f"california-gold: {line}", err=True)
    sys.exit(1)
