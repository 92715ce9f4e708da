"""Names that only one account can have, even under a race between processes."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

from chassis.commands.aggregate import Aggregates
from chassis.commands.context import CommandContext, command_id
from chassis.ports.clock import Clock
from chassis.ports.key_store import KeyStore
from identity.domain.account import Account, AccountCommand, AccountStatus, WithdrawClaim
from identity.domain.errors import NameTaken
from identity.domain.events import Claim, NameReserved
from identity.domain.reservation import NameKept, Release, Reservation, ReservationCommand, Reserve

KEY_SUBJECT = "identity:names"
PATIENCE = timedelta(seconds=30)
"""How long a reservation stands that no account rests on: far longer than a registration takes."""


@dataclass(frozen=True)
class Names:
    """The names of one kind; `taken` is how a user is told that one is.

    A name is reserved first and given to the account after. A reservation left behind by a crash is void once it has
    expired; then its account is barred from it first, so that a command that was merely slow can't use it later.
    """

    reservations: Aggregates[Reservation, ReservationCommand]
    accounts: Aggregates[Account, AccountCommand]
    keys: KeyStore
    clock: Clock
    taken: Callable[[], NameTaken]

    async def keyed(self, name: str) -> str:
        """Return the keyed hash that stands for a name: stream names must hold no personal data."""
        key = await self.keys.key_for(KEY_SUBJECT)
        return hmac.digest(key, f"{self.reservations.category}:{name}".encode(), "sha256").hex()

    async def reservation(self, name: str) -> Reservation:
        """Return who keeps a name."""
        return (await self.reservations.load(await self.keyed(name))).state

    async def refuse_taken(self, name: str, context: CommandContext) -> None:
        """Raise `taken` when the name can't be had now."""
        await self._void(await self.keyed(name), context)

    async def reserve(self, name: str, user_id: int, context: CommandContext) -> Claim:
        """Keep a name for an account that is about to take it. Raises `taken`."""
        keyed, reservation = await self.keyed(name), uuid4()
        void = await self._void(keyed, context)
        command = Reserve(reservation, user_id, context.command_id, self.clock.now() + PATIENCE, void)
        try:
            await self.reservations.handle(keyed, command, _step(context, reservation, "reserve"))
        except NameKept:
            raise self.taken() from None
        return Claim(name=keyed, reservation=reservation)

    async def release(self, claim: Claim, context: CommandContext) -> None:
        """Free a name that was kept by this claim; done twice it changes nothing."""
        step = _step(context, claim.reservation, "release")
        await self.reservations.handle(claim.name, Release(claim.reservation), step)

    async def _void(self, keyed: str, context: CommandContext) -> UUID | None:
        """Return the reservation that may be replaced, None when there is none. Raises `taken`."""
        kept = (await self.reservations.load(keyed)).state
        if kept is None:
            return None
        if await self._is_void(kept, keyed, context):
            return kept.reservation
        raise self.taken()

    async def _is_void(self, kept: NameReserved, keyed: str, context: CommandContext) -> bool:
        account = (await self.accounts.load(kept.user_id)).state
        if account.holds(keyed) or account.standing is AccountStatus.DELETED:
            return not account.active
        if self.clock.now() < kept.expires_at and kept.command != context.command_id:
            return False
        withdraw = WithdrawClaim(kept.user_id, keyed, kept.reservation)
        step = _step(context, kept.reservation, "withdraw")
        return not (await self.accounts.handle(kept.user_id, withdraw, step)).state.holds(keyed)


def _step(context: CommandContext, reservation: UUID, what: str) -> CommandContext:
    return replace(context, command_id=command_id(reservation, what))
