"""Deleted users and revoked tokens, replicated from identity's topics to every process that verifies tokens."""

import asyncio
import math
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson
import structlog

from california_gold_contracts.catalog import TOKENS as TOKEN_EVENTS
from california_gold_contracts.catalog import USERS as USER_EVENTS
from california_gold_contracts.catalog import Catalog
from california_gold_contracts.envelope import MalformedEnvelope
from california_gold_contracts.event import Event
from california_gold_contracts.tokens import TokenRevoked, UserTokensRevoked
from california_gold_contracts.topics import LONGEST_TOKEN_LIFETIME, TOKENS, USERS
from california_gold_contracts.users import UserDeleted
from chassis.http.verified_token import VerifiedToken
from chassis.messaging.confirmation import Confirmation
from chassis.ports.clock import Clock
from chassis.ports.event_store import EventStore, StoreUnavailable
from chassis.ports.message_bus import MessageBus, ReceivedMessage
from chassis.runtime.service import Worker

_TIMEOUT = 5.0
_MIN_PRUNED = 1000
_EVENTS = Catalog((*USER_EVENTS.events, *TOKEN_EVENTS.events))
_log = structlog.get_logger()


@dataclass(frozen=True, eq=False)
class _Claim:
    """The last message of each type about a user or a token, and until when (Unix time) it may concern a token."""

    events: Mapping[str, Event]
    until: float


_NOTHING = _Claim({}, -math.inf)


