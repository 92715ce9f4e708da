"""What ends tokens, as identity stores and publishes it, for tests of other services."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from california_gold_contracts.topics import TOKENS, USERS, Topic
from chassis.commands.context import CommandContext
from chassis.commands.recording import Recorder, envelope_of
from chassis.ports.event_store import revision_of
from chassis.ports.infrastructure import Infrastructure
from chassis.ports.message_bus import Message
from identity.domain.events import PasswordChanged, TokenRevoked, UserDeleted
from identity.entrypoints.events import publish_revocation, publish_user

Publish = Callable[[Envelope], Envelope | None]


async def delete_user(infrastructure: Infrastructure, user_id: int, actor: str = "service:identity") -> Envelope:
    """Delete an account."""
    event = UserDeleted(user_id=user_id)
    return await _recorded(infrastructure, f"user-{user_id}", event, USERS, publish_user, actor)


async def change_password(infrastructure: Infrastructure, user_id: int, generation: int) -> Envelope:
    """Change a password: it revokes the user's tokens of earlier generations."""
    event = PasswordChanged(user_id=user_id, password="", at=infrastructure.clock.now(), generation=generation)
    return await _recorded(infrastructure, f"user-{user_id}", event, TOKENS, publish_revocation)


async def revoke_token(infrastructure: Infrastructure, user_id: int, token_id: str, expires_at: datetime) -> Envelope:
    """Revoke one token, as a logout does."""
    event = TokenRevoked(user_id=user_id, token_id=token_id, expires_at=expires_at)
    return await _recorded(infrastructure, f"token-{token_id}", event, TOKENS, publish_revocation)


async def _recorded(
    infrastructure: Infrastructure,
    stream: str,
    event: Event,
    topic: Topic,
    publish: Publish,
    actor: str = "service:identity",
) -> Envelope:
    """Store an event, and publish it twice: the second is a redelivery."""
    last = await infrastructure.events.last(stream)
    recorder = Recorder("/california-gold/identity", infrastructure.clock.now())
    context = CommandContext(uuid4(), actor, "correlation-1")
    recorded = recorder.record([event], context, stream, last)
    await infrastructure.events.append(stream, recorded, revision_of(last))
    [stored] = await infrastructure.events.read(stream, revision_of(last))
    published = publish(envelope_of(stored))
    assert published
    message = Message(topic.name, published.subject, published.data, published.headers())
    await infrastructure.bus.publish([message] * 2)
    return published
