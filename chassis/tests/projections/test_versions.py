"""Read model versions: rollback, dropping, and what is stored."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import orjson
import pytest

from chassis.ports.document_store import Document, DocumentStore
from chassis.ports.event_store import StoreUnavailable
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import versions_of
from chassis.projections.transitions import RebuildRefused, start_building
from chassis.projections.versions import READ_MODEL_VERSIONS, ReadModelVersions
from testkit.eventually import eventually
from testkit.rebuilds import (
    count,
    follow,
    process,
    read,
    rebuild,
    stored,
)


async def test_a_rollback_loses_no_event_and_the_other_version_can_be_dropped(site: Infrastructure) -> None:
    await count(site, "a", by=2)
    await follow(site)
    await rebuild(site).run()
    await count(site, "a", by=2)
    await follow(process(site))

    state = await rebuild(site).roll_back()
    assert (state.live, state.previous) == (0, 1)
    assert await read(site, "a") == {"total": 4, "seen": 4}
    assert await rebuild(site).drop() == [1]

    assert await stored(site, 1, "a") == (-1, None)
    assert await read(site, "a") == {"total": 4, "seen": 4}
    with pytest.raises(RebuildRefused, match="no version to drop"):
        await rebuild(site).drop()
    with pytest.raises(RebuildRefused, match="no version to roll back to"):
        await rebuild(site).roll_back()
    assert (await rebuild(site).run()).version == 2


async def test_no_version_is_built_while_a_previous_one_is_kept(site: Infrastructure) -> None:
    await count(site, "a")
    await rebuild(site).run()

    with pytest.raises(RebuildRefused, match="version 0 is still kept"):
        await rebuild(site).run()


async def test_a_building_version_can_be_abandoned(site: Infrastructure) -> None:
    await count(site, "a")
    await follow(site)
    await rebuild(site).run(promote=False)

    assert await rebuild(site).abandon() == [1]
    assert await stored(site, 1, "a") == (-1, None)
    assert (await rebuild(site).run()).version == 2


async def test_concurrent_changes_of_the_versions_all_succeed(site: Infrastructure) -> None:
    processes = [ReadModelVersions(versions_of(site.documents).documents) for _ in range(5)]

    await asyncio.gather(*(versions.mark_failed("totals", number) for number, versions in enumerate(processes, 1)))

    state, _ = await processes[0].stored_state("totals")
    assert state.failed == {1, 2, 3, 4, 5}


class SilentStore:
    """A document store that does not answer before `outage` is set, and is unavailable then."""

    def __init__(self) -> None:
        self.outage, self.queries = asyncio.Event(), 0

    async def find(self, *_: object, **__: object) -> None:
        self.queries += 1
        await self.outage.wait()
        raise StoreUnavailable("no answer")


async def test_concurrent_readers_share_one_query_and_its_failure() -> None:
    store = SilentStore()
    versions = ReadModelVersions(cast("DocumentStore", store))
    readers = [asyncio.create_task(versions.state(f"model-{number}")) for number in range(5)]

    async def has_asked() -> bool:
        return store.queries > 0

    await eventually(has_asked)
    store.outage.set()
    failures = await asyncio.gather(*readers, return_exceptions=True)
    assert [type(failure) for failure in failures] == [StoreUnavailable] * 5
    assert store.queries == 1


async def test_a_reader_does_not_share_a_query_that_began_longer_ago_than_the_maximum_age(site: Infrastructure) -> None:
    began, answered, queries = asyncio.Event(), asyncio.Event(), 0
    documents = versions_of(site.documents).documents

    class SlowStore:
        async def find(self, *arguments: Any, **options: Any) -> Sequence[Document]:
            nonlocal queries
            queries += 1
            found = await documents.find(*arguments, **options)
            began.set()
            await answered.wait()
            return found

    versions = ReadModelVersions(cast("DocumentStore", SlowStore()), max_age_seconds=0)
    first = asyncio.create_task(versions.state("totals"))
    await began.wait()
    await ReadModelVersions(documents).change("totals", start_building)
    second = asyncio.create_task(versions.state("totals"))
    await asyncio.sleep(0)
    answered.set()
    assert ((await first).building, (await second).building, queries) == (None, 1, 2)


async def test_states_are_stored_under_the_names_of_earlier_releases(site: Infrastructure) -> None:
    versions = ReadModelVersions(versions_of(site.documents).documents)
    await versions.change("totals", start_building)
    await versions.mark_failed("totals", 1)

    found = await versions.documents.get(READ_MODEL_VERSIONS, "totals")
    assert READ_MODEL_VERSIONS.name == "generations"
    assert found
    assert orjson.loads(found.body or b"") == {
        "live": 0,
        "building": 1,
        "previous": None,
        "newest": 1,
        "spoiled": [1],
        "dropping": [],
    }
