"""`california-gold audit`: the story of a thing, its state at any time, and the proof that nobody changed it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from california_gold.audit_output import Format, difference_text, state_text, story_text
from california_gold.audit_work import KINDS, Audit, Broken, state_of
from california_gold.command_infrastructure import command_infrastructure, command_settings
from california_gold.exit_codes import ExitCode, end, exit_on_error
from chassis.audit.audited_type import AuditedType
from chassis.audit.bundle import write_whole
from chassis.audit.bundle_check import check_bundle
from chassis.audit.checkpoint import Checkpoint, read_checkpoint
from chassis.audit.fault import Fault
from chassis.audit.point_in_time import PointInTime, point_in_time, time_of, up_to
from chassis.audit.signatures import fingerprint_in, fingerprint_of, pem_of
from chassis.audit.story import story
from chassis.ports.event_store import StoredEvent
from chassis.projections.differences import differences

T = TypeVar("T")
_NOW = "now"
_MOST_SHOWN = 100
commands = typer.Typer(no_args_is_help=True, help="Tell what happened and prove that nobody changed it.")
Reference = Annotated[str, typer.Argument(metavar="ID", help="The UUID or the number.")]
Wanted = Annotated[Format, typer.Option("--format", help="How to print.")]
AsOf = Annotated[str | None, typer.Option(help="Print the state at a revision or a time (ISO 8601; UTC by default).")]
CompareTo = Annotated[
    str | None, typer.Option(help="Print what differs from the state at this revision or time, or `now`.")
]
Out = Annotated[Path, typer.Option("--out", help="File to write.")]
PublicKey = Annotated[str | None, typer.Option(help="The only key to believe: a PEM file or a fingerprint.")]
CheckpointFile = Annotated[Path | None, typer.Option("--checkpoint", help="A file that `audit checkpoint` wrote.")]


@commands.command()
def job(reference: Reference, wanted: Wanted = Format.TABLE, as_of: AsOf = None, compare_to: CompareTo = None) -> None:
    """Tell the story of a job, or its state at a point in time."""
    _tell(KINDS["job"], reference, wanted, as_of, compare_to)


@commands.command()
def user(reference: Reference, wanted: Wanted = Format.TABLE, as_of: AsOf = None, compare_to: CompareTo = None) -> None:
    """Tell the story of an account; what is sealed stays so."""
    _tell(KINDS["user"], reference, wanted, as_of, compare_to)


@commands.command()
def file(reference: Reference, wanted: Wanted = Format.TABLE, as_of: AsOf = None, compare_to: CompareTo = None) -> None:
    """Tell the story of a file."""
    _tell(KINDS["file"], reference, wanted, as_of, compare_to)


@commands.command()
def verify(
    stream: Annotated[str | None, typer.Option(help="Verify one stream.")] = None,
    all_streams: Annotated[bool, typer.Option("--all", help="Verify every stream.")] = False,
    checkpoint: CheckpointFile = None,
    public_key: PublicKey = None,
) -> None:
    """Verify the hash chains, of all streams also against a signed checkpoint."""
    if (stream is None) == (not all_streams and checkpoint is None):
        raise typer.BadParameter("give either --stream, or --all or --checkpoint")
    if stream is not None:
        _verify_stream(stream)
    else:
        _verify_all(checkpoint, public_key)


@commands.command()
def checkpoint(out: Out) -> None:
    """Sign what all streams end with now; keep the file elsewhere, or publish its first line."""
    made, faults = _run(lambda audit: audit.checkpoint())
    if faults:
        _report(faults)
    with exit_on_error():
        write_whole(out, made.lines())
    statement = made.signed.statement
    typer.echo(f"{out}: {statement.streams:,} streams, {statement.events:,} events, root {statement.root}")
    typer.echo(f"signed with the key {made.signed.signature.fingerprint}")


@commands.command()
def export(
    kind: Annotated[str, typer.Argument(help=f"One of: {', '.join(KINDS)}.")],
    reference: Reference,
    out: Out,
    checkpoint: CheckpointFile = None,
) -> None:
    """Write a bundle that proves itself: events, schemas, state, hashes of files, and a signed checkpoint."""
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is none of {', '.join(KINDS)}")

    async def exported(audit: Audit) -> bytes:
        given = _checkpoint(checkpoint, await audit.fingerprint()) if checkpoint else None
        return await audit.export(KINDS[kind], reference, given)

    with exit_on_error():
        write_whole(out, _run(exported))
    typer.echo(f"{out} is written; check it with: california-gold audit verify-bundle {out}")


@commands.command("verify-bundle")
def verify_bundle(bundle: Annotated[Path, typer.Argument(help="The file.")], public_key: PublicKey = None) -> None:
    """Check a bundle; nothing is needed but this program."""
    with exit_on_error():
        checked = check_bundle(bundle.read_bytes(), state_of, _fingerprint(public_key))
    if checked.problems:
        end(ExitCode.NOT_PROVED, *checked.problems)
    manifest = checked.manifest
    statement = manifest.proof.checkpoint.statement
    typer.echo(
        f"{manifest.stream}: {manifest.events} events, unchanged; in the checkpoint of {statement.time.isoformat()}"
    )
    typer.echo(
        f"signed with the key {checked.fingerprint}{'' if public_key else ': compare it with the published one'}"
    )


@commands.command("public-key")
def public_key() -> None:
    """Print the key that checkpoints and bundles of this installation are signed with."""
    key = _run(lambda audit: audit.signer.public_key())
    typer.echo(pem_of(key), nl=False)
    typer.echo(f"fingerprint {fingerprint_of(key)}")


def _tell(kind: AuditedType, reference: str, wanted: Format, as_of: str | None, compare_to: str | None) -> None:
    if compare_to is not None and as_of is None:
        raise typer.BadParameter("--compare-to needs --as-of")
    with exit_on_error():
        then, other = (None if text is None or text == _NOW else point_in_time(text) for text in (as_of, compare_to))

    async def told_of(audit: Audit) -> tuple[str, Sequence[Fault]]:
        events, faults = await audit.stream(kind, reference, "story" if as_of is None else "as-of")
        try:
            if as_of is not None:
                return _state(kind, events, wanted, then, other, compared=compare_to is not None), faults
            return story_text(story(kind, events, await audit.owners_stream(kind, events)), wanted), faults
        except (KeyError, TypeError, ValueError):
            # What somebody changed may no longer be readable; what nobody changed must be.
            if not faults:
                raise
            return "", faults

    text, faults = _run(told_of)
    typer.echo(text)
    if faults:
        _report(faults)


def _state(
    kind: AuditedType,
    events: Sequence[StoredEvent],
    wanted: Format,
    then: PointInTime | None,
    other: PointInTime | None,
    *,
    compared: bool,
) -> str:
    at, to = (events if one is None else up_to(events, one) for one in (then, other))
    place = {"stream": at[-1].stream, "revision": at[-1].revision, "time": time_of(at[-1]).isoformat()}
    if not compared:
        return state_text(kind.state(at), place, wanted)
    place = {**place, "to_revision": to[-1].revision, "to_time": time_of(to[-1]).isoformat()}
    return difference_text(differences(kind.state(at), kind.state(to)), place, wanted)


def _verify_stream(stream: str) -> None:
    events, faults = _run(lambda audit: audit.verify_stream(stream))
    if not events:
        end(ExitCode.NOT_FOUND, f"there is no stream {stream!r}")
    if faults:
        _report(faults)
    typer.echo(f"{stream}: {len(events):,} events, an unbroken chain")


def _verify_all(path: Path | None, public_key: str | None) -> None:
    async def verified(audit: Audit) -> tuple[str, Sequence[Fault]]:
        trusted = _fingerprint(public_key) or await audit.fingerprint()
        scan, faults = await audit.verify(_checkpoint(path, trusted) if path else None)
        return f"{scan.events:,} events in {len(scan.heads):,} streams: unbroken chains", faults

    text, faults = _run(verified)
    if faults:
        _report(faults)
    typer.echo(f"{text}, and all is as it was signed" if path else text)


def _checkpoint(path: Path, trusted: str) -> Checkpoint:
    read = read_checkpoint(path.read_bytes())
    read.signed.signature.check(read.signed.statement.canonical(), trusted)
    return read


def _fingerprint(given: str | None) -> str | None:
    if given is None or (len(given) == 64 and set(given.lower()) <= set("0123456789abcdef")):
        return given.lower() if given else None
    try:
        return fingerprint_in(Path(given).read_bytes())
    except ValueError:
        raise typer.BadParameter(f"{given} is neither a fingerprint nor an Ed25519 public key in PEM") from None


def _report(faults: Sequence[Fault]) -> None:
    more = [f"and {len(faults) - _MOST_SHOWN:,} more"] if len(faults) > _MOST_SHOWN else []
    end(ExitCode.NOT_PROVED, *map(str, faults[:_MOST_SHOWN]), *more)


def _run(work: Callable[[Audit], Awaitable[T]]) -> T:
    async def run() -> T:
        settings = command_settings()
        async with command_infrastructure(settings) as infrastructure:
            return await work(Audit(infrastructure))

    with exit_on_error():
        try:
            return asyncio.run(run())
        except Broken as problem:
            end(ExitCode.NOT_PROVED, *str(problem).splitlines())
