"""The audit of accounts: encrypted fields are hidden."""

from collections.abc import Sequence

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from california_gold_contracts.event import Event
from chassis.audit.audited_type import AuditedType
from identity.domain.account import ACCOUNT
from identity.domain.errors import UserNotFound
from identity.domain.events import STORED


def _state(events: Sequence[Event]) -> JsonValue:
    account = ACCOUNT.fold(events)
    fields = {name: value for name, value in to_jsonable_python(account).items() if name != "status"}
    return {"standing": account.status.name.lower(), **fields}


AUDITED = AuditedType(
    "user", "user", STORED, _state, UserNotFound().message, id_is_number=True, hidden=frozenset({"profile", "password"})
)
