"""A process may start before its servers: it waits, logs that, and becomes ready by itself."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from chassis.adapters.mongo.operation import TIMEOUT_SECONDS
from testkit.eventually import eventually
from tests.servers.deployment import MODULES
from tests.servers.infrastructure_servers import InfrastructureServers
from tests.servers.ports import free_port
from tests.servers.service_process import ServiceProcess

_AWAITING_MONGODB = {
    *("relay:california-gold.users", "relay:california-gold.tokens", "catch-up:identity"),
    *("security-log-keys", "store:documents"),
}
_WORKERS = _AWAITING_MONGODB | {"signing-keys", "store:events", "store:objects", "store:bus", "revocations"}


async def test_a_process_waits_for_its_servers_and_logs_it(tmp_path: Path) -> None:
    stack = InfrastructureServers.in_folder(tmp_path / "servers")
    settings = {**stack.settings(), "CALIFORNIA_GOLD_LOG_FORMAT": "json"}
    process = ServiceProcess(tmp_path / "identity", free_port(), "identity", settings)
    process.launch()
    try:
        async with httpx.AsyncClient(base_url=process.url, timeout=30) as http:
            waiting = await eventually(lambda: _readiness(http), within=60)
            await eventually(lambda: _all_await(process), within=60)
            alive = await http.get("/live")
            await asyncio.to_thread(stack.start)
            await asyncio.to_thread(stack.apply_topics)
            await asyncio.to_thread(process.wait_until_ready)
            registered = await http.post("/auth/register", json={"username": "early", "password": "Stethoscope-42"})
        log = process.log_file.read_text()
    finally:
        process.stop()
        stack.stop()

    assert waiting is not None
    assert waiting.status_code == 503
    assert "stores" in waiting.json()["detail"]
    assert alive.status_code == 200
    assert registered.status_code == 201, registered.text
    assert "Traceback" not in log
    awaiting = _awaiting(log)
    assert sorted(line["worker"] for line in awaiting) == sorted(_WORKERS)
    since = [datetime.fromisoformat(line["timestamp"]) for line in awaiting if "MongoDB" in line["reason"]]
    assert len(since) == len(_AWAITING_MONGODB)
    assert max(since) - min(since) < timedelta(seconds=TIMEOUT_SECONDS), "one waited for the timeout of another"
    assert log.count("\n") < 60, log


@pytest.mark.parametrize("module", list(MODULES.values()))
def test_a_missing_or_invalid_setting_is_reported_by_name(module: str, tmp_path: Path) -> None:
    settings = {
        "CALIFORNIA_GOLD_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "CALIFORNIA_GOLD_S3_ENDPOINT": "nonsense",
        "CALIFORNIA_GOLD_KAFKA_BOOTSTRAPS": "127.0.0.1:1",
    }
    process = ServiceProcess(tmp_path / "process", free_port(), module, settings)
    process.launch()
    code = process.wait_for_exit()
    log = process.log_file.read_text()

    assert code == 1
    for name in ("EVENTSTOREDB_URI", "MONGODB_URI", "S3_ENDPOINT", "S3_SECRET_KEY", "KAFKA_BOOTSTRAPS"):
        assert f"CALIFORNIA_GOLD_{name}: " in log
    assert "CALIFORNIA_GOLD_KAFKA_BOOTSTRAP: " not in log
    assert "Traceback" not in log


def _awaiting(log: str) -> Sequence[Mapping[str, str]]:
    whole_lines = log.rpartition("\n")[0].splitlines()
    return [line for line in map(json.loads, whole_lines) if line["event"] == "store_awaited"]


async def _all_await(process: ServiceProcess) -> bool:
    return {line["worker"] for line in _awaiting(process.log_file.read_text())} == _WORKERS


async def _readiness(http: httpx.AsyncClient) -> httpx.Response | None:
    try:
        answer = await http.get("/ready")
    except httpx.TransportError:
        return None
    return answer if "stores" in answer.text else None
