"""Conformance suite of the port `DocumentStore`: conditional writes, reads by id, waiting for a revision."""

import asyncio
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.ports.document_store import Collection, Document, DocumentStore, Scalar
from testkit.conformance.document_queries import DocumentQueriesConformance
from testkit.conformance.samples import DEADLINE_SECONDS, SHARED_SUITE, unique

_VERSIONS = st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4)), max_size=4), max_size=6)


def document(
    document_id: str, revision: int, body: bytes | None = b"{}", keys: Mapping[str, Scalar] | None = None
) -> Document:
    """Return a document with the keys of `new_collection`."""
    return Document(document_id, revision, body, keys or {"owner": 1, "number": 1})


def new_collection() -> Collection:
    """Return an unused collection."""
    return Collection(unique("tests-"), ("owner", "number"), (("owner", "number"), ("number",)))


async def stored(store: DocumentStore, collection: Collection, document_id: str) -> tuple[int, bytes | None] | None:
    """Return revision and body of a document."""
    found = await store.get(collection, document_id)
    return (found.revision, found.body) if found else None


async def waiting_for_revision_2(
    store: DocumentStore, collection: Collection, document_id: str
) -> "asyncio.Task[bool]":
    """Start to wait for revision 2, with a timeout much longer than the test's."""
    waiting = asyncio.ensure_future(store.wait_for(collection, document_id, 2, timeout=10 * DEADLINE_SECONDS))
    assert await store.wait_for(collection, document_id, 2, timeout=0.05) is False
    return waiting


