"""The directory: the read model that lists the users.

Profiles stay encrypted in it, so that shredding a user's key erases them here too.
"""

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
from identity.application.personal_data_cipher import PersonalDataCipher
from identity.application.users import PROFILE, Person
from identity.domain.events import STORED, PasswordChanged, ProfileChanged, UserDeleted, UserRegistered
from identity.domain.profile import Profile

USERS = Collection("users", keys=("id",), indexes=(("id",),))


class DirectoryProjection:
    """One document per user: the current profile, encrypted as in the event."""

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
        """Return the sort key: the id."""
        return {"id": int(str(view["id"]))}


class _UserDocument(BaseModel):
    id: int
    profile: str
    created_at: datetime
    updated_at: datetime | None


@dataclass(frozen=True)
class Directory:
    """Lists users, oldest account first."""

    documents: DocumentStore
    cipher: PersonalDataCipher

    async def list(self, skip: int, limit: int) -> Sequence[Person]:
        """Return a page of users. Users whose key is shredded are left out."""
        found = await self.documents.find(USERS, {}, order="id", skip=skip, limit=limit)
        people = await asyncio.gather(*(self._person(document) for document in found))
        return [person for person in people if person]

    async def shows(self, user_id: int, revision: int, seconds: float) -> bool:
        """Wait at most `seconds` until the list shows a revision of an account; return whether it does."""
        return await self.documents.wait_for(USERS, str(user_id), revision, seconds)

    async def _person(self, document: Document) -> Person | None:
        stored = _UserDocument.model_validate_json(document.body or b"{}")
        try:
            profile = await self.cipher.decrypt(stored.id, PROFILE, stored.profile)
        except KeyShredded:
            return None
        return Person(stored.id, Profile.model_validate_json(profile), stored.created_at, stored.updated_at)
