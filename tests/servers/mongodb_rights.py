"""Rights on single collections, which SecantusDB does not know: its roles hold for whole databases.

A proxy learns the roles and users from the commands that make them, and refuses as MongoDB does. What it lets pass the
server itself may still refuse. `python -m tests.servers.mongodb_rights PORT SERVER_PORT` serves until SIGTERM.
"""

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bson import Binary

from tests.servers.command_proxy import HELLO, CommandProxy, Connection
from tests.servers.mongodb_wire import Json, WireMessage

_UNAUTHORIZED = 13
_ACTIONS = {
    "find": ("find",),
    "aggregate": ("find",),
    "count": ("find",),
    "distinct": ("find",),
    "getMore": ("find",),
    "insert": ("insert",),
    "update": ("update",),
    "delete": ("remove",),
    "findAndModify": ("find", "update"),
    "create": ("createCollection",),
    "createIndexes": ("createIndex",),
    "listIndexes": ("listIndexes",),
}
"""Command -> the actions that it needs on its collection (MongoDB manual, Privilege Actions)."""


class RightsProxy(CommandProxy):
    """Refuses commands on collections that no role of the user names. Users that it has not seen made pass."""

    def __init__(self, server_port: int) -> None:
        super().__init__(("127.0.0.1", server_port))
        self._roles: dict[str, Sequence[Json]] = {}
        self._unrestricted: set[str] = set()
        self._users: dict[str, set[str]] = {}

    async def answer(self, request: WireMessage, connection: Connection) -> WireMessage | None:
        """Forward a command that the user may send; refuse any other."""
        command = request.document
        name = next(iter(command))
        connection.user = _user_of(command) or connection.user
        if not self._is_permitted(connection.user, command, name):
            text = f"not authorized on {command['$db']} to execute command {name}"
            return request.answer({"ok": 0.0, "code": _UNAUTHORIZED, "codeName": "Unauthorized", "errmsg": text})
        answer = await connection.forward(request)
        if answer and answer.document.get("ok"):
            self._learn(command, name)
            if name in HELLO:  # without this field drivers do not ask for several answers to one question
                known = {key: value for key, value in answer.document.items() if key != "topologyVersion"}
                return request.answer(known)
        return answer

    def _is_permitted(self, user: str, command: Json, name: str) -> bool:
        if name not in _ACTIONS or user not in self._users or self._users[user] & self._unrestricted:
            return True
        resource = {"db": command["$db"], "collection": command["collection" if name == "getMore" else name]}
        privileges = [each for role in self._users[user] for each in self._roles.get(role, ())]
        granted = {action for each in privileges if dict(each["resource"]) == resource for action in each["actions"]}
        return granted.issuperset(_ACTIONS[name])

    def _learn(self, command: Json, name: str) -> None:
        if name in {"createRole", "updateRole"}:
            self._roles[command[name]] = command["privileges"]
            if command.get("roles"):
                self._unrestricted.add(command[name])
        elif name in {"createUser", "grantRolesToUser"}:
            self._users.setdefault(command[name], set()).update(role["role"] for role in command["roles"])


def _user_of(command: Mapping[str, Any]) -> str | None:
    """Return the user who begins to log in (RFC 5802: `n,,n=user,r=nonce`), None for another command."""
    start = command if "saslStart" in command else command.get("speculativeAuthenticate")
    if not start:
        return None
    payload = bytes(Binary(start["payload"])).decode()
    return payload.split(",")[2].removeprefix("n=").replace("=2C", ",").replace("=3D", "=")


async def _serve(port: int, server_port: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with RightsProxy(server_port).running(port):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
