"""Erasure: the consequences of an account's deletion."""

from collections.abc import Sequence
from dataclasses import dataclass

from california_gold_contracts.envelope import Envelope
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext, caused_by, command_id
from chassis.commands.text_sealing import key_subject
from chassis.ports.key_store import KeyStore
from identity.application.account_names import AccountNames
from identity.application.personal_data_cipher import PersonalDataCipher
from identity.domain.account import Account, AccountCommand
from identity.domain.events import UserDeleted


@dataclass(frozen=True)
class Erasure:
    """Shreds the keys of deleted users and releases their names. Idempotent.

    `text_keys` are the keys of the texts in the events of other services.
    """

    accounts: Aggregates[Account, AccountCommand]
    names: AccountNames
    cipher: PersonalDataCipher
    text_keys: KeyStore

    async def erase(self, user_id: int, account: Account, context: CommandContext) -> None:
        """Shred the keys of a deleted account and release its names."""
        await self.cipher.shred(user_id)
        await self.text_keys.shred(key_subject(user_id))
        await self.names.release_all(account, context)

    async def react(self, envelopes: Sequence[Envelope]) -> None:
        """Repeat the erasure for each deletion: a crash may have interrupted the first one."""
        for envelope in envelopes:
            if envelope.type == UserDeleted.wire_type:
                user_id = int(envelope.subject)
                context = caused_by(envelope, "identity", command_id(envelope.id, "erase"))
                await self.erase(user_id, (await self.accounts.load(user_id)).state, context)
