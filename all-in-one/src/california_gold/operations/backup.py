"""Backup and restore of a data folder, each proved by the audit."""

import asyncio
from collections.abc import Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path

import typer

from california_gold.command_infrastructure import command_settings
from california_gold.exit_codes import ExitCode, end, exit_on_error, interruptible
from california_gold.operations.progress import MEGABYTES, Progress
from california_gold.settings import DistributedAllSettings
from chassis.audit.verification import LogScan, scan_log
from chassis.composition import embedded_restore
from chassis.composition.backup_manifest import Manifest, UnusableBackup, read_manifest
from chassis.composition.embedded_backup import BackupRunning, back_up, bytes_to_copy
from chassis.ports.clock import SystemClock
from chassis.ports.event_store import EventStore
from chassis.ports.object_store import DamagedFile


def make_backup(folder: Path) -> None:
    """Copy the data folder, prove the copied log, and print what is in the backup."""
    data_dir = _data_dir()
    with _ending():
        progress = Progress(MEGABYTES)
        backup = back_up(data_dir, folder, SystemClock(), progress.counter("copy", bytes_to_copy(data_dir, folder)))
        progress.clear()
        scan = _proved(backup.events)
    _print("the backup has", backup.manifest, scan)
    if backup.damaged:
        sentences = [f"{file} is damaged or missing: restore it from an earlier backup" for file in backup.damaged]
        end(ExitCode.NOT_PROVED, *sentences, "the backup has everything else")


def restore(folder: Path) -> None:
    """Copy a backup to a new data folder, check every byte, prove the log, and print what was restored."""
    data_dir = _data_dir()
    with _ending():
        manifest = read_manifest(folder)
        embedded_restore.refuse_other_data(data_dir)
        progress = Progress(MEGABYTES)
        with _discarding(data_dir):
            embedded_restore.copy_backup(folder, manifest, data_dir, progress.counter("copy", manifest.bytes))
            progress.clear()
            scan = _proved(embedded_restore.restored_events(data_dir))
            embedded_restore.publish(data_dir)
    _print(f"{data_dir} has", manifest, scan)


def _data_dir() -> Path:
    settings = command_settings()
    if isinstance(settings, DistributedAllSettings):
        end(ExitCode.CANNOT, "the stores are servers: each has a backup of its own, see docs/operations.md#back-up")
    return settings.data_dir.absolute()


def _proved(opened: AbstractAsyncContextManager[EventStore]) -> LogScan:
    """Verify the hash chains of a copied log."""

    async def scan() -> LogScan:
        async with opened as events:
            return await scan_log(events, report=lambda count, _: progress.report("verify the log", count))

    progress = Progress()
    scanned = asyncio.run(scan())
    progress.clear()
    if scanned.faults:
        sentences = [f"{fault.stream}: {fault.explanation}" for fault in scanned.faults[:20]]
        end(ExitCode.NOT_PROVED, *sentences, "the copied log is not what was written: `california-gold audit verify`")
    return scanned


@contextmanager
def _discarding(data_dir: Path) -> Generator[None]:
    """Delete what was restored when it is not whole; what an interrupted restore has copied stays for the next one."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException:
        embedded_restore.discard(data_dir)
        raise


@contextmanager
def _ending() -> Generator[None]:
    """End the command with one sentence."""
    try:
        with interruptible("run it again, what was copied is not copied again"), exit_on_error():
            yield
    except BackupRunning as problem:
        end(ExitCode.BUSY, str(problem))
    except DamagedFile as problem:
        end(ExitCode.NOT_PROVED, str(problem))
    except UnusableBackup as problem:
        end(ExitCode.CANNOT, str(problem))


def _print(subject: str, manifest: Manifest, scan: LogScan) -> None:
    typer.echo(
        f"{subject} {scan.events:,} events of {len(scan.heads):,} streams, proved by their hash chains, and"
        f" {manifest.objects:,} objects ({manifest.bytes:,} bytes in all) as of {manifest.time:%Y-%m-%d %H:%M:%S} UTC"
    )
