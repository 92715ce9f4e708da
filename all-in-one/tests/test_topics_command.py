"""`california-gold topics`: the declared topics are listed and created."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from california_gold_contracts.topics import TOPICS
from tests.servers.kafka import KafkaServer
from tests.servers.ports import free_port
from tests.servers.shared import required

Run = Callable[..., tuple[int, str]]
NOT_USED = {
    "EVENTSTOREDB_URI": "esdb://127.0.0.1:1?Tls=false",
    "MONGODB_URI": "mongodb://127.0.0.1:1",
    "S3_ENDPOINT": "http://127.0.0.1:1",
    "S3_ACCESS_KEY": "key",
    "S3_SECRET_KEY": "not-to-be-seen",
}


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the address of Kafka; `topics` needs no other server."""

    def at(bootstrap: str) -> None:
        for name, value in {**NOT_USED, "KAFKA_BOOTSTRAP": bootstrap}.items():
            monkeypatch.setenv(f"CALIFORNIA_GOLD_{name}", value)

    return at


def test_list_shows_the_retention_of_each_topic(run: Run) -> None:
    code, printed = run("topics", "list")
    assert code == 0
    for topic in TOPICS:
        (line,) = [line for line in printed.splitlines() if f"{topic.name} " in line]
        assert topic.owner in line
    assert "the last event of each key" in printed
    assert "90 days" in printed


def test_apply_creates_the_topics_and_is_idempotent(
    run: Run, kafka: Callable[[str], None], kafka_bootstrap: str
) -> None:
    kafka(kafka_bootstrap)
    assert run("topics", "apply")[0] == 0
    assert run("topics", "apply") == (0, "all topics are as declared\n")


def test_an_unavailable_broker_is_reported_in_a_sentence(run: Run, kafka: Callable[[str], None]) -> None:
    kafka(f"127.0.0.1:{free_port()}")
    code, printed = run("topics", "apply", "--wait", "0")
    assert code == 1
    assert printed.startswith("california-gold: Kafka is not available")
    assert len(printed.splitlines()) == 1


def test_apply_waits_for_a_broker_and_says_so_once(kafka: Callable[[str], None], tmp_path: Path) -> None:
    required(KafkaServer)
    server = KafkaServer(tmp_path / "kafka", free_port())
    kafka(server.endpoint)
    command = [str(Path(sys.executable).with_name("california-gold")), "topics", "apply"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as applying:
        assert applying.stderr is not None
        first = applying.stderr.readline()
        server.start()
        printed, others = applying.communicate()
    server.kill()
    assert applying.returncode == 0
    assert first.startswith("california-gold: Kafka is not available")
    assert first.endswith("waiting for at most 300 s\n")
    assert others == ""
    assert "created with" in printed
