"""Invalid settings of servers are reported by name and without their secrets."""

from typing import Any, cast

import pytest
from pydantic import ValidationError

from chassis.composition.distributed import distributed
from chassis.composition.distributed_settings import DistributedSettings, KeySettings
from chassis.ports.event_store import StoreRefused
from chassis.runtime.settings import InvalidSettings

SECRET = "s3cr3t-w0rd"
GOOD = {
    "eventstoredb_uri": "esdb://127.0.0.1:2113?Tls=false",
    "kafka_bootstrap": "127.0.0.1:9092",
    "mongodb_uri": "mongodb://127.0.0.1:27017",
    "s3_endpoint": "http://127.0.0.1:9000",
    "s3_access_key": "access",
    "s3_secret_key": SECRET,
}
KEYS = {"mongodb_keys_uri": f"mongodb://keys:{SECRET}@127.0.0.1:27018"}


async def test_a_process_starts_without_any_server() -> None:
    async with distributed(DistributedSettings.model_validate(GOOD)) as infrastructure:
        assert infrastructure.objects_endpoint == "127.0.0.1:9000"


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_mongodb_is_reached_through_the_chosen_driver(driver: str) -> None:
    settings = DistributedSettings.model_validate({**GOOD, **KEYS, "mongodb_driver": driver})
    async with distributed(settings) as infrastructure:
        database = cast("Any", infrastructure.keys)._database
    assert type(database).__module__.partition(".")[0] == driver


async def test_a_process_without_the_address_of_the_keys_has_no_access_to_them() -> None:
    async with distributed(DistributedSettings.model_validate(GOOD)) as infrastructure:
        for call in (infrastructure.keys.key_for, infrastructure.keys.shred):
            with pytest.raises(StoreRefused, match=r"^CALIFORNIA_GOLD_MONGODB_KEYS_URI: "):
                await call("user:1")


def test_a_process_that_needs_keys_refuses_to_start_without_their_address() -> None:
    with pytest.raises(ValidationError, match="mongodb_keys_uri"):
        KeySettings.model_validate(GOOD)
    assert KeySettings.model_validate({**GOOD, **KEYS})


async def test_two_processes_have_different_names() -> None:
    settings = DistributedSettings.model_validate(GOOD)
    async with distributed(settings) as first, distributed(settings) as other:
        assert first.instance != other.instance


@pytest.mark.parametrize(
    ("name", "invalid"),
    [
        ("EVENTSTOREDB_URI", {"eventstoredb_uri": f"esdb://admin:{SECRET}@127.0.0.1:2113?Tls=false"}),
        ("EVENTSTOREDB_URI", {"eventstoredb_uri": SECRET}),
        ("MONGODB_URI", {"mongodb_uri": f"mongo://user:{SECRET}@127.0.0.1"}),
        ("MONGODB_KEYS_URI", {"mongodb_keys_uri": f"mongo://user:{SECRET}@127.0.0.1"}),
        ("KAFKA_", {"kafka_security_protocol": "SASL_SSL"}),
        ("KAFKA_", {"kafka_security_protocol": "SSL", "kafka_ca_file": "/nowhere.pem"}),
    ],
)
async def test_a_setting_that_a_client_rejects_is_reported_by_name(name: str, invalid: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings) as refused:
        async with distributed(DistributedSettings.model_validate({**GOOD, **invalid})):
            pass
    assert str(refused.value).startswith(f"CALIFORNIA_GOLD_{name}")
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(DistributedSettings.model_validate({**GOOD, **invalid}))
