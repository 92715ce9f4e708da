"""The drills in a short form; `make drill` runs them with uploads of one minute and outages of each store."""

import pytest

from tests.faults.deployments import Deployments
from tests.faults.drills.rolling_update import replace_every_service
from tests.faults.drills.store_outages import outage, stop_and_start
from tests.faults.drills.uploads import Load
from tests.servers.deployment import MODULES, Deployment

SETTINGS = {"CALIFORNIA_GOLD_RATE_LIMITS": "off", "CALIFORNIA_GOLD_DRAIN_SECONDS": "60"}


@pytest.fixture
def deployment(deployments: Deployments) -> Deployment:
    return deployments.running(SETTINGS, replaceable=True)


async def test_a_rolling_update_of_every_service_cuts_no_upload_and_fails_no_request(deployment: Deployment) -> None:
    load = Load(deployment.url, clients=4, seconds=6)
    replaced = await replace_every_service(deployment, load)

    assert [(replacement.service, replacement.exit_code) for replacement in replaced] == [(name, 0) for name in MODULES]
    assert load.uploads.failures == []
    assert load.reads.failures == []
    assert load.uploads.succeeded >= load.clients
    assert "requests_cut" not in deployment.log()


async def test_nothing_that_was_accepted_is_lost_when_a_store_is_restarted(deployment: Deployment) -> None:
    store = deployment.servers.event_store
    seen = await outage(store.name, deployment.url, 2, lambda: stop_and_start(store, away_seconds=2))

    assert seen.unavailable > 0
    assert seen.accepted > 0
    assert seen.lost == 0
