"""Maps the stored events of identity to its public events, which carry ids only."""

from dataclasses import replace

from california_gold_contracts import users as public
from california_gold_contracts.catalog import encode
from california_gold_contracts.envelope import Envelope
from identity.domain import events as stored

_PUBLIC: dict[str, type[public.UserRegistered | public.UserChanged | public.UserDeleted]] = {
    stored.UserRegistered.wire_type: public.UserRegistered,
    stored.ProfileChanged.wire_type: public.UserChanged,
    stored.PasswordChanged.wire_type: public.UserChanged,
    stored.AdminGranted.wire_type: public.UserChanged,
    stored.UserDeleted.wire_type: public.UserDeleted,
}


def publish(envelope: Envelope) -> Envelope | None:
    """Return the public event of a stored event, None when it stays private."""
    public_type = _PUBLIC.get(envelope.type)
    if public_type is None:
        return None
    return replace(envelope, type=public_type.wire_type, data=encode(public_type(user_id=int(envelope.subject))))
