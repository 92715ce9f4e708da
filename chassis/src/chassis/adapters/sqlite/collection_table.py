"""The table of a collection: its SQL statements, each served by an index."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from chassis.adapters.sqlite.rows import insert_rows
from chassis.ports.document_store import Collection, Document, Scalar

_MAX_IDS = 900
"""Maximum number of ids of one statement, below SQLite's limit of variables."""

_NO_KEYS: Mapping[str, Scalar] = MappingProxyType({})


@dataclass(frozen=True)
class CollectionTable:
    """The SQL of one collection. A null body is a tombstone; the partial indexes leave out tombstones."""

    collection: Collection

    def create(self, connection: sqlite3.Connection) -> None:
        """Create the table and its indexes unless they exist. Raises `ValueError` for a table that has other keys."""
        columns = "".join(f", {_column(key)}" for key in self.collection.keys)
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self._name} "
            f"(id TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, body BLOB{columns})"
        )
        found = [_quoted(row[1]) for row in connection.execute(f"PRAGMA table_info({self._name})")]
        if set(found[3:]) != {_column(key) for key in self.collection.keys}:
            raise ValueError(f"{self.collection.name} was stored with other keys: give the collection a new name")
        for index in self.collection.indexes:
            ordered = ", ".join([*map(_column, index), "id"])
            connection.execute(
                f"CREATE INDEX IF NOT EXISTS {self._index(index)} ON {self._name} ({ordered}) WHERE body IS NOT NULL"
            )

    def put_newer(self, connection: sqlite3.Connection, documents: Iterable[Document]) -> None:
        """Write the documents whose revision is greater than the stored one."""
        columns = ["revision", "body", *map(_column, self.collection.keys)]
        changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
        newer = f"ON CONFLICT (id) DO UPDATE SET {changes} WHERE excluded.revision > revision"
        insert_rows(connection, self._insert, list(map(self._row, documents)), newer)

    def compare_and_set(self, connection: sqlite3.Connection, document: Document, expected: int | None) -> bool:
        """Write the document only if the stored revision is the expected one."""
        row = self._row(document)
        if expected is None:
            values = ", ".join("?" * len(row))
            return connection.execute(f"{self._insert} VALUES ({values}) ON CONFLICT DO NOTHING", row).rowcount == 1
        changes = ", ".join(f"{column} = ?" for column in ["revision", "body", *map(_column, self.collection.keys)])
        statement = f"UPDATE {self._name} SET {changes} WHERE id = ? AND revision = ?"
        return connection.execute(statement, (*row[1:], document.id, expected)).rowcount == 1

    def get_many(self, connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, Document]:
        """Return the documents with these ids, tombstones too."""
        found: dict[str, Document] = {}
        for start in range(0, len(ids), _MAX_IDS):
            batch = ids[start : start + _MAX_IDS]
            statement = f"SELECT id, revision, body FROM {self._name} WHERE id IN ({', '.join('?' * len(batch))})"
            found.update((document.id, document) for document in documents(connection.execute(statement, batch)))
        return found

    def revision(self, connection: sqlite3.Connection, document_id: str) -> int | None:
        """Return the stored revision."""
        row = connection.execute(f"SELECT revision FROM {self._name} WHERE id = ?", (document_id,)).fetchone()
        return row[0] if row else None

    def find_statement(self, equal: Sequence[str], order: str) -> str:
        """Return the statement of `find`; its parameters are the values of the keys, limit and offset.

        Raises `ValueError` when the collection declares no index for it.
        """
        key, direction = (order[1:], "DESC") if order.startswith("-") else (order, "ASC")
        index = self.collection.index_for(equal, order)
        conditions = "".join(f" AND {_column(name)} IS ?" for name in equal)
        return (
            f"SELECT id, revision, body FROM {self._name} INDEXED BY {self._index(index)} WHERE body IS NOT NULL"
            f"{conditions} ORDER BY {_column(key)} {direction}, id {direction} LIMIT ? OFFSET ?"
        )

    def find_as_json_statement(self, equal: Sequence[str], order: str) -> str:
        """Return the statement of `find_as_json`, which joins the bodies to one JSON array.

        It runs in one step of SQLite: stepping row by row would acquire the interpreter's lock for each row.
        """
        rows = self.find_statement(equal, order)
        return f"SELECT CAST('[' || coalesce(group_concat(CAST(body AS TEXT), ','), '') || ']' AS BLOB) FROM ({rows})"

    def delete(self, connection: sqlite3.Connection, ids: Sequence[str]) -> None:
        """Delete documents."""
        connection.executemany(f"DELETE FROM {self._name} WHERE id = ?", [(document_id,) for document_id in ids])

    def index_name(self, keys: Sequence[str], stored: str) -> str:
        """Return the name of an index of the table that is stored under a name: that of a read model version."""
        return f"{stored} by {', '.join(keys)}"

    @property
    def _name(self) -> str:
        return _quoted(self.collection.name)

    @property
    def _insert(self) -> str:
        columns = ", ".join(["id", "revision", "body", *map(_column, self.collection.keys)])
        return f"INSERT INTO {self._name} ({columns})"

    def _index(self, keys: Sequence[str]) -> str:
        return _quoted(self.index_name(keys, self.collection.name))

    def _row(self, document: Document) -> tuple[Scalar | bytes, ...]:
        values = [document.keys.get(key) for key in self.collection.keys]
        return (document.id, document.revision, document.body, *values)


def documents(rows: sqlite3.Cursor) -> list[Document]:
    """Return the documents of a result, without their keys."""
    return [Document(document_id, revision, body, _NO_KEYS) for document_id, revision, body in rows.fetchall()]


def _column(key: str) -> str:
    return _quoted(f"key {key}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
