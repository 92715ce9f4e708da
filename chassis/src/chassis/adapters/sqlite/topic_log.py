"""The log of a topic as rows: offsets count from 0 without holes."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import orjson

from chassis.adapters.sqlite.rows import insert_rows
from chassis.ports.message_bus import Message, ReceivedMessage

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    topic TEXT NOT NULL,
    offset INTEGER NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    headers BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS messages_by_topic ON messages (topic, offset);
CREATE TABLE IF NOT EXISTS places (
    consumer_group TEXT NOT NULL,
    topic TEXT NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (consumer_group, topic)
) WITHOUT ROWID
"""
PAGE = 500
Headers = tuple[tuple[str, bytes], ...]
Places = dict[str, int]
"""The next offset, by topic."""


def write(connection: sqlite3.Connection, messages: Sequence[Message]) -> None:
    """Append messages to the logs of their topics."""
    nexts = ends(connection, {message.topic for message in messages})
    rows: list[tuple[str, int, str, bytes, bytes]] = []
    for message in messages:
        offset = nexts[message.topic]
        nexts[message.topic] = offset + 1
        rows.append((message.topic, offset, message.key, message.value, _encoded(message.headers)))
    insert_rows(connection, "INSERT INTO messages (topic, offset, key, value, headers)", rows)


def ends(connection: sqlite3.Connection, topics: Iterable[str]) -> Places:
    """Return the offsets that the next messages will get."""
    statement = "SELECT coalesce(max(offset) + 1, 0) FROM messages WHERE topic = ?"
    return {topic: connection.execute(statement, (topic,)).fetchone()[0] for topic in topics}


def read(connection: sqlite3.Connection, places: Mapping[str, int]) -> list[ReceivedMessage]:
    """Return a page of what is in each topic from a place on."""
    statement = (
        "SELECT key, value, headers, offset FROM messages WHERE topic = ? AND offset >= ? ORDER BY offset LIMIT ?"
    )
    return [
        ReceivedMessage(topic, key, value, _decoded(headers), 0, offset)
        for topic, place in places.items()
        for key, value, headers, offset in connection.execute(statement, (topic, place, PAGE)).fetchall()
    ]


def places(connection: sqlite3.Connection, topics: Iterable[str], group: str) -> Places:
    """Return where a group goes on: after the contiguous prefix that it acknowledged."""
    statement = "SELECT coalesce(max(next), 0) FROM places WHERE consumer_group = ? AND topic = ?"
    return {topic: connection.execute(statement, (group, topic)).fetchone()[0] for topic in topics}


def move(connection: sqlite3.Connection, group: str, moved: Mapping[str, int]) -> None:
    """Move a group's places, never back."""
    connection.executemany(
        "INSERT INTO places VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = max(next, excluded.next)",
        [(group, topic, place) for topic, place in moved.items()],
    )


def _encoded(headers: Headers) -> bytes:
    return orjson.dumps([(name, value.decode("latin-1")) for name, value in headers])


def _decoded(stored: bytes) -> Headers:
    return tuple((name, value.encode("latin-1")) for name, value in orjson.loads(stored))
