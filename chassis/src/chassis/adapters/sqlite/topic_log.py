"""Topic logs and committed offsets as SQL tables. A topic has one partition; its offsets count from 0 without gaps."""

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
# The table `places` holds committed offsets: its name is part of existing data folders.
PAGE = 500
Headers = tuple[tuple[str, bytes], ...]
Offsets = dict[str, int]
"""The next offset by topic."""


def append(connection: sqlite3.Connection, messages: Sequence[Message]) -> list[ReceivedMessage]:
    """Append messages to the logs of their topics; return them as they will be received."""
    next_offsets = end_offsets(connection, {message.topic for message in messages})
    appended: list[ReceivedMessage] = []
    for message in messages:
        offset = next_offsets[message.topic]
        next_offsets[message.topic] = offset + 1
        appended.append(ReceivedMessage(message.topic, message.key, message.value, message.headers, 0, offset))
    rows = [(each.topic, each.offset, each.key, each.value, _encoded(each.headers)) for each in appended]
    insert_rows(connection, "INSERT INTO messages (topic, offset, key, value, headers)", rows)
    return appended


def end_offsets(connection: sqlite3.Connection, topics: Iterable[str]) -> Offsets:
    """Return the end offset of each topic: the offset of its next message."""
    statement = "SELECT coalesce(max(offset) + 1, 0) FROM messages WHERE topic = ?"
    return {topic: connection.execute(statement, (topic,)).fetchone()[0] for topic in topics}


def read(connection: sqlite3.Connection, offsets: Mapping[str, int]) -> list[ReceivedMessage]:
    """Return a page of messages of each topic, from the given offsets on."""
    statement = (
        "SELECT key, value, headers, offset FROM messages WHERE topic = ? AND offset >= ? ORDER BY offset LIMIT ?"
    )
    return [
        ReceivedMessage(topic, key, value, _decoded(headers), 0, offset)
        for topic, start in offsets.items()
        for key, value, headers, offset in connection.execute(statement, (topic, start, PAGE)).fetchall()
    ]


def committed_offsets(connection: sqlite3.Connection, topics: Iterable[str], group: str) -> Offsets:
    """Return the committed offsets of a group: the end of the contiguous prefix that it acknowledged."""
    statement = "SELECT coalesce(max(next), 0) FROM places WHERE consumer_group = ? AND topic = ?"
    return {topic: connection.execute(statement, (group, topic)).fetchone()[0] for topic in topics}


def commit(connection: sqlite3.Connection, offsets: Iterable[tuple[str, str, int]]) -> None:
    """Commit offsets: each the group, the topic and its next offset. A committed offset never decreases."""
    connection.executemany(
        "INSERT INTO places VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = max(next, excluded.next)", offsets
    )


def _encoded(headers: Headers) -> bytes:
    return orjson.dumps([(name, value.decode("latin-1")) for name, value in headers])


def _decoded(stored: bytes) -> Headers:
    return tuple((name, value.encode("latin-1")) for name, value in orjson.loads(stored))
