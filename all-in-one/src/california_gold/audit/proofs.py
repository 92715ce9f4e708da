"""Verifying the log, and making and verifying signed checkpoints and bundles."""

from collections.abc import Sequence
from pathlib import Path

import typer

from california_gold.audit.auditor import AUDITED_TYPES, Auditor, fold_state
from california_gold.audit.work import exit_with_faults, run_audit
from california_gold.exit_codes import ExitCode, end, exit_on_error
from chassis.audit.bundle import write_atomically
from chassis.audit.bundle_check import check_bundle
from chassis.audit.checkpoint import SignedCheckpoint, read_checkpoint
from chassis.audit.fault import Fault
from chassis.audit.signatures import fingerprint_in, fingerprint_of, pem_of

_FINGERPRINT_LENGTH = 64
_HEX_DIGITS = frozenset("0123456789abcdef")


def verify_stream(stream: str) -> None:
    """Verify the hash chain of one stream."""
    events, faults = run_audit(lambda auditor: auditor.verify_stream(stream))
    if not events:
        end(ExitCode.NOT_FOUND, f"there is no stream {stream!r}")
    if faults:
        exit_with_faults(faults)
    typer.echo(f"{stream}: {len(events):,} events, an unbroken chain")


def verify_log(checkpoint: Path | None, public_key: str | None) -> None:
    """Verify the hash chains of all streams, and a signed checkpoint if one is given."""

    async def work(auditor: Auditor) -> tuple[str, Sequence[Fault]]:
        trusted = _fingerprint(public_key) or await auditor.fingerprint()
        scan, faults = await auditor.verify_log(_read_checkpoint(checkpoint, trusted) if checkpoint else None)
        return f"{scan.events:,} events in {len(scan.heads):,} streams: unbroken chains", faults

    text, faults = run_audit(work)
    if faults:
        exit_with_faults(faults)
    typer.echo(f"{text}, equal to the signed checkpoint" if checkpoint else text)


def write_checkpoint(out: Path) -> None:
    """Sign the heads of all streams and write the checkpoint file."""
    checkpoint, faults = run_audit(lambda auditor: auditor.make_checkpoint())
    if faults:
        exit_with_faults(faults)
    with exit_on_error():
        write_atomically(out, checkpoint.lines())
    statement = checkpoint.signed.statement
    typer.echo(f"{out}: {statement.streams:,} streams, {statement.events:,} events, root {statement.root}")
    typer.echo(f"signed with the key {checkpoint.signed.signature.fingerprint}")


def export_bundle(type_name: str, reference: str, out: Path, checkpoint: Path | None) -> None:
    """Write the bundle of an aggregate."""
    if type_name not in AUDITED_TYPES:
        raise typer.BadParameter(f"{type_name!r} is none of {', '.join(AUDITED_TYPES)}")

    async def work(auditor: Auditor) -> bytes:
        given = _read_checkpoint(checkpoint, await auditor.fingerprint()) if checkpoint else None
        return await auditor.export(AUDITED_TYPES[type_name], reference, given)

    with exit_on_error():
        write_atomically(out, run_audit(work))
    typer.echo(f"{out} is written; verify it with: california-gold audit verify-bundle {out}")


def verify_bundle(path: Path, public_key: str | None) -> None:
    """Verify a bundle."""
    with exit_on_error():
        check = check_bundle(path.read_bytes(), fold_state, _fingerprint(public_key))
    if check.problems:
        end(ExitCode.NOT_PROVED, *check.problems)
    manifest = check.manifest
    time = manifest.proof.checkpoint.statement.time.isoformat()
    typer.echo(f"{manifest.stream}: {manifest.events} events, unchanged; in the checkpoint of {time}")
    typer.echo(f"signed with the key {check.fingerprint}{'' if public_key else ': compare it with the published one'}")


def print_public_key() -> None:
    """Print the public key of the installation and its fingerprint."""
    key = run_audit(lambda auditor: auditor.signer.public_key())
    typer.echo(pem_of(key), nl=False)
    typer.echo(f"fingerprint {fingerprint_of(key)}")


def _read_checkpoint(path: Path, trusted: str) -> SignedCheckpoint:
    checkpoint = read_checkpoint(path.read_bytes())
    checkpoint.signed.signature.check(checkpoint.signed.statement.canonical(), trusted)
    return checkpoint


def _fingerprint(public_key: str | None) -> str | None:
    """Return the fingerprint of a key that is given as a fingerprint or as a PEM file."""
    if public_key is None or (len(public_key) == _FINGERPRINT_LENGTH and set(public_key.lower()) <= _HEX_DIGITS):
        return public_key.lower() if public_key else None
    try:
        return fingerprint_in(Path(public_key).read_bytes())
    except ValueError:
        raise typer.BadParameter(f"{public_key} is neither a fingerprint nor an Ed25519 public key in PEM") from None
