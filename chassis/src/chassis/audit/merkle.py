"""Merkle trees as in Certificate Transparency (RFC 6962, § 2.1): one hash stands for many, and each can be proved."""

from collections.abc import Sequence
from hashlib import sha256


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf; the prefix keeps leaves and nodes apart."""
    return sha256(b"\x00" + leaf).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over the hashes of the leaves; that of no leaves is the hash of nothing."""
    if not leaves:
        return sha256().digest()
    return _levels(leaves)[-1][0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> Sequence[bytes]:
    """Return the hashes that lead from a leaf's hash to the root, from the bottom up."""
    path: list[bytes] = []
    for level in _levels(leaves)[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index //= 2
    return path


def root_from_proof(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a proof leads to, given the leaf's hash; None when the proof cannot be one."""
    if not 0 <= index < size:
        return None
    rest = list(path)
    node = leaf
    while size > 1:
        if index ^ 1 < size:
            if not rest:
                return None
            sibling = rest.pop(0)
            node = _node(sibling, node) if index % 2 else _node(node, sibling)
        index, size = index // 2, (size + 1) // 2
    return None if rest else node


def _levels(leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Return the tree from the bottom up. A node without a sibling goes up as it is, which is the RFC's split."""
    levels: list[Sequence[bytes]] = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [_node(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        levels.append([*above, below[-1]] if len(below) % 2 else above)
    return levels


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
