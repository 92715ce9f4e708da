"""What the servers' settings can't be is told by their names, and without what they hold."""

import pytest

from chassis.composition.distributed import distributed
from chassis.composition.distributed_settings import DistributedSettings
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


async def test_no_server_has_to_be_there_to_begin() -> None:
    async with distributed(DistributedSettings.model_validate(GOOD)) as infrastructure:
        assert infrastructure.objects_endpoint == "127.0.0.1:9000"


async def test_two_processes_never_have_one_name() -> None:
    settings = DistributedSettings.model_validate(GOOD)
    async with distributed(settings) as one, distributed(settings) as other:
        assert one.instance != other.instance


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("EVENTSTOREDB_URI", {"eventstoredb_uri": f"esdb://admin:{SECRET}@127.0.0.1:2113?Tls=false"}),
        ("EVENTSTOREDB_URI", {"eventstoredb_uri": SECRET}),
        ("MONGODB_URI", {"mongodb_uri": f"mongo://user:{SECRET}@127.0.0.1"}),
        ("KAFKA_", {"kafka_security_protocol": "SASL_SSL"}),
        ("KAFKA_", {"kafka_security_protocol": "SSL", "kafka_ca_file": "/nowhere.pem"}),
    ],
)
async def test_what_no_client_can_be_made_of_is_refused_by_its_name(name: str, told: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings) as refused:
        async with distributed(DistributedSettings.model_validate({**GOOD, **told})):
            pass
    assert str(refused.value).startswith(f"CALIFORNIA_GOLD_{name}")
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(DistributedSettings.model_validate({**GOOD, **told}))
