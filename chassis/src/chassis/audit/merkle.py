"""Merkle trees as in Certificate Transparency (RFC 6962, section 2.1): root and inclusion proofs."""

from collections.abc import Sequence
from hashlib import sha256


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf; the prefix distinguishes leaves from nodes."""
    return sha256(b"\x00" + leaf).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the leaf hashes; that of an empty tree is the hash of no bytes."""
    if not leaves:
        return sha256().digest()
    return _levels(leaves)[-1][0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> Sequence[bytes]:
    """Return the sibling hashes from a leaf to the root, bottom up."""
    path: list[bytes] = []
    for level in _levels(leaves)[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index //= 2
    return path


def root_from_proof(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root computed from a leaf hash and its proof; None when the proof has a wrong length or index."""
    if not 0 <= index < size:
        return None
    remaining = list(path)
    node = leaf
    while size > 1:
        if index ^ 1 < size:
            if not remaining:
                return None
            sibling = remaining.pop(0)
            node = _node(sibling, node) if index % 2 else _node(node, sibling)
        index, size = index // 2, (size + 1) // 2
    return None if remaining else node


def _levels(leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Return the tree's levels, bottom up. A node without a sibling moves up unchanged, as in the RFC."""
    levels: list[Sequence[bytes]] = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [_node(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        levels.append([*above, below[-1]] if len(below) % 2 else above)
    return levels


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
