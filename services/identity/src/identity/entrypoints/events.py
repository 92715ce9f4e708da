"""Maps the stored events of identity to its public events of users and of tokens, which carry ids only."""

from dataclasses import replace

from california_gold_contracts import tokens
from california_gold_contracts import users as public
from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from identity.domain import events as stored

_PUBLIC: dict[str, type[public.UserRegistered | public.UserChanged | public.UserDeleted]] = {
    stored.UserRegistered.wire_type: public.UserRegistered,
    stored.ProfileChanged.wire_type: public.UserChanged,
    stored.PasswordChanged.wire_type: public.UserChanged,
    stored.AdminGranted.wire_type: public.UserChanged,
    stored.UserDeleted.wire_type: public.UserDeleted,
}
_REVOKING = {stored.PasswordChanged.wire_type, stored.TokenRevoked.wire_type}


def publish_user(envelope: Envelope) -> Envelope | None:
    """Return the public event of a user, None when the stored event stays private."""
    public_type = _PUBLIC.get(envelope.type)
    if public_type is None:
        return None
    return _published(envelope, public_type(user_id=int(envelope.subject)))


def publish_revocation(envelope: Envelope) -> Envelope | None:
    """Return the public event of revoked tokens, None when the stored event revokes none."""
    if envelope.type not in _REVOKING:
        return None
    match stored.STORED.read(envelope):
        case stored.PasswordChanged(user_id=user_id, generation=generation) if generation:
            return _published(envelope, tokens.UserTokensRevoked(user_id=user_id, generation=generation))
        case stored.TokenRevoked(user_id=user_id, token_id=token_id, expires_at=expires_at):
            revoked = tokens.TokenRevoked(user_id=user_id, token_id=token_id, expires_at=expires_at)
            return _published(envelope, revoked)
        case _:
            return None


def _published(envelope: Envelope, event: Event) -> Envelope:
    return replace(envelope, type=event.wire_type, data=encode(event))
