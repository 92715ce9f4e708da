"""Configuration of the Faust application."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from chassis.composition.distributed_settings import DistributedSettings
from chassis.ports.message_bus import ReceivedMessage
from jobs_query.statistics.faust_app import statistics_app


def settings_of(**overrides: str) -> Any:
    defaults = {
        "eventstoredb_uri": "esdb://127.0.0.1:2113?Tls=false",
        "kafka_bootstrap": "one:9092, two:9093",
        "mongodb_uri": "mongodb://127.0.0.1",
        "s3_endpoint": "http://127.0.0.1:9000",
        "s3_access_key": "key",
        "s3_secret_key": "secret",
    }

    async def handle(_messages: Sequence[ReceivedMessage]) -> None:
        raise AssertionError

    return statistics_app(DistributedSettings.model_validate({**defaults, **overrides}), handle, 10).conf


async def test_the_application_has_no_topic_of_its_own_and_no_port():
    conf = settings_of()
    assert (conf.topic_disable_leader, conf.topic_allow_declare, conf.web_enabled) == (True, False, False)
    assert (str(conf.store), conf.id) == ("memory:", "jobs-query-statistics")
    assert [str(server) for server in conf.broker] == ["kafka://one:9092", "kafka://two:9093"]


async def test_brokers_and_credentials_follow_the_settings():
    assert settings_of().broker_credentials is None
    assert settings_of(kafka_security_protocol="SSL").broker_credentials.protocol.value == "SSL"
    for protocol in ("SASL_PLAINTEXT", "SASL_SSL"):
        conf = settings_of(kafka_security_protocol=protocol, kafka_username="me", kafka_password="canary")
        credentials = conf.broker_credentials
        assert (credentials.protocol.value, credentials.mechanism.value) == (protocol, "SCRAM-SHA-512")
        assert "canary" not in repr(credentials)


@pytest.mark.parametrize("module", ["jobs_query.service", "jobs_query.statistics.consumer"])
def test_no_other_process_loads_faust(module: str):
    code = f"import sys, {module}; sys.exit(any(name.split('.')[0] in ('faust', 'mode') for name in sys.modules))"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
