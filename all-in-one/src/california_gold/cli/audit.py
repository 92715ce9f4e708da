"""`california-gold audit`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from california_gold.cli.output_format import OutputFormat

commands = typer.Typer(no_args_is_help=True, help="Show event histories and prove that the log is unchanged.")
_DATE = ["%Y-%m-%d"]
Reference = Annotated[str, typer.Argument(metavar="ID", help="The UUID or the number.")]
Format = Annotated[OutputFormat, typer.Option("--format", help="Output format.")]
AsOf = Annotated[str | None, typer.Option(help="Print the state at a revision or a time (ISO 8601; UTC by default).")]
CompareTo = Annotated[
    str | None, typer.Option(help="Print the differences from the state at this revision or time, or `now`.")
]
Out = Annotated[Path, typer.Option("--out", help="File to write.")]
PublicKey = Annotated[str | None, typer.Option(help="The only trusted key: a PEM file or a fingerprint.")]
CheckpointFile = Annotated[Path | None, typer.Option("--checkpoint", help="File that `audit checkpoint` wrote.")]
Stream = Annotated[str | None, typer.Option(help="Verify one stream.")]
AllStreams = Annotated[bool, typer.Option("--all", help="Verify every stream.")]
TypeName = Annotated[str, typer.Argument(metavar="TYPE", help="job, user or file.")]
BundleFile = Annotated[Path, typer.Argument(help="File that `audit export` wrote.")]


@commands.command()
def job(
    reference: Reference, output: Format = OutputFormat.TABLE, as_of: AsOf = None, compare_to: CompareTo = None
) -> None:
    """Show the event history of a job, or its state at a point in time."""
    _show("job", reference, output, as_of, compare_to)


@commands.command()
def user(
    reference: Reference,
    output: Format = OutputFormat.TABLE,
    as_of: AsOf = None,
    compare_to: CompareTo = None,
    accesses: Annotated[bool, typer.Option("--access", help="Print what the security log has of the user.")] = False,
) -> None:
    """Show the event history of an account, or its state, or its accesses; encrypted fields are hidden."""
    if not accesses:
        _show("user", reference, output, as_of, compare_to)
        return
    if as_of is not None or compare_to is not None or not reference.isdecimal():
        raise typer.BadParameter("--access takes the number of a user, and no point in time")
    from california_gold.audit import accesses as of_users

    of_users.print_accesses_of(int(reference), output)


@commands.command()
def access(
    since: Annotated[datetime | None, typer.Option(formats=_DATE, help="First day (UTC); today by default.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DATE, help="Last day (UTC); today by default.")] = None,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Show the security log: log-ins, refusals, changes of passwords and downloads, of every user."""
    from california_gold.audit import accesses

    accesses.print_accesses(since and since.date(), until and until.date(), output)


@commands.command()
def file(
    reference: Reference, output: Format = OutputFormat.TABLE, as_of: AsOf = None, compare_to: CompareTo = None
) -> None:
    """Show the event history of a file, or its state at a point in time."""
    _show("file", reference, output, as_of, compare_to)


@commands.command()
def verify(
    stream: Stream = None,
    all_streams: AllStreams = False,
    checkpoint: CheckpointFile = None,
    public_key: PublicKey = None,
) -> None:
    """Verify the hash chains; those of all streams also against a signed checkpoint."""
    if (stream is None) == (not all_streams and checkpoint is None):
        raise typer.BadParameter("give either --stream, or --all or --checkpoint")
    from california_gold.audit import proofs

    if stream is not None:
        proofs.verify_stream(stream)
    else:
        proofs.verify_log(checkpoint, public_key)


@commands.command()
def checkpoint(out: Out) -> None:
    """Sign the heads of all streams. Store the file elsewhere, or publish its first line."""
    from california_gold.audit import proofs

    proofs.write_checkpoint(out)


@commands.command()
def export(type_name: TypeName, reference: Reference, out: Out, checkpoint: CheckpointFile = None) -> None:
    """Write a bundle that can be verified offline: events, schemas, state, hashes of files, and a signed checkpoint."""
    from california_gold.audit import proofs

    proofs.export_bundle(type_name, reference, out, checkpoint)


@commands.command("verify-bundle")
def verify_bundle(bundle: BundleFile, public_key: PublicKey = None) -> None:
    """Verify a bundle offline, with this program only."""
    from california_gold.audit import proofs

    proofs.verify_bundle(bundle, public_key)


@commands.command("public-key")
def public_key() -> None:
    """Print the public key that verifies the checkpoints and bundles of this installation."""
    from california_gold.audit import proofs

    proofs.print_public_key()


def _show(type_name: str, reference: str, output: OutputFormat, as_of: str | None, compare_to: str | None) -> None:
    if compare_to is not None and as_of is None:
        raise typer.BadParameter("--compare-to needs --as-of")
    from california_gold.audit import histories

    if as_of is None:
        histories.print_history(type_name, reference, output)
    else:
        histories.print_state(type_name, reference, output, as_of, compare_to)
