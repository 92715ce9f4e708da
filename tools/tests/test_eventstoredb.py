"""The comparison of two EventStoreDB servers: equal ones have no difference, and a difference is printed."""

from collections.abc import AsyncIterator
from pathlib import Path

from eventstoredb_test_server.protocol import Context, ReadReq, ReadResp
from eventstoredb_test_server.server import running_server
from eventstoredb_test_server.streams_service import StreamsService
from tests.servers.ports import free_port
from tools.eventstoredb.cases import CASES
from tools.eventstoredb.comparison import compared

SUBSCRIPTION = "a subscription to the log"


class TalkativeStreams(StreamsService):
    """Tells with `caught_up` a position, as EventStoreDB does not."""

    async def Read(self, request: ReadReq, context: Context) -> AsyncIterator[ReadResp]:  # noqa: N802
        async for response in super().Read(request, context):
            if response.WhichOneof("content") == "caught_up":
                response.caught_up.position.commit_position = 7
            yield response


async def test_a_server_does_not_differ_from_another_of_its_kind(tmp_path: Path) -> None:
    printed: list[str] = []
    ports = free_port(), free_port()
    uri, other = (f"esdb://127.0.0.1:{port}?tls=false" for port in ports)
    async with running_server(ports[0], tmp_path / "a.db"), running_server(ports[1], tmp_path / "b.db"):
        assert await compared(uri, other, printed.append) == 0, "\n".join(printed)
    assert printed[:-1] == [f"same     {name}" for name in CASES]


async def test_a_changed_answer_is_printed(tmp_path: Path) -> None:
    printed: list[str] = []
    ports = free_port(), free_port()
    uri, other = (f"esdb://127.0.0.1:{port}?tls=false" for port in ports)
    async with (
        running_server(ports[0], tmp_path / "a.db"),
        running_server(ports[1], tmp_path / "b.db", TalkativeStreams),
    ):
        assert await compared(uri, other, printed.append, {SUBSCRIPTION: CASES[SUBSCRIPTION]}) == 1
    assert printed[0] == f"differs  {SUBSCRIPTION}"
    changes = [line.strip() for line in printed if line.strip().startswith(("-", "+"))]
    assert changes[:2] == ["-  caught_up", "+  caught_up.position.commit_position = position 3"]
