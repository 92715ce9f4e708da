import pytest
from cryptography.exceptions import InvalidTag

from chassis.ports.infrastructure import Infrastructure
from chassis.ports.key_store import KeyShredded
from identity.application.sealing import Sealing


@pytest.fixture
def sealing(infrastructure: Infrastructure) -> Sealing:
    return Sealing(infrastructure.keys)


async def test_what_is_sealed_can_be_opened(sealing: Sealing):
    assert await sealing.open(7, "profile", await sealing.seal(7, "profile", "Доктор")) == "Доктор"


async def test_the_same_text_never_looks_the_same(sealing: Sealing):
    assert await sealing.seal(7, "profile", "Доктор") != await sealing.seal(7, "profile", "Доктор")


async def test_what_is_sealed_cannot_be_moved_to_another_field_or_user(sealing: Sealing):
    sealed = await sealing.seal(7, "profile", "Доктор")
    for user_id, field in ((7, "password"), (8, "profile")):
        with pytest.raises(InvalidTag):
            await sealing.open(user_id, field, sealed)


async def test_without_its_key_nothing_opens_again(sealing: Sealing):
    sealed = await sealing.seal(7, "profile", "Доктор")
    await sealing.shred(7)
    with pytest.raises(KeyShredded):
        await sealing.open(7, "profile", sealed)
    with pytest.raises(KeyShredded):
        await sealing.seal(7, "profile", "Доктор")
