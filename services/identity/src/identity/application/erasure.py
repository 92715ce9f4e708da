"""What follows from the deletion of an account: the names are free, the person is gone."""

from collections.abc import Sequence
from dataclasses import dataclass

from california_gold_contracts.envelope import Envelope
from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext, caused_by, command_id
from identity.application.claims import Claiming
from identity.application.sealing import Sealing
from identity.domain.account import Account, AccountCommand
from identity.domain.events import UserDeleted


@dataclass(frozen=True)
class Erasure:
    """Shreds the keys of deleted users. Done again it changes nothing."""

    accounts: Aggregates[Account, AccountCommand]
    claiming: Claiming
    sealing: Sealing

    async def erase(self, user_id: int, account: Account, context: CommandContext) -> None:
        """Shred the key of a deleted account and free its names."""
        await self.sealing.shred(user_id)
        await self.claiming.release_all(account, context)

    async def react(self, envelopes: Sequence[Envelope]) -> None:
        """Finish the erasures that a crash may have interrupted between the fact and its consequences."""
        for envelope in envelopes:
            if envelope.type == UserDeleted.wire_type:
                user_id = int(envelope.subject)
                context = caused_by(envelope, "identity", command_id(envelope.id, "erase"))
                await self.erase(user_id, (await self.accounts.load(user_id)).state, context)
