"""JobIds: the ids of new jobs."""

import hmac
from dataclasses import dataclass, field
from uuid import UUID

from chassis.ports.key_store import KeyStore

_KEY_SUBJECT = "service:jobs-command"


@dataclass
class JobIds:
    """Derives job ids from command ids with HMAC: a repeated command yields the same id, and no id can be guessed."""

    keys: KeyStore
    _key: bytes | None = field(init=False, repr=False, default=None)

    async def of(self, command_id: UUID) -> UUID:
        """Return the id of the job that a command submits. Raises `StoreUnavailable`."""
        # The service's own key is never shredded, so that it can be cached.
        self._key = self._key or await self.keys.key_for(_KEY_SUBJECT)
        # `hmac.digest` would release the interpreter's lock for a microsecond's work, and wait for it behind a writer.
        digest = hmac.new(self._key, command_id.bytes, "sha256").digest()
        return UUID(bytes=digest[:16], version=4)
