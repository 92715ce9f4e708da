"""Conformance suite of the port `DocumentStore`: queries by keys, in an order."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.ports.document_store import Collection, Document, DocumentStore, Scalar
from testkit.conformance.samples import SHARED_SUITE, unique

_KEYS = ("owner", "state", "number")
_INDEXES = (("owner", "number"), ("owner", "state", "number"), ("number",))
_ROWS = st.lists(st.tuples(st.sampled_from(["x", "y"]), st.integers(-2, 2), st.booleans()), max_size=12)


def _collection() -> Collection:
    return Collection(unique("tests-"), _KEYS, _INDEXES)


def _document(document_id: str, owner: Scalar, number: Scalar, state: Scalar = "new", revision: int = 0) -> Document:
    return Document(document_id, revision, document_id.encode(), {"owner": owner, "state": state, "number": number})


def _ids(found: Sequence[Document]) -> list[str]:
    return [document.id for document in found]


class DocumentQueriesConformance:
    """Requires the fixture `document_store`."""

    @pytest.fixture
    async def filled(self, document_store: DocumentStore) -> Collection:
        """A collection with `a` to `e` of owner x (numbers 5 to 1) and `other` of owner y."""
        collection = _collection()
        documents = [_document(name, "x", 5 - index) for index, name in enumerate("abcde")]
        await document_store.put_newer(collection, [*documents, _document("other", "y", 3)])
        return collection

    async def test_find_returns_documents_with_equal_keys_in_order(
        self, document_store: DocumentStore, filled: Collection
    ) -> None:
        found = await document_store.find(filled, {"owner": "x"}, order="number")
        assert [(document.id, document.revision, document.body) for document in found] == [
            (name, 0, name.encode()) for name in "edcba"
        ]

    async def test_a_minus_reverses_the_order(self, document_store: DocumentStore, filled: Collection) -> None:
        assert _ids(await document_store.find(filled, {"owner": "x"}, order="-number")) == list("abcde")

    async def test_find_as_json_returns_the_bodies_as_one_array(self, document_store: DocumentStore) -> None:
        collection, bodies = _collection(), [b'{"n": 1,  "text": "\xd0\x96"}', b"[]", b"3"]
        documents = [
            Document(str(number), 0, body, {"owner": "x", "number": number}) for number, body in enumerate(bodies)
        ]
        await document_store.put_newer(collection, [*documents, Document("gone", 0, None)])
        find = document_store.find_as_json
        assert await find(collection, {"owner": "x"}, order="number") == b"[" + b",".join(bodies) + b"]"
        assert await find(collection, {"owner": "x"}, order="-number", skip=1, limit=1) == b"[[]]"
        assert await find(collection, {"owner": "z"}, order="number") == b"[]"

    async def test_find_without_conditions_returns_all_documents(
        self, document_store: DocumentStore, filled: Collection
    ) -> None:
        found = await document_store.find(filled, {}, order="-number")
        assert set(_ids(found)) == {*"abcde", "other"}

    async def test_find_applies_skip_and_limit(self, document_store: DocumentStore, filled: Collection) -> None:
        find = document_store.find
        assert _ids(await find(filled, {"owner": "x"}, order="number", skip=1, limit=2)) == ["d", "c"]
        assert _ids(await find(filled, {"owner": "x"}, order="-number", skip=3)) == ["d", "e"]
        assert await find(filled, {"owner": "x"}, order="number", skip=5) == []

    async def test_find_returns_nothing_when_no_document_matches(
        self, document_store: DocumentStore, filled: Collection
    ) -> None:
        assert await document_store.find(filled, {"owner": "z"}, order="number") == []
        assert _ids(await document_store.find(filled, {"owner": "y"}, order="number")) == ["other"]
        assert await document_store.find(_collection(), {"owner": "x"}, order="number") == []

    async def test_find_combines_conditions_with_and(self, document_store: DocumentStore, filled: Collection) -> None:
        await document_store.put_newer(filled, [_document("f", "x", 9, "old"), _document("g", "y", 9, "old")])
        assert _ids(await document_store.find(filled, {"state": "old", "owner": "x"}, order="number")) == ["f"]

    async def test_ties_are_broken_by_id_in_the_same_direction(self, document_store: DocumentStore) -> None:
        collection = _collection()
        await document_store.put_newer(collection, [_document(name, "x", 1) for name in "cabd"])
        assert _ids(await document_store.find(collection, {"owner": "x"}, order="number")) == list("abcd")
        assert _ids(await document_store.find(collection, {"owner": "x"}, order="-number")) == list("dcba")

    async def test_a_text_and_a_number_are_different_keys(self, document_store: DocumentStore) -> None:
        collection = _collection()
        await document_store.put_newer(collection, [_document("text", "1", 1), _document("number", 1, 1)])
        assert _ids(await document_store.find(collection, {"owner": "1"}, order="number")) == ["text"]
        assert _ids(await document_store.find(collection, {"owner": 1}, order="number")) == ["number"]

    @pytest.mark.parametrize("value", [None, True, False, 0.5, "Ёж", "", -(2**40)])
    async def test_any_scalar_can_be_a_key(self, document_store: DocumentStore, value: Scalar) -> None:
        collection = _collection()
        await document_store.put_newer(collection, [_document("a", value, 1), _document("b", "else", 1)])
        assert _ids(await document_store.find(collection, {"owner": value}, order="number")) == ["a"]

    async def test_a_missing_key_is_none(self, document_store: DocumentStore) -> None:
        collection = _collection()
        await document_store.put_newer(collection, [Document("a", 0, b"", {"number": 1}), _document("b", "x", 2)])
        assert _ids(await document_store.find(collection, {"owner": None}, order="number")) == ["a"]

    async def test_a_document_is_found_by_its_newest_keys_only(
        self, document_store: DocumentStore, filled: Collection
    ) -> None:
        await document_store.put_newer(filled, [_document("a", "y", 9, revision=1)])
        assert _ids(await document_store.find(filled, {"owner": "x"}, order="number")) == list("edcb")
        assert _ids(await document_store.find(filled, {"owner": "y"}, order="number")) == ["other", "a"]

    async def test_tombstones_are_not_found(self, document_store: DocumentStore, filled: Collection) -> None:
        keys = {"owner": "x", "state": "new", "number": 4}
        await document_store.put_newer(filled, [Document("a", 1, None), Document("b", 1, None, keys)])
        assert _ids(await document_store.find(filled, {"owner": "x"}, order="number")) == list("edc")
        assert _ids(await document_store.find(filled, {"owner": "x"}, order="number", skip=1)) == list("dc")

    @settings(max_examples=20, deadline=None, suppress_health_check=SHARED_SUITE)
    @given(rows=_ROWS, skip=st.integers(0, 5), limit=st.integers(1, 5))
    async def test_find_equals_filtering_and_sorting_in_memory(
        self, document_store: DocumentStore, rows: list[tuple[str, int, bool]], skip: int, limit: int
    ) -> None:
        collection = _collection()
        documents = [_document(f"d{index:02}", *row) for index, row in enumerate(rows)]
        await document_store.put_newer(collection, documents)
        alive = sorted((number, f"d{index:02}") for index, (owner, number, _) in enumerate(rows) if owner == "x")
        for order, sorted_ids in (("number", alive), ("-number", alive[::-1])):
            found = await document_store.find(collection, {"owner": "x"}, order=order, skip=skip, limit=limit)
            assert _ids(found) == [name for _, name in sorted_ids[skip : skip + limit]]
