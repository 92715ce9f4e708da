from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.audit.merkle import inclusion_proof, leaf_hash, merkle_root, root_from_proof


def rfc_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, literally: split at the largest power of two below the number of leaves."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + rfc_root(leaves[:split]) + rfc_root(leaves[split:])).digest()


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(count)]


@pytest.mark.parametrize("count", range(18))
def test_the_root_equals_that_of_the_rfc(count: int) -> None:
    assert merkle_root(leaves(count)) == rfc_root(leaves(count))


@pytest.mark.parametrize("count", range(1, 18))
def test_every_leaf_has_an_inclusion_proof(count: int) -> None:
    tree = leaves(count)
    for index in range(count):
        path = inclusion_proof(tree, index)
        assert root_from_proof(tree[index], index, count, path) == merkle_root(tree)


@settings(deadline=None)
@given(st.integers(2, 40), st.data())
def test_another_leaf_index_or_path_leads_to_another_root(count: int, data: st.DataObject) -> None:
    tree = leaves(count)
    index = data.draw(st.integers(0, count - 1))
    path = list(inclusion_proof(tree, index))
    root = merkle_root(tree)
    assert root_from_proof(leaf_hash(b"another"), index, count, path) != root
    assert root_from_proof(tree[index], index, count, [*path, path[0]]) != root
    assert root_from_proof(tree[index], index, count, path[:-1]) != root
    other = data.draw(st.integers(-1, count).filter(lambda other: other != index))
    assert root_from_proof(tree[index], other, count, path) != root


def test_a_node_is_not_accepted_as_a_leaf() -> None:
    left, right = leaves(2)
    assert leaf_hash(left + right) != merkle_root([left, right])
