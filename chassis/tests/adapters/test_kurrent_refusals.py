"""What the adapter refuses: connection strings that are unsafe or invalid, and events that are too large."""

from pathlib import Path
from uuid import uuid4

import pytest

from chassis.adapters.kurrent.connection_string import InvalidConnectionString
from chassis.adapters.kurrent.event_store import kurrent_event_store
from chassis.ports.event_store import NO_STREAM, EventTooLarge, NewEvent
from testkit.conformance.samples import unique
from tests.servers.ports import free_port

UNSAFE = [
    "esdb://admin:s3cret@localhost:2113?tls=false",
    "esdb://admin:s3cret@localhost:2113?Tls=False",
    "esdb+discover://admin:s3cret@localhost?tls=false",
    "esdb://admin:s3cret@localhost:2113?tlsVerifyCert=false",
    "esdb://s3cret@localhost:2113?tls=false",
]
INVALID = [
    "",
    "localhost:2113",
    "http://admin:s3cret@localhost:2113",
    "esdb://",
    "esdb://admin:s3cret@",
    "esdb://localhost:2113",
    "esdb://admin@localhost:2113",
    "esdb://admin:s3cret@one:2113,two:port",
    "esdb+discover://admin:s3cret@one:2113,two:2113",
    "esdb://admin:s3cret@more@localhost:2113",
    "esdb://admin:s3cret/more@localhost:2113",
    "esdb://admin:s3cret?more@localhost:2113",
    "esdb://admin:s3cret?more=s3cret@localhost:2113",
    "esdb://admin:s3cret@localhost:2113?s3cret=true",
    "esdb://admin:s3cret@localhost:2113?defaultDeadline=s3cret",
    "esdb://admin:s3cret@localhost:2113?tls=s3cret",
    "esdb://admin:s3cret@localhost:2113?nodePreference=follower",
    "esdb://admin:s3cret@localhost:2113?tlsCaFile=/not/there",
]


@pytest.mark.parametrize("uri", [*UNSAFE, *INVALID])
async def test_an_invalid_connection_string_is_refused_without_quoting_the_password(uri: str) -> None:
    with pytest.raises(InvalidConnectionString) as caught:
        async with kurrent_event_store(uri):
            pass
    assert "s3cret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    "uri",
    [
        "esdb://localhost?tls=false",
        "esdb://127.0.0.1:2113?Tls=false&DefaultDeadline=3&KeepAliveInterval=1000",
        "esdb://one:2113,two:2113,three:2113?tls=false&nodePreference=leader",
        "esdb+discover://admin:s3cret@cluster.example",
        "kurrentdb://admin:p%40ss%2Fword@[::1]:2113?connectionName=jobs",
    ],
)
async def test_a_documented_connection_string_is_accepted_without_a_server(uri: str) -> None:
    async with kurrent_event_store(uri) as store:
        assert store


async def test_several_nodes_with_discover_are_refused_with_the_form_that_takes_them() -> None:
    with pytest.raises(InvalidConnectionString, match="several nodes are written esdb://one:2113,two:2113"):
        async with kurrent_event_store("esdb+discover://admin:s3cret@one:2113,two:2113,three:2113"):
            pass


@pytest.mark.parametrize(("events", "event_bytes"), [(1, 1_100_000), (3, 400_000), (1, 1024 * 1024)])
async def test_an_append_above_one_mebibyte_is_refused_with_its_size_before_it_is_sent(
    events: int, event_bytes: int
) -> None:
    large = [NewEvent(uuid4(), "tests.thing.v1", b'"%s"' % (b"x" * (event_bytes - 2))) for _ in range(events)]
    async with kurrent_event_store(f"esdb://127.0.0.1:{free_port()}?tls=false") as store:
        with pytest.raises(EventTooLarge, match=str(events * (event_bytes + 2 + 28))):
            await store.append("job-1", large, NO_STREAM)


async def test_the_server_accepts_the_largest_append_that_the_adapter_sends(eventstoredb_uri: str) -> None:
    stream, limit = unique("job-"), 1024 * 1024 - 4096
    metadata, wire_type = b'{"large":true}', "tests.thing.v1"
    data = b"1" * (limit - len(metadata) - 2 * len(wire_type))
    async with kurrent_event_store(eventstoredb_uri) as store:
        assert await store.append(stream, [NewEvent(uuid4(), wire_type, data, metadata)], NO_STREAM) == 0
        assert [len(event.data) for event in await store.read(stream)] == [len(data)]


async def test_a_ca_file_without_a_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(InvalidConnectionString, match="tlsCaFile"):
        async with kurrent_event_store(f"esdb://admin:s3cret@127.0.0.1:1?tlsCaFile={tmp_path / 'ca.pem'}"):
            pass