@dataclass
class Revocations:
    """What ends tokens before they expire, read from the topics from their start.

    The topics only claim revocations: the event store confirms one when a token that it concerns is shown, once (ADR
    38). Revocations and claims are dropped once every token that they concern has expired.
    """

    bus: MessageBus
    events: EventStore
    clock: Clock
    _deleted_users: set[int] = field(init=False, default_factory=set[int])
    _token_expiries: dict[str, float] = field(init=False, default_factory=dict[str, float])
    _generations: dict[int, tuple[int, float]] = field(init=False, default_factory=dict[int, tuple[int, float]])
    _claims: dict[int | str, _Claim] = field(init=False, default_factory=dict["int | str", _Claim])
    """By the id of a user or of a token: what the topics say, and the event store has not confirmed yet."""
    _waiting: dict[int, set["asyncio.Future[None]"]] = field(
        init=False, default_factory=dict[int, set["asyncio.Future[None]"]]
    )
    _prune_at: int = field(init=False, default=_MIN_PRUNED)
    _caught_up: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    @property
    def worker(self) -> Worker:
        """The worker that follows the topics."""
        return Worker("revocations", self.run)

    async def run(self) -> None:
        """Follow the topics without end. Raises `StoreUnavailable` when the bus fails; what was read is kept."""
        async for batch in self.bus.follow([USERS.name, TOKENS.name], from_start=True):
            for message in batch:
                self._receive(message)
            if not batch:
                self._caught_up.set()

    async def include(self, token: VerifiedToken) -> bool:
        """Return whether a token is revoked. Raises `StoreUnavailable` until that can be known."""
        if not self._caught_up.is_set():
            await self._catch_up()
        user_id = token.caller.user_id
        if user_id in self._claims:
            await self._confirm(user_id, self._read_user(user_id))
        if token.id in self._claims:
            await self._confirm(token.id, self._read_token(token))
        if user_id in self._deleted_users or token.id in self._token_expiries:
            return True
        revoked = self._generations.get(user_id)
        return revoked is not None and token.generation < revoked[0]

    def apply(self, event: Event, at: datetime | None = None) -> None:
        """Apply an event that happened at a time, by default now: in the process where it happened."""
        match event:
            case UserDeleted(user_id=user_id):
                self._deleted_users.add(user_id)
            case TokenRevoked(user_id=user_id):
                self._token_expiries[event.token_id] = event.expires_at.timestamp()
            case UserTokensRevoked(user_id=user_id):
                generation, _ = self._generations.get(user_id, (0, 0.0))
                until = ((at or self.clock.now()) + LONGEST_TOKEN_LIFETIME).timestamp()
                self._generations[user_id] = (max(generation, event.generation), until)
            case _:
                return
        self._wake(user_id)
        self._prune()

    async def next_of_user(self, user_id: int) -> None:
        """Wait for the next revocation that may concern a user's tokens."""
        future = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(user_id, set())
        waiting.add(future)
        try:
            await future
        finally:
            waiting.discard(future)
            if not waiting and self._waiting.get(user_id) is waiting:
                del self._waiting[user_id]

    def wake_all(self) -> None:
        """Let every wait for a revocation end: something else has changed that ends tokens."""
        for user_id in list(self._waiting):
            self._wake(user_id)

    async def problem(self) -> str | None:
        """Return why tokens can't be verified yet, or None."""
        return None if self._caught_up.is_set() else "revoked tokens are not known yet"

    async def _catch_up(self) -> None:
        try:
            await asyncio.wait_for(self._caught_up.wait(), _TIMEOUT)
        except TimeoutError:
            raise StoreUnavailable("revoked tokens are not known yet") from None

    def _receive(self, message: ReceivedMessage) -> None:
        try:
            envelope = message.envelope()
            if _EVENTS.knows(envelope.type):
                self._claim(_EVENTS.read(envelope), envelope.time)
        except (MalformedEnvelope, ValueError, OverflowError) as problem:
            # One malformed message must not stop all authentication; it is skipped, because it names no user.
            _log.error("message_unreadable", topic=message.topic, offset=message.offset, error=type(problem).__name__)

    def _claim(self, event: Event, at: datetime) -> None:
        match event:
            case _ if self._knows(event):
                return
            case UserDeleted(user_id=user_id):
                key, until = user_id, math.inf
            case UserTokensRevoked(user_id=user_id):
                key, until = user_id, at.timestamp() + LONGEST_TOKEN_LIFETIME.total_seconds()
            case TokenRevoked(user_id=user_id, token_id=key):
                until = event.expires_at.timestamp()
            case _:
                return
        former = self._claims.get(key, _NOTHING)
        self._claims[key] = _Claim({**former.events, event.wire_type: event}, max(until, former.until))
        self._wake(user_id)
        self._prune()

    def _knows(self, event: Event) -> bool:
        match event:
            case UserDeleted(user_id=user_id):
                return user_id in self._deleted_users
            case UserTokensRevoked(user_id=user_id):
                return event.generation <= self._generations.get(user_id, (0, 0.0))[0]
            case TokenRevoked(token_id=token_id):
                return token_id in self._token_expiries
            case _:
                return False

    async def _confirm(self, key: int | str, read: Awaitable[None]) -> None:
        claim = self._claims[key]
        await read
        for wire_type, event in claim.events.items():
            if not self._knows(event):
                _log.error("event_unconfirmed", type=wire_type, key=key)
        if self._claims.get(key) is claim:  # no other message came meanwhile
            del self._claims[key]

    async def _read_user(self, user_id: int) -> None:
        last = await Confirmation(self.events).last_by_name(f"user-{user_id}")
        if "user-deleted" in last:
            self.apply(UserDeleted(user_id=user_id))
        changed = last.get("password-changed")
        if changed and (generation := orjson.loads(changed.data).get("generation")):
            self.apply(UserTokensRevoked(user_id=user_id, generation=generation))

    async def _read_token(self, token: VerifiedToken) -> None:
        if "token-revoked" in await Confirmation(self.events).last_by_name(f"token-{token.id}"):
            self._token_expiries[token.id] = token.expires

    def _wake(self, user_id: int) -> None:
        for future in self._waiting.pop(user_id, ()):
            if not future.done():
                future.set_result(None)

    def _prune(self) -> None:
        """Drop what has expired, once as much has come as was left the last time: a constant cost per revocation."""
        if self._size() < self._prune_at:
            return
        now = self.clock.now().timestamp()
        self._token_expiries = {token: until for token, until in self._token_expiries.items() if until > now}
        self._generations = {user: entry for user, entry in self._generations.items() if entry[1] > now}
        self._claims = {key: claim for key, claim in self._claims.items() if claim.until > now}
        self._prune_at = max(_MIN_PRUNED, 2 * self._size())

    def _size(self) -> int:
        return len(self._token_expiries) + len(self._generations) + len(self._claims)
