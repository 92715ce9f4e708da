"""Calls of EventStoreDB's gRPC protocol without the client library, which hides a part of the answers."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import grpc
import grpc.aio
from google.protobuf.message import Message
from kurrentdbclient.connection_spec import ConnectionSpec

from eventstoredb_test_server.protocol import StreamsStub

_MAX_MESSAGE_BYTES = 64 * 1024 * 1024
_TRAILERS = {
    *("exception", "stream-name", "expected-version", "actual-version"),
    *("maximum-append-size", "required-metadata-properties"),
}


@dataclass(frozen=True)
class End:
    """How a call ended: its status, the text of it, and the trailers that explain it."""

    status: str
    details: str = ""
    trailers: tuple[tuple[str, str], ...] = ()


OPEN = End("open")
"""The call had not ended when its time was over."""


@dataclass(frozen=True)
class Answer:
    """The messages that a call answered, and its end."""

    messages: Sequence[Any]
    end: End

    @property
    def positions(self) -> list[int]:
        """The positions of the events among the messages."""
        return [each.event.commit_position for each in self.messages if each.WhichOneof("content") == "event"]


@dataclass(frozen=True)
class RawCalls:
    """The calls of one server."""

    stub: Any
    metadata: Sequence[tuple[str, str]]

    async def call(
        self, method: str, request: Message | Iterable[Message], *, count: int | None = None, seconds: float = 2.0
    ) -> Answer:
        """Make a call of `Streams`; return the first `count` messages of its answer, or what comes in some seconds."""
        call = getattr(self.stub, method)(request, metadata=self.metadata, timeout=seconds)
        if method in ("Read", "BatchAppend"):
            return await _received(call, count)
        return await _received(_as_stream(call), count)

    @asynccontextmanager
    async def subscription(self, request: Message) -> AsyncGenerator["Subscription"]:
        """Subscribe; the block starts when the server has said that the client has caught up."""
        call = self.stub.Read(request, metadata=self.metadata)
        stream = aiter(call)
        try:
            while (await anext(stream)).WhichOneof("content") != "caught_up":
                pass
            yield Subscription(stream)
        finally:
            call.cancel()


@dataclass(frozen=True)
class Subscription:
    """A subscription whose messages wait to be read."""

    stream: Any

    async def rest(self, seconds: float = 5.0) -> Answer:
        """Read on until the end, or for some seconds."""
        try:
            async with asyncio.timeout(seconds):
                return await _received(self.stream, None)
        except TimeoutError:
            return Answer([], OPEN)


async def _as_stream(call: Any) -> AsyncGenerator[Message]:
    yield await call


async def _received(stream: Any, count: int | None) -> Answer:
    messages: list[Message] = []
    try:
        async for message in stream:
            messages.append(message)
            if len(messages) == count:
                return Answer(messages, OPEN)
    except grpc.aio.AioRpcError as error:
        return Answer(messages, _end(error))
    return Answer(messages, End("OK"))


@asynccontextmanager
async def raw_calls(uri: str) -> AsyncGenerator[RawCalls]:
    """Connect to the first node of a connection string."""
    spec = ConnectionSpec(uri)
    target, options = spec.targets[0], (("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),)
    metadata: list[tuple[str, str]] = []
    if spec.options.tls:
        channel = grpc.aio.secure_channel(target, _credentials(spec.options.tls_ca_file), options)
        user = f"{unquote(spec.username or '')}:{unquote(spec.password or '')}".encode()
        metadata = [("authorization", f"Basic {b64encode(user).decode()}")]
    else:
        channel = grpc.aio.insecure_channel(target, options)
    async with channel:
        yield RawCalls(StreamsStub(channel), metadata)


def _credentials(ca_file: str | None) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(Path(ca_file).read_bytes() if ca_file else None)


def _end(error: grpc.aio.AioRpcError) -> End:
    code = error.code()
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return OPEN
    trailers = tuple((key, str(value)) for key, value in error.trailing_metadata() if key in _TRAILERS)
    return End(code.name, error.details() or "", tuple(sorted(trailers)))
