"""Conformance suite of the port `KeyStore`."""

import asyncio

import pytest

from chassis.ports.key_store import KeyShredded, KeyStore
from testkit.conformance.samples import unique


class KeyStoreConformance:
    """Requires the fixture `key_store`."""

    async def test_a_key_has_32_bytes(self, key_store: KeyStore) -> None:
        assert len(await key_store.key_for(unique("user-"))) == 32

    async def test_a_subject_keeps_its_key(self, key_store: KeyStore) -> None:
        subject = unique("user-")
        key = await key_store.key_for(subject)
        assert await key_store.key_for(subject) == key

    async def test_every_subject_has_its_own_key(self, key_store: KeyStore) -> None:
        keys = {await key_store.key_for(unique("пользователь-")) for _ in range(20)}
        assert len(keys) == 20

    async def test_concurrent_first_requests_get_the_same_key(self, key_store: KeyStore) -> None:
        subject = unique("user-")
        keys = set(await asyncio.gather(*(key_store.key_for(subject) for _ in range(10))))
        assert keys == {await key_store.key_for(subject)}
        assert await key_store.key_for(unique("user-")) not in keys

    async def test_many_keys_are_read_together_and_none_is_created(self, key_store: KeyStore) -> None:
        present, shredded, absent = (unique("user-") for _ in range(3))
        key = await key_store.key_for(present)
        await key_store.key_for(shredded)
        await key_store.shred(shredded)
        assert await key_store.get_many([present, shredded, absent]) == {present: key}
        assert await key_store.get_many([absent]) == {}
        assert await key_store.get_many([]) == {}

    async def test_a_shredded_key_is_gone_for_ever(self, key_store: KeyStore) -> None:
        subject = unique("user-")
        await key_store.key_for(subject)
        await key_store.shred(subject)
        for _ in range(2):
            with pytest.raises(KeyShredded):
                await key_store.key_for(subject)

    async def test_shredding_is_idempotent(self, key_store: KeyStore) -> None:
        subject = unique("user-")
        await key_store.key_for(subject)
        await key_store.shred(subject)
        await key_store.shred(subject)
        with pytest.raises(KeyShredded):
            await key_store.key_for(subject)

    async def test_a_subject_without_a_key_can_be_shredded(self, key_store: KeyStore) -> None:
        subject = unique("user-")
        await key_store.shred(subject)
        with pytest.raises(KeyShredded):
            await key_store.key_for(subject)

    async def test_shredding_a_key_keeps_the_other_keys(self, key_store: KeyStore) -> None:
        kept, shredded = unique("user-"), unique("user-")
        key = await key_store.key_for(kept)
        await key_store.key_for(shredded)
        await key_store.shred(shredded)
        assert await key_store.key_for(kept) == key
        with pytest.raises(KeyShredded):
            await key_store.key_for(shredded)

    async def test_keys_can_be_shredded_concurrently(self, key_store: KeyStore) -> None:
        subjects = [unique("user-") for _ in range(20)]
        await asyncio.gather(*(key_store.key_for(subject) for subject in subjects))
        await asyncio.gather(*(key_store.shred(subject) for subject in subjects * 2))
        for subject in subjects:
            with pytest.raises(KeyShredded):
                await key_store.key_for(subject)
