"""A token verifier that follows the topics, and messages that claim revocations which no stream has."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.tokens import TokenRevoked, UserTokensRevoked
from california_gold_contracts.topics import TOKENS, USERS
from california_gold_contracts.users import UserDeleted
from chassis.http.revocations import Revocations
from chassis.http.tokens import TokenVerifier
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from testkit.running import running


@asynccontextmanager
async def verifying(infrastructure: Infrastructure) -> AsyncGenerator[TokenVerifier]:
    """Yield a verifier of tokens of at most a day."""
    revoked = Revocations(infrastructure.bus, infrastructure.events, infrastructure.clock)
    async with running(revoked.run()):
        yield TokenVerifier(infrastructure.documents, revoked, infrastructure.clock, timedelta(hours=24))


def forged_revocation(event: TokenRevoked | UserTokensRevoked) -> Message:
    """Return a forged message that revokes tokens."""
    return _message(TOKENS.name, event)


def forged_deletion(user_id: int) -> Message:
    """Return a forged message that a user was deleted."""
    return _message(USERS.name, UserDeleted(user_id=user_id))


def _message(topic: str, event: TokenRevoked | UserTokensRevoked | UserDeleted) -> Message:
    envelope = Envelope(uuid4(), event.wire_type, "identity", str(event.user_id), datetime.now(UTC), encode(event))
    return Message(topic, str(event.user_id), envelope.data, envelope.headers())