async def in_time(waiting: "asyncio.Task[bool]") -> bool:
    """Return the result of the wait; fail after the deadline of tests."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        return await waiting


class DocumentStoreConformance(DocumentQueriesConformance):
    """Requires the fixture `document_store`."""

    @pytest.fixture
    def collection(self) -> Collection:
        """A collection that only this test uses."""
        return new_collection()

    async def test_writes_to_several_collections_keep_newer_documents_of_each(
        self, document_store: DocumentStore, collection: Collection
    ) -> None:
        other = new_collection()
        await document_store.put_newer(other, [document("a", 5, b'"newer"')])
        await document_store.put_newer_in_order(
            [(collection, [document("a", 1), document("b", 0)]), (other, [document("a", 4), document("c", 2)])]
        )
        assert await stored(document_store, collection, "a") == (1, b"{}")
        assert await stored(document_store, collection, "b") == (0, b"{}")
        assert await stored(document_store, other, "a") == (5, b'"newer"')
        assert await stored(document_store, other, "c") == (2, b"{}")

    async def test_who_waits_for_a_later_write_sees_those_before_it(
        self, document_store: DocumentStore, collection: Collection
    ) -> None:
        other = new_collection()
        waiting = await waiting_for_revision_2(document_store, other, "a")
        await document_store.put_newer_in_order([(collection, [document("a", 2)]), (other, [document("a", 2)])])
        assert await in_time(waiting)
        assert await stored(document_store, collection, "a") == (2, b"{}")

    async def test_a_missing_document_is_none(self, document_store: DocumentStore, collection: Collection) -> None:
        assert await document_store.get(collection, "a") is None
        assert await document_store.get_many(collection, ["a", "b"]) == {}

    @pytest.mark.parametrize("name", ["a", "Ёж 🦔", "a'b\"c;--", "x" * 400, "a/b.c$d", "%"])
    async def test_a_body_is_returned_byte_for_byte(
        self, document_store: DocumentStore, collection: Collection, name: str
    ) -> None:
        body = '{ "имя":"Ё",  "x":1.0, "$set":{"a.b":null}}'.encode() + b" " * 100_000
        await document_store.put_newer(collection, [document(name, 7, body)])
        assert await stored(document_store, collection, name) == (7, body)

    async def test_a_newer_document_replaces_an_older_one(
        self, document_store: DocumentStore, collection: Collection
    ) -> None:
        await document_store.put_newer(collection, [document("a", 1, b"1")])
        await document_store.put_newer(collection, [document("a", 4, b"4")])
        assert await stored(document_store, collection, "a") == (4, b"4")

    @pytest.mark.parametrize("revision", [4, 3, 0])
    async def test_a_document_that_is_not_newer_changes_nothing(
        self, document_store: DocumentStore, collection: Collection, revision: int
    ) -> None:
        await document_store.put_newer(collection, [document("a", 4, b"4")])
        await document_store.put_newer(collection, [document("a", revision, b"other", {"owner": 2, "number": 2})])
        assert await stored(document_store, collection, "a") == (4, b"4")
        assert len(await document_store.find(collection, {"owner": 1}, order="number")) == 1

    async def test_revisions_are_compared_per_document_of_a_batch(
        self, document_store: DocumentStore, collection: Collection
    ) -> None:
        await document_store.put_newer(collection, [document("a", 5, b"5"), document("b", 5, b"5")])
        await document_store.put_newer(collection, [document("a", 4), document("b", 6, b"6"), document("c", 0, b"0")])
        found = await document_store.get_many(collection, ["a", "b", "c"])
        assert {name: (d.revision, d.body) for name, d in found.items()} == {
            "a": (5, b"5"),
            "b": (6, b"6"),
            "c": (0, b"0"),
        }

    @pytest.mark.parametrize("revisions", [(1, 2), (2, 1)])
    async def test_the_newest_of_several_revisions_in_one_batch_is_stored(
        self, document_store: DocumentStore, collection: Collection, revisions: tuple[int, int]
    ) -> None:
        await document_store.put_newer(collection, [document("a", number, b"%d" % number) for number in revisions])
        assert await stored(document_store, collection, "a") == (2, b"2")

    async def test_an_empty_batch_is_no_error(self, document_store: DocumentStore, collection: Collection) -> None:
        await document_store.put_newer(collection, [])
        assert await document_store.get_many(collection, []) == {}

    async def test_a_tombstone_keeps_its_revision(self, document_store: DocumentStore, collection: Collection) -> None:
        await document_store.put_newer(collection, [document("a", 1)])
        await document_store.put_newer(collection, [Document("a", 2, None)])
        assert await stored(document_store, collection, "a") == (2, None)
        assert (await document_store.get_many(collection, ["a"]))["a"].body is None

    async def test_an_older_document_does_not_replace_a_tombstone(
        self, document_store: DocumentStore, collection: Collection
    ) -> None:
        await document_store.put_newer(collection, [Document("a", 2, None)])
        await document_store.put_newer(collection, [document("a", 1), document("a", 2)])
        assert await stored(document_store, collection, "a") == (2, None)
        await document_store.put_newer(collection, [document("a", 3, b"3")])
        assert await stored(document_store, collection, "a") == (3, b"3")

    async def test_many_documents_are_written_and_read_in_one_call(
        self, document_store: DocumentStore, collection: Collection
    ) -> None:
        names = [f"d{number}" for number in range(2000)]
        await document_store.put_newer(collection, [document(name, 1, name.encode()) for name in names])
        found = await document_store.get_many(collection, [*names, "missing"])
        assert {name: found[name].body for name in found} == {name: name.encode() for name in names}

    async def test_collections_are_independent(self, document_store: DocumentStore, collection: Collection) -> None:
        await document_store.put_newer(collection, [document("a", 1)])
        assert await document_store.get(new_collection(), "a") is None
        assert await stored(document_store, collection, "a") == (1, b"{}")

    @settings(max_examples=20, deadline=None, suppress_health_check=SHARED_SUITE)
    @given(puts=_VERSIONS)
    async def test_the_newest_revision_is_stored_for_any_order_of_writes(
        self, document_store: DocumentStore, puts: list[list[tuple[str, int]]]
    ) -> None:
        collection, newest = new_collection(), dict[str, int]()
        for put in puts:
            await document_store.put_newer(collection, [document(name, number) for name, number in put])
            for name, number in put:
                newest[name] = max(number, newest.get(name, -1))
        found = await document_store.get_many(collection, list("abc"))
        assert {name: found[name].revision for name in found} == newest

    async def test_delete_removes_a_document_and_its_revision(
        self, document_store: DocumentStore, collection: Collection
    ) -> None:
        await document_store.put_newer(collection, [document("a", 5), document("b", 5)])
        await document_store.delete(collection, ["a", "missing"])
        assert await document_store.get(collection, "a") is None
        assert [d.id for d in await document_store.find(collection, {"owner": 1}, order="number")] == ["b"]
        await document_store.put_newer(collection, [document("a", 0, b"new")])
        assert await stored(document_store, collection, "a") == (0, b"new")

    async def test_compare_and_set_creates_a_document_when_none_is_expected(
        self, document_store: DocumentStore, collection: Collection
    ) -> None:
        assert await document_store.compare_and_set(collection, document("a", 3, b"3"), None) is True
        assert await stored(document_store, collection, "a") == (3, b"3")
        assert [d.id for d in await document_store.find(collection, {"owner": 1}, order="number")] == ["a"]

    @pytest.mark.parametrize("expected", [None, 2, 4])
    async def test_compare_and_set_fails_at_another_revision(
        self, document_store: DocumentStore, collection: Collection, expected: int | None
    ) -> None:
        await document_store.put_newer(collection, [document("a", 3, b"3")])
        assert await document_store.compare_and_set(collection, document("a", 9, b"9"), expected) is False
        assert await stored(document_store, collection, "a") == (3, b"3")

    async def test_compare_and_set_fails_without_a_document_when_one_is_expected(
        self, document_store: DocumentStore, collection: Collection
    ) -> None:
        assert await document_store.compare_and_set(collection, document("a", 1), 0) is False
        assert await document_store.get(collection, "a") is None
        assert await document_store.compare_and_set(collection, document("a", 1), None) is True

    @pytest.mark.parametrize("revision", [4, 3, 1])
    async def test_compare_and_set_writes_any_revision_over_the_expected_one(
        self, document_store: DocumentStore, collection: Collection, revision: int
    ) -> None:
        await document_store.put_newer(collection, [document("a", 3, b"3")])
        changed = document("a", revision, b"new", {"owner": 2, "number": 2})
        assert await document_store.compare_and_set(collection, changed, 3) is True
        assert await stored(document_store, collection, "a") == (revision, b"new")
        assert [d.id for d in await document_store.find(collection, {"owner": 2}, order="number")] == ["a"]

    async def test_compare_and_set_treats_a_tombstone_as_a_document(
        self, document_store: DocumentStore, collection: Collection
    ) -> None:
        await document_store.put_newer(collection, [Document("a", 3, None)])
        assert await document_store.compare_and_set(collection, document("a", 4), None) is False
        assert await document_store.compare_and_set(collection, document("a", 4), 3) is True

    @pytest.mark.parametrize("expected", [None, 1])
    async def test_exactly_one_of_concurrent_compare_and_sets_succeeds(
        self, document_store: DocumentStore, collection: Collection, expected: int | None
    ) -> None:
        if expected is not None:
            await document_store.put_newer(collection, [document("a", expected)])
        attempts = [
            document_store.compare_and_set(collection, document("a", 2, b"%d" % number), expected)
            for number in range(10)
        ]
        won = await asyncio.gather(*attempts)
        assert sorted(won) == [False] * 9 + [True]
        assert await stored(document_store, collection, "a") == (2, b"%d" % won.index(True))

    @pytest.mark.parametrize("revision", [0, 3])
    async def test_waiting_for_a_stored_revision_returns_at_once(
        self, document_store: DocumentStore, collection: Collection, revision: int
    ) -> None:
        await document_store.put_newer(collection, [document("a", 3)])
        assert await document_store.wait_for(collection, "a", revision, timeout=0) is True

    async def test_put_newer_ends_waiting(self, document_store: DocumentStore, collection: Collection) -> None:
        await document_store.put_newer(collection, [document("a", 0)])
        waiting = await waiting_for_revision_2(document_store, collection, "a")
        await document_store.put_newer(collection, [document("a", 1), document("b", 5)])
        await document_store.put_newer(collection, [document("a", 2)])
        assert await in_time(waiting) is True

    async def test_compare_and_set_ends_waiting(self, document_store: DocumentStore, collection: Collection) -> None:
        waiting = await waiting_for_revision_2(document_store, collection, "a")
        await document_store.compare_and_set(collection, document("a", 3), None)
        assert await in_time(waiting) is True

    async def test_a_tombstone_ends_waiting(self, document_store: DocumentStore, collection: Collection) -> None:
        waiting = await waiting_for_revision_2(document_store, collection, "a")
        await document_store.put_newer(collection, [Document("a", 2, None)])
        assert await in_time(waiting) is True

    async def test_waiting_ends_after_its_timeout(self, document_store: DocumentStore, collection: Collection) -> None:
        await document_store.put_newer(collection, [document("a", 1)])
        assert await document_store.wait_for(collection, "a", 1, timeout=0.05) is True
        assert await document_store.wait_for(collection, "a", 2, timeout=0.05) is False
        assert await document_store.wait_for(collection, "missing", 0, timeout=0.05) is False
