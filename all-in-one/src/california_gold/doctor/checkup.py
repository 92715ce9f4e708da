"""Running the checks: all at once, each with a bound on its time, whatever the others find."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

from california_gold.doctor import analyzer, certificates, folders, server, stores, versions
from california_gold.doctor.installation import Check, Installation, installation_of
from california_gold.settings import AllSettings
from chassis.ports.event_store import StoreRefused, StoreUnavailable
from chassis.ports.inspection import CheckResult, not_applicable, well, wrong
from chassis.runtime.settings import PREFIX, InvalidSettings

_SECONDS = 5.0
CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "versions": versions.check_versions,
        "data-folder": folders.check_data_folder,
        "disk": folders.check_disk,
        "clock": stores.check_clock,
        "events": stores.check_events,
        "keys": stores.check_keys,
        "objects": stores.check_objects,
        "documents": stores.check_documents,
        "indexes": stores.check_indexes,
        "topics": stores.check_topics,
        "certificates": certificates.check_certificates,
        "cage": analyzer.check_cage,
        "analyzer": analyzer.check_analyzer,
        "work-folder": folders.check_work_folder,
        "server": server.check_server,
    }
)

_ADDRESSES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("clock", "documents", "indexes"), "MONGODB_URI"),
        "events": "EVENTSTOREDB_URI",
        "keys": "MONGODB_KEYS_URI",
        "objects": "S3_ENDPOINT",
        "topics": "KAFKA_BOOTSTRAP",
    }
)
"""The setting that has the address of the store that a check asks, where the stores are servers."""


async def examine(settings: AllSettings) -> Mapping[str, CheckResult]:
    """Run every check on what the settings describe; return the results by the names of the checks."""
    installation = installation_of(settings)
    mode = "servers" if installation.is_distributed else f"the data folder {settings.data_dir.absolute()}"
    results = await asyncio.gather(*(_result(name, installation) for name in CHECKS))
    return {
        "settings": well(f"all are known and well-formed; the stores are {mode}"),
        **dict(zip(CHECKS, results, strict=True)),
    }


def unreadable(problem: InvalidSettings) -> Mapping[str, CheckResult]:
    """Return the results for settings that cannot be read."""
    advice = "correct the variable: `california-gold settings` lists all"
    result = wrong("; ".join(str(problem).splitlines()), advice)
    return {"settings": result, **dict.fromkeys(CHECKS, not_applicable("the settings cannot be read"))}


async def _result(name: str, installation: Installation) -> CheckResult:
    running = asyncio.ensure_future(CHECKS[name](installation))
    # Not `wait_for`: it would wait for a driver that closes its connections slowly.
    done, _ = await asyncio.wait({running}, timeout=_SECONDS)
    if not done:
        running.cancel()
        return _unavailable(name, f"no answer within {_SECONDS:.0f} s", installation)
    try:
        return running.result()
    except InvalidSettings as problem:
        return wrong(str(problem), "correct the setting")
    except StoreRefused as problem:
        return wrong(str(problem), "correct the setting, or the store: waiting does not help")
    except StoreUnavailable as problem:
        return _unavailable(name, str(problem), installation)
    except Exception as problem:  # noqa: BLE001  (a fault of one check must not hide the results of the others)
        return wrong(f"the check itself failed ({type(problem).__name__})", "report it: CONTRIBUTING.md")


def _unavailable(name: str, reason: str, installation: Installation) -> CheckResult:
    if installation.is_distributed and name in _ADDRESSES:
        return wrong(f"{PREFIX}{_ADDRESSES[name]}: {reason}", "start the store, or correct its address in the setting")
    return wrong(reason, "see its owner and mode; restore a damaged file from a backup: docs/operations.md#back-up")
