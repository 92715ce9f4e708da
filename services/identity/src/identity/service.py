"""The composition of the service identity."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from california_gold_contracts import topics
from california_gold_contracts.envelope import Envelope
from chassis.audit.http import with_audit
from chassis.commands.context import CommandContext, command_line_actor
from chassis.messaging.catch_up import CatchUp
from chassis.messaging.relay import Relay
from chassis.operations.parked_routes import with_parked_events
from chassis.ports.infrastructure import Infrastructure
from chassis.projections.projector import Projector
from chassis.runtime.service import Service, Worker
from chassis.security_log.day_keys import DayKeys
from identity.application.directory import DirectoryProjection
from identity.application.identity import assemble
from identity.application.signing_keys import SigningKeys
from identity.entrypoints.audit import AUDITED
from identity.entrypoints.events import publish_revocation, publish_user
from identity.entrypoints.http import CREDENTIAL_PATHS, ERRORS, ERRORS_WITH_MESSAGE, routes
from identity.settings import IdentitySettings


def build(infrastructure: Infrastructure, settings: IdentitySettings) -> Service:
    """Return the service with its routes, workers and errors."""
    identity = assemble(infrastructure, settings)
    projector = Projector(DirectoryProjection(), infrastructure.documents, infrastructure.events)

    async def follow(envelopes: Sequence[Envelope]) -> None:
        await projector.project(envelopes)
        await identity.erasure.react(envelopes)

    return Service(
        name="identity",
        router=with_parked_events(with_audit(routes(identity), infrastructure, AUDITED), infrastructure),
        workers=[
            Relay(infrastructure, topics.USERS, ["user"], publish_user).worker,
            Relay(infrastructure, topics.TOKENS, ["user", "token"], publish_revocation).worker,
            CatchUp(infrastructure, "identity", ["user"], follow).worker,
            DayKeys(infrastructure, timedelta(days=settings.security_log_days)).worker,
            Worker("signing-keys", identity.signing_keys.run),
        ],
        errors=ERRORS,
        errors_with_message=ERRORS_WITH_MESSAGE,
        credential_paths=CREDENTIAL_PATHS,
    )


async def grant_admin(infrastructure: Infrastructure, settings: IdentitySettings, username: str) -> None:
    """Make a user an administrator, on behalf of the operator. Raises `UserNotFound`."""
    context = CommandContext(uuid4(), command_line_actor(), str(uuid4()))
    await assemble(infrastructure, settings).changes.grant_admin(username, context)


def signing_keys(infrastructure: Infrastructure, settings: IdentitySettings) -> SigningKeys:
    """Return the keys that sign tokens, for the operator."""
    return assemble(infrastructure, settings).signing_keys
