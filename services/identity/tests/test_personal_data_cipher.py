import pytest
from cryptography.exceptions import InvalidTag

from chassis.ports.infrastructure import Infrastructure
from chassis.ports.key_store import KeyShredded
from identity.application.personal_data_cipher import PersonalDataCipher


@pytest.fixture
def cipher(infrastructure: Infrastructure) -> PersonalDataCipher:
    return PersonalDataCipher(infrastructure.keys)


async def test_encrypted_text_can_be_decrypted(cipher: PersonalDataCipher):
    assert await cipher.decrypt(7, "profile", await cipher.encrypt(7, "profile", "Доктор")) == "Доктор"


async def test_equal_texts_have_different_ciphertexts(cipher: PersonalDataCipher):
    assert await cipher.encrypt(7, "profile", "Доктор") != await cipher.encrypt(7, "profile", "Доктор")


async def test_ciphertext_cannot_be_moved_to_another_field_or_user(cipher: PersonalDataCipher):
    encrypted = await cipher.encrypt(7, "profile", "Доктор")
    for user_id, field in ((7, "password"), (8, "profile")):
        with pytest.raises(InvalidTag):
            await cipher.decrypt(user_id, field, encrypted)


async def test_after_shredding_nothing_can_be_decrypted_or_encrypted(cipher: PersonalDataCipher):
    encrypted = await cipher.encrypt(7, "profile", "Доктор")
    await cipher.shred(7)
    with pytest.raises(KeyShredded):
        await cipher.decrypt(7, "profile", encrypted)
    with pytest.raises(KeyShredded):
        await cipher.encrypt(7, "profile", "Доктор")
