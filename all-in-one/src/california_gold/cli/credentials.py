"""`california-gold credentials`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Store(StrEnum):
    """A kind of store."""

    eventstoredb = "eventstoredb"
    kafka = "kafka"
    mongodb = "mongodb"
    s3 = "s3"


commands = typer.Typer(
    no_args_is_help=True,
    help="Give each service users of its own in the stores: docs/operations.md#credentials.",
)
Service = Annotated[str, typer.Argument(help="The service, such as `storage`.")]
Prefix = Annotated[str, typer.Option(help="S3_BUCKET_PREFIX.")]
Folder = Annotated[Path, typer.Argument(help="A folder with `identity.env` and so on: the settings of each service.")]
Only = Annotated[list[Store] | None, typer.Option(help="Only this store; may be given several times.")]
Wait = Annotated[int, typer.Option(help="Seconds to wait for stores that do not answer.")]


@commands.command()
def apply(folder: Folder, only: Only = None, wait: Wait = 60) -> None:
    """Make the users that the services' settings name, with the rights of each; ours are those of administrators."""
    from california_gold.operations.credentials import apply

    apply(folder, only or [*Store], wait)


@commands.command("table")
def print_table() -> None:
    """Print the rights of every service in every store."""
    from california_gold.credentials.table import table

    typer.echo(table())


@commands.command()
def s3(service: Service, bucket_prefix: Prefix = "california-gold-") -> None:
    """Print the policy of a service, for an S3 service that is not MinIO."""
    import orjson

    from california_gold.credentials.object_store import policy
    from california_gold.credentials.rights import SERVICES

    if service not in SERVICES:
        raise typer.BadParameter(f"there is no service {service!r}: {', '.join(SERVICES)}")
    typer.echo(orjson.dumps(policy(service, bucket_prefix), option=orjson.OPT_INDENT_2).decode())
