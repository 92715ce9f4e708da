"""The overlay `local` on a real node, where kubelet and containerd run the images of the Dockerfile."""

import asyncio
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from testkit.eventually import eventually
from tests.e2e.api_client import Api
from tests.e2e.readme_example import run_readme_example
from tests.faults.drills.store_outages import HEADINGS, outage
from tests.faults.drills.uploads import Load
from tests.kubernetes.cluster import NAMESPACE, Cluster
from tests.kubernetes.node import NAME
from tests.kubernetes.node_cluster import local_overlay, running_node_cluster, url_of_the_gateway

ROLLED_OUT = (*NAMESPACE, "rollout", "status", "deployment", "--timeout", "240s")
RESTART = (*NAMESPACE, "rollout", "restart", "deployment")
AS_IN_PRODUCTION = '{"spec": {"strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}}'
CLIENTS, SECONDS, READ_PAUSE = 4, 60, 1.0


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, report: Callable[[str], None]) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("node")
    with running_node_cluster(folder) as cluster:
        started = time.monotonic()
        cluster.kubectl("apply", "--filename", "k8s/namespace.yaml")
        cluster.kubectl("apply", "-k", str(local_overlay(folder)))
        cluster.kubectl(*ROLLED_OUT)
        report(f"ready {time.monotonic() - started:.0f} s after kubectl apply")
        yield cluster


@pytest.fixture
def api(installed: Cluster) -> Api:
    return Api(url_of_the_gateway(installed))


async def test_the_readmes_example_is_analysed_on_a_node(api: Api, chest_zip: bytes) -> None:
    async with api.registered() as account:
        await run_readme_example(api, account, chest_zip)


def test_processes_run_without_privileges(installed: Cluster) -> None:
    for name in _names(installed):
        status = installed.kubectl(*NAMESPACE, "exec", f"deployment/{name}", "--", "cat", "/proc/1/status")
        fields = {line.split()[0]: line.split()[1:] for line in status.splitlines() if line}
        assert set(fields["Uid:"]) == {"10001"}, name
        assert int(fields["CapEff:"][0], 16) == int(fields["CapBnd:"][0], 16) == 0, name
        assert fields["NoNewPrivs:"] == ["1"], name
        assert fields["Seccomp:"] == ["2"], name


async def test_pods_that_are_all_deleted_at_once_come_back_with_their_data(
    installed: Cluster, api: Api, chest_zip: bytes
) -> None:
    async with api.registered("before") as account:
        job = await run_readme_example(api, account, chest_zip)
    installed.kubectl(*NAMESPACE, "delete", "pods", "--all", "--timeout", "120s")
    await _back(installed, api)

    async with api.signed_in("before") as account:
        assert await account.job(job["id"]) == job
        await run_readme_example(api, account, chest_zip)


@pytest.mark.parametrize("store", ["kafka", "kurrentdb", "minio", "mongodb"])
async def test_no_accepted_job_is_lost_when_a_store_is_replaced(
    installed: Cluster, api: Api, store: str, report: Callable[[str], None]
) -> None:
    async def replace() -> None:
        for command in ("restart", "status"):
            await asyncio.to_thread(installed.kubectl, *NAMESPACE, "rollout", command, f"statefulset/{store}")

    seen = await outage(store, api.url, CLIENTS, replace)
    report(", ".join(f"{heading}: {cell}" for heading, cell in zip(HEADINGS, seen.row, strict=True)))
    assert seen.accepted > 0
    assert seen.lost == 0


async def test_a_rolling_restart_of_every_service_cuts_no_upload_of_a_minute(
    installed: Cluster, api: Api, report: Callable[[str], None]
) -> None:
    names = _names(installed)
    for name in names:
        installed.kubectl(*NAMESPACE, "patch", "deployment", name, "--patch", AS_IN_PRODUCTION)
    load = Load(api.url, CLIENTS, SECONDS, READ_PAUSE)

    async def restart() -> None:
        await asyncio.to_thread(installed.kubectl, *RESTART)
        await asyncio.to_thread(installed.kubectl, *ROLLED_OUT)

    await load.during(restart)
    report(
        f"{load.uploads.succeeded} uploads and {load.reads.succeeded} reads during a restart of {len(names)} services"
    )
    assert not load.uploads.failures
    assert not load.reads.failures
    assert load.uploads.succeeded >= CLIENTS


async def test_a_drained_node_is_empty_and_takes_everything_again(
    installed: Cluster, api: Api, chest_zip: bytes
) -> None:
    installed.kubectl("drain", NAME, "--delete-emptydir-data", "--ignore-daemonsets", "--timeout", "200s")
    installed.kubectl("uncordon", NAME)
    await _back(installed, api)

    async with api.registered() as account:
        await run_readme_example(api, account, chest_zip)


async def _back(installed: Cluster, api: Api) -> None:
    """Wait for the pods, then for the way to them: a rollout ends before the node routes to all its pods."""
    await asyncio.to_thread(installed.kubectl, *ROLLED_OUT)
    await eventually(lambda: _is_reached(api), within=60)


async def _is_reached(api: Api) -> bool:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{api.url}/auth/me")).status_code == 401


def _names(cluster: Cluster) -> list[str]:
    return [each["metadata"]["name"] for each in cluster.objects("deployment") if each["spec"]["replicas"]]
