"""The list of users: a read model that keeps what is personal sealed, so that a lost key empties it too."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from california_gold_contracts.catalog import Catalog
from california_gold_contracts.envelope import Envelope
from california_gold_contracts.event import Event
from chassis.ports.document_store import Collection, Document, DocumentStore, Scalar
from chassis.ports.key_store import KeyShredded
from chassis.projections.projector import View
from identity.application.sealing import Sealing
from identity.application.users import PROFILE, Person
from identity.domain.events import STORED, PasswordChanged, ProfileChanged, UserDeleted, UserRegistered
from identity.domain.profile import Profile

USERS = Collection("users", keys=("id",), indexes=(("id",),))


class DirectoryProjection:
    """One document a user: the stream's present profile, sealed as it is there."""

    collection: Collection = USERS
    catalog: Catalog = STORED

    def apply(self, view: View | None, event: Event, envelope: Envelope) -> View | None:
        """Return the document after an event."""
        match event:
            case UserRegistered():
                at = event.at.isoformat()
                return {"id": event.user_id, "profile": event.profile, "created_at": at, "updated_at": None}
            case ProfileChanged():
                return {**(view or {}), "profile": event.profile, "updated_at": event.at.isoformat()}
            case PasswordChanged():
                return {**(view or {}), "updated_at": event.at.isoformat()}
            case UserDeleted():
                return None
            case _:
                return view

    def keys(self, view: View) -> Mapping[str, Scalar]:
        """Order by id."""
        return {"id": int(str(view["id"]))}


class _Entry(BaseModel):
    id: int
    profile: str
    created_at: datetime
    updated_at: datetime | None


@dataclass(frozen=True)
class Directory:
    """Lists users, oldest account first."""

    documents: DocumentStore
    sealing: Sealing

    async def list(self, skip: int, limit: int) -> Sequence[Person]:
        """Return a page. Whoever was deleted since the read model was written is left out."""
        found = await self.documents.find(USERS, {}, order="id", skip=skip, limit=limit)
        people = await asyncio.gather(*(self._person(document) for document in found))
        return [person for person in people if person]

    async def shows(self, user_id: int, revision: int, seconds: float) -> bool:
        """Wait a bounded time until the list shows a revision of an account."""
        return await self.documents.wait_for(USERS, str(user_id), revision, seconds)

    async def _person(self, document: Document) -> Person | None:
        entry = _Entry.model_validate_json(document.body or b"{}")
        try:
            profile = await self.sealing.open(entry.id, PROFILE, entry.profile)
        except KeyShredded:
            return None
        return Person(entry.id, Profile.model_validate_json(profile), entry.created_at, entry.updated_at)
