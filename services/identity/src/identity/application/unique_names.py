"""Unique names: the reservation pattern, which holds under races between processes."""

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
from identity.domain.reservation import AlreadyReserved, Release, Reservation, ReservationCommand, Reserve

KEY_SUBJECT = "identity:names"
RESERVATION_TIMEOUT = timedelta(seconds=30)
"""How long an account may take to use its reservation: far longer than a registration takes."""


@dataclass(frozen=True)
class UniqueNames:
    """Reserves names of one category (usernames, or e-mail addresses); `taken` makes the error for a taken name.

    A name is reserved first, and given to the account by the account's own event. A reservation that a crash left
    behind is void once it has expired. Before it is replaced, its account is barred from using it (`WithdrawClaim`),
    so that a slow command can't use it later.
    """

    reservations: Aggregates[Reservation, ReservationCommand]
    accounts: Aggregates[Account, AccountCommand]
    keys: KeyStore
    clock: Clock
    taken: Callable[[], NameTaken]

    async def hash_of(self, name: str) -> str:
        """Return the keyed hash of a name, for stream names: they must hold no personal data."""
        key = await self.keys.key_for(KEY_SUBJECT)
        return hmac.digest(key, f"{self.reservations.category}:{name}".encode(), "sha256").hex()

    async def reservation(self, name: str) -> Reservation:
        """Return a name's reservation, or None."""
        return (await self.reservations.load(await self.hash_of(name))).state

    async def refuse_taken(self, name: str, context: CommandContext) -> None:
        """Raise `taken` when the name is not available."""
        await self._void_reservation(await self.hash_of(name), context)

    async def reserve(self, name: str, user_id: int, context: CommandContext) -> Claim:
        """Reserve a name for an account that is about to use it. Raises `taken`."""
        name_hash, reservation = await self.hash_of(name), uuid4()
        void = await self._void_reservation(name_hash, context)
        command = Reserve(reservation, user_id, context.command_id, self.clock.now() + RESERVATION_TIMEOUT, void)
        try:
            await self.reservations.handle(name_hash, command, _step(context, reservation, "reserve"))
        except AlreadyReserved:
            raise self.taken() from None
        return Claim(name=name_hash, reservation=reservation)

    async def release(self, claim: Claim, context: CommandContext) -> None:
        """Release the reservation of a claim. Idempotent."""
        step = _step(context, claim.reservation, "release")
        await self.reservations.handle(claim.name, Release(claim.reservation), step)

    async def _void_reservation(self, name_hash: str, context: CommandContext) -> UUID | None:
        """Return the void reservation to replace; None when the name has no reservation. Raises `taken`."""
        current = (await self.reservations.load(name_hash)).state
        if current is None:
            return None
        if await self._is_void(current, name_hash, context):
            return current.reservation
        raise self.taken()

    async def _is_void(self, current: NameReserved, name_hash: str, context: CommandContext) -> bool:
        account = (await self.accounts.load(current.user_id)).state
        if account.has_name(name_hash) or account.status is AccountStatus.DELETED:
            return not account.active
        if self.clock.now() < current.expires_at and current.command != context.command_id:
            return False
        withdraw = WithdrawClaim(current.user_id, name_hash, current.reservation)
        step = _step(context, current.reservation, "withdraw")
        return not (await self.accounts.handle(current.user_id, withdraw, step)).state.has_name(name_hash)


def _step(context: CommandContext, reservation: UUID, step: str) -> CommandContext:
    return replace(context, command_id=command_id(reservation, step))
