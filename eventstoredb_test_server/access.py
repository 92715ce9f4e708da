"""Users, their groups, and their rights on streams by the default access control lists of the stream `$settings`."""

import base64
import binascii
import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from chassis.adapters.sqlite.database import Database
from eventstoredb_test_server.protocol import Context
from eventstoredb_test_server.refusals import CallRefused
from eventstoredb_test_server.tables import stream_events, stream_state

ADMINISTRATORS = "$admins"
ALL_STREAMS = "$all"
_SETTINGS = "$settings"
_EVERYBODY = "$all"
_WITHOUT_SETTINGS = {"$userStreamAcl": dict.fromkeys(("$r", "$w", "$d"), _EVERYBODY), "$systemStreamAcl": {}}
_SCHEMA_OF_USERS = "CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, password TEXT, groups TEXT)"


@dataclass(frozen=True)
class Access:
    """Who may call what. The user `admin` has the given password and every right.

    Unlike a real server it keeps passwords as they are, and knows no access control lists of single streams.
    """

    database: Database
    admin_password: str

    async def prepare(self) -> None:
        """Create the table of users."""
        await self.database.write(lambda connection: connection.execute(_SCHEMA_OF_USERS))

    def demand(self, context: Context, stream: str, right: str) -> None:
        """Raise `CallRefused` unless the caller has a right on a stream: `$r`, `$w` or `$d`."""
        roles = self.roles(context)
        if ADMINISTRATORS not in roles and not self._granted(stream, right) & {*roles, _EVERYBODY}:
            raise CallRefused(grpc.StatusCode.PERMISSION_DENIED, "Access Denied")

    def roles(self, context: Context) -> Collection[str]:
        """Return the name and the groups of the caller. Raises `CallRefused` if user or password are wrong."""
        name, password = _credentials(context)
        if (name, password) == ("admin", self.admin_password):
            return {name, ADMINISTRATORS}
        found = self.database.read_now(lambda connection: _user(connection, name))
        if found is None or found[0] != password:
            raise CallRefused(grpc.StatusCode.UNAUTHENTICATED, "")
        return {name, *json.loads(found[1])}

    async def create(self, name: str, password: str, groups: Sequence[str]) -> None:
        """Create a user. Raises `CallRefused` if they exist."""
        if self.database.read_now(lambda connection: _user(connection, name)):
            raise CallRefused(grpc.StatusCode.ALREADY_EXISTS, "User already exists.")
        await self._write("INSERT INTO users VALUES (?, ?, ?)", name, password, json.dumps([*groups]))

    async def update(self, name: str, groups: Sequence[str]) -> None:
        """Change the groups of a user; the password stays."""
        await self._write("UPDATE users SET groups = ? WHERE name = ?", json.dumps([*groups]), name)

    async def reset_password(self, name: str, password: str) -> None:
        """Change the password of a user."""
        await self._write("UPDATE users SET password = ? WHERE name = ?", password, name)

    async def _write(self, statement: str, *values: str) -> None:
        work: Callable[[sqlite3.Connection], object] = lambda connection: connection.execute(statement, values)  # noqa: E731
        await self.database.write(work)

    def _granted(self, stream: str, right: str) -> set[str]:
        if stream.startswith("$$"):
            return set()
        acl = self.database.read_now(_settings)["$systemStreamAcl" if stream.startswith("$") else "$userStreamAcl"]
        granted = acl.get(right, [])
        return {granted} if isinstance(granted, str) else set(granted)


def _credentials(context: Context) -> tuple[str, str]:
    metadata = dict(context.invocation_metadata() or ())
    kind, _, encoded = str(metadata.get("authorization", "")).partition(" ")
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        kind, name, colon, password = "", "", "", ""
    if kind.lower() != "basic" or not colon:
        raise CallRefused(grpc.StatusCode.UNAUTHENTICATED, "")
    return name, password


def _user(connection: sqlite3.Connection, name: str) -> tuple[str, str] | None:
    return connection.execute("SELECT password, groups FROM users WHERE name = ?", (name,)).fetchone()


def _settings(connection: sqlite3.Connection) -> dict[str, Any]:
    state = stream_state(connection, _SETTINGS)
    last = stream_events(connection, state, state.last, 1) if state.number is not None else []
    return json.loads(last[0].data) if last else _WITHOUT_SETTINGS
