"""Checks of the stores and of the clock."""

from datetime import UTC, datetime

from analyzer.application.result_cache import CACHED_RESULTS
from california_gold.doctor.installation import Installation
from chassis.messaging.parking import PARKED
from chassis.ports.inspection import CheckResult
from chassis.projections.versions import READ_MODEL_VERSIONS
from identity.application.directory import USERS
from identity.application.signing_keys import FIRST_KEY_SUBJECT
from jobs_command.application.jobs_by_owner import JOB_OWNERS
from jobs_query.projections.job import JOBS
from jobs_query.statistics.statistics_store import STATISTICS
from notifier.application.slot import SLOTS
from storage.application.files_projection import FILES

INDEXED = (CACHED_RESULTS, PARKED, READ_MODEL_VERSIONS, USERS, JOB_OWNERS, JOBS, STATISTICS, SLOTS, FILES)
"""Every collection that declares an index."""


async def check_events(installation: Installation) -> CheckResult:
    """Check the event store."""
    return await installation.stores.events()


async def check_documents(installation: Installation) -> CheckResult:
    """Check the document store."""
    return await installation.stores.documents()


async def check_objects(installation: Installation) -> CheckResult:
    """Check the object store."""
    return await installation.stores.objects()


async def check_topics(installation: Installation) -> CheckResult:
    """Check the message bus and its topics."""
    return await installation.stores.topics()


async def check_keys(installation: Installation) -> CheckResult:
    """Check the key store, and that it has the key that signs tokens."""
    return await installation.stores.keys([FIRST_KEY_SUBJECT])


async def check_indexes(installation: Installation) -> CheckResult:
    """Check the indexes of the document store."""
    return await installation.stores.indexes(INDEXED)


async def check_clock(installation: Installation) -> CheckResult:
    """Check the clock of this machine."""
    return await installation.stores.clock(datetime.now(UTC))
