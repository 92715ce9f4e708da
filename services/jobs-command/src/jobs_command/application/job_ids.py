"""The ids of jobs."""

import hmac
from dataclasses import dataclass, field
from uuid import UUID

from chassis.commands.context import CommandContext
from chassis.ports.key_store import KeyStore

_KEY_SUBJECT = "service:jobs-command"


@dataclass
class JobIds:
    """A submission that is sent again makes the same job, and nobody can guess its id."""

    keys: KeyStore
    _key: bytes | None = field(init=False, repr=False, default=None)

    async def of(self, context: CommandContext) -> UUID:
        """Return the id of the job that a submission makes. Raises `StoreUnavailable`."""
        # The service's own key is never shredded: it is asked for once.
        self._key = self._key or await self.keys.key_for(_KEY_SUBJECT)
        return UUID(bytes=hmac.digest(self._key, context.command_id.bytes, "sha256")[:16], version=4)
