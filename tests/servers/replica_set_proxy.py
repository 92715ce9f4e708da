"""A proxy that plays a MongoDB replica set of one member, and what its clients see of a failover."""

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from tests.servers.command_proxy import HELLO, CommandProxy, Connection
from tests.servers.mongodb_wire import Json, WireMessage

NOT_WRITABLE_PRIMARY, SHUTDOWN_IN_PROGRESS = 10107, 91
_OF_CONNECTIONS = {"saslStart", "saslContinue", "ping", "endSessions"}
_SET = "rs0"


class ReplicaSetProxy(CommandProxy):
    """Forwards commands to a server and answers as the member of a replica set.

    Like a replica set, it executes a retryable write once and answers a repetition, which has the same session and
    number, as before. SecantusDB does so for repetitions on the same connection only.
    """

    def __init__(self, server_uri: str) -> None:
        server = urlsplit(server_uri)
        self._credentials = server.netloc.rpartition("@")[0]
        super().__init__((server.hostname or "127.0.0.1", server.port or 27017))
        self.has_primary = True
        """Without a primary every command is refused, and `hello` says that the member is a secondary."""
        self.refusals: dict[str, int] = {}
        """Names of commands of which the next one is refused, and with which code."""
        self.lost_answers: set[str] = set()
        """Names of commands of which the next one is executed, and the connection closed instead of an answer."""
        self.hello: dict[str, Any] = {}
        """Fields of the answer to `hello` that are not the server's."""
        self.held: dict[str, asyncio.Event] = {}
        """Commands, by name and collection (`find jobs`), that are held back until the event is set."""
        self.received: list[str] = []
        """Names of the commands that came, without those of connections."""
        self.told_of_no_primary = False
        """Whether a client has heard, by a refusal or by `hello`, that there is no primary."""
        self._answers: dict[tuple[bytes, int], WireMessage] = {}

    @property
    def uri(self) -> str:
        """The URI for clients."""
        user = f"{self._credentials}@" if self._credentials else ""
        return f"mongodb://{user}127.0.0.1:{self.port}/?replicaSet={_SET}"

    async def answer(self, request: WireMessage, connection: Connection) -> WireMessage | None:
        """Return the answer; None to close the connection."""
        command = request.document
        name = next(iter(command))
        if name in HELLO:
            hello = await connection.forward(request)
            self.told_of_no_primary |= not self.has_primary
            return hello and request.answer(self._as_member(hello.document))
        if name in _OF_CONNECTIONS:
            return await connection.forward(request)
        self.received.append(name)
        if held := self.held.get(f"{name} {command[name]}"):
            await held.wait()
        if not self.has_primary:
            self.told_of_no_primary = True
            return request.answer(_error(command, NOT_WRITABLE_PRIMARY))
        if code := self.refusals.pop(name, None):
            return request.answer(_error(command, code))
        answer = await self._executed_once(request, command, connection)
        if name in self.lost_answers:
            self.lost_answers.remove(name)
            return None
        return answer

    async def _executed_once(self, request: WireMessage, command: Json, connection: Connection) -> WireMessage | None:
        if "txnNumber" not in command:
            return await connection.forward(request)
        write = (bytes(command["lsid"]["id"]), command["txnNumber"])
        if write not in self._answers:
            answer = await connection.forward(request)
            if answer is None:
                return None
            self._answers[write] = answer
        return replace(self._answers[write], response_to=request.request_id)

    def _as_member(self, hello: Json) -> Json:
        """Return the answer to `hello`: without `topologyVersion`, the driver asks again instead of streaming."""
        me = f"127.0.0.1:{self.port}"
        role = {
            "ismaster": self.has_primary,
            "isWritablePrimary": self.has_primary,
            "secondary": not self.has_primary,
            "setName": _SET,
            "hosts": [me],
            "me": me,
            "logicalSessionTimeoutMinutes": 30,
            **self.hello,
        }
        others = {key: value for key, value in hello.items() if key not in {"topologyVersion", "primary", "msg"}}
        return {**others, **role, **({"primary": me} if self.has_primary else {})}


def _error(command: Json, code: int) -> Json:
    """Return an error as a server labels it: a write with a transaction number may be repeated."""
    labels = {"errorLabels": ["RetryableWriteError"]} if "txnNumber" in command else {}
    return {"ok": 0.0, "code": code, "errmsg": "refused by a test", **labels}
