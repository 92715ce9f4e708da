"""Inspection of the servers of the distributed deployment mode. It creates no topic, stream, bucket or collection."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from california_gold_contracts.topics import TOPICS
from chassis.adapters.kafka.topics import differences
from chassis.adapters.kurrent.event_store import kurrent_event_store
from chassis.adapters.minio.inspection import missing_buckets
from chassis.adapters.mongo import inspection
from chassis.adapters.mongo.database import MongoDatabase, mongo_database
from chassis.adapters.mongo.key_store import MongoKeyStore
from chassis.composition.distributed import kafka_connection, naming_setting, s3_connection
from chassis.composition.distributed_settings import DistributedSettings
from chassis.ports.document_store import Collection
from chassis.ports.event_store import END
from chassis.ports.inspection import CheckResult, warning, well, wrong
from chassis.runtime.settings import PREFIX

BUCKETS = ("files", "jobs", "results")
_TOLERATED_SECONDS, _REFUSED_SECONDS = 5, 60
_APPLY = "run `california-gold topics apply`; the number of partitions stays as it is"


@dataclass(frozen=True)
class DistributedInspection:
    """A `StoreInspection` of servers. It connects anew for each check, so that none waits for another."""

    settings: DistributedSettings

    async def events(self) -> CheckResult:
        """Read a stream and the end of the log, as the readiness of a process does."""
        with naming_setting("EVENTSTOREDB_URI"):
            opened = kurrent_event_store(self.settings.eventstoredb_uri.get_secret_value())
            async with opened as events:
                await events.last("health-probe")
                async for _ in events.read_all(END):
                    pass
        return well("EventStoreDB answers; streams and the log can be read")

    async def documents(self) -> CheckResult:
        """List the collections."""
        async with self._documents() as database:
            found = await inspection.collection_names(database)
        return well(f"MongoDB answers; {self.settings.mongodb_database} has {len(found)} collections")

    async def objects(self) -> CheckResult:
        """Look for the buckets."""
        missing = await missing_buckets(s3_connection(self.settings), BUCKETS)
        made = f"; made at the first use: {', '.join(missing)}" if missing else ""
        return well(f"S3 answers; {len(BUCKETS) - len(missing)} of {len(BUCKETS)} buckets are there{made}")

    async def topics(self) -> CheckResult:
        """Compare the topics with their declarations."""
        with naming_setting("KAFKA_…"):
            found = await differences(kafka_connection(self.settings), TOPICS, self.settings.kafka_replication)
        if found:
            return wrong(f"Kafka answers; {'; '.join(found)}", _APPLY)
        return well(f"Kafka answers; {len(TOPICS)} topics are as declared")

    async def keys(self, subjects: Sequence[str]) -> CheckResult:
        """Look for the keys of some subjects; each subject has an owner of its own."""
        uri, setting = self.settings.mongodb_keys_uri.get_secret_value(), f"{PREFIX}MONGODB_KEYS_URI"
        if not uri:
            return wrong(f"{setting} is empty", f"set {setting}")
        async with self._documents() as documents:
            has_keys = "public-keys" in await inspection.collection_names(documents)
        with naming_setting("MONGODB_KEYS_URI"):
            name = f"{self.settings.mongodb_database}_keys"
            async with mongo_database(uri, name, self.settings.mongodb_driver) as database:
                store = MongoKeyStore(database)
                lacking = [subject for subject in subjects if not await store.get_many([subject])]
        if lacking and has_keys:
            return wrong(
                f"{name} lacks the key {lacking[0]!r}, whose public half is published",
                f"check {setting}; or restore the keys of the same installation: docs/operations.md#back-up",
            )
        return well(f"MongoDB answers; {name} has {len(subjects) - len(lacking)} of {len(subjects)} keys looked for")

    async def indexes(self, collections: Sequence[Collection]) -> CheckResult:
        """Compare the indexes with their declarations."""
        async with self._documents() as database:
            lacking = await inspection.missing_indexes(database, collections)
        if lacking:
            return warning(
                f"{self.settings.mongodb_database} lacks the index of {'; '.join(lacking)}",
                "a process that uses it builds it: see its log, or restart it",
            )
        return well("the collections that exist have the indexes that are declared")

    async def clock(self, now: datetime) -> CheckResult:
        """Compare with the clock of MongoDB."""
        async with self._documents() as database:
            there = await inspection.server_time(database)
        return compared_clocks(now, there)

    @asynccontextmanager
    async def _documents(self) -> AsyncGenerator[MongoDatabase]:
        uri, name = self.settings.mongodb_uri.get_secret_value(), self.settings.mongodb_database
        with naming_setting("MONGODB_URI"):
            async with mongo_database(uri, name, self.settings.mongodb_driver) as database:
                yield database


def compared_clocks(here: datetime, there: datetime) -> CheckResult:
    """Return the result for this machine's clock and that of MongoDB: tokens and signatures of S3 depend on both."""
    seconds = abs((there - here).total_seconds())
    seen = f"{here:%Y-%m-%d %H:%M:%S} UTC, {seconds:.0f} s apart from the clock of MongoDB"
    if seconds > _REFUSED_SECONDS:
        return wrong(seen, "let NTP set the clocks of all machines")
    return warning(seen, "let NTP set the clocks of all machines") if seconds > _TOLERATED_SECONDS else well(seen)
