"""Read model versions: rollback, dropping, and what is stored."""

import asyncio

import orjson
import pytest

from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import versions_of
from chassis.projections.transitions import RebuildRefused, start_building
from chassis.projections.versions import READ_MODEL_VERSIONS, ReadModelVersions
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
