"""The composition of identity's application layer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from chassis.commands.aggregate import Aggregates
from chassis.commands.sequence import NumberSequence
from chassis.ports.document_store import DocumentStore
from chassis.ports.infrastructure import Infrastructure
from chassis.quotas.quotas import Allowance, allowance
from identity.application.account_names import AccountNames
from identity.application.changes import Changes
from identity.application.directory import Directory
from identity.application.erasure import Erasure
from identity.application.failed_logins import FailedLogins
from identity.application.login import Login
from identity.application.passwords import Passwords
from identity.application.personal_data_cipher import PersonalDataCipher
from identity.application.registration import Registration
from identity.application.signing_keys import SigningKeys
from identity.application.token_issuer import TokenIssuer
from identity.application.unique_names import UniqueNames
from identity.application.users import Users
from identity.domain.account import ACCOUNT
from identity.domain.errors import EmailTaken, NameTaken, UsernameTaken
from identity.domain.events import STORED
from identity.domain.reservation import RESERVATION
from identity.domain.signing_keys import KEY_RING, KEY_RING_EVENTS
from identity.domain.token import TOKEN, Revoke
from identity.settings import IdentitySettings

SOURCE = "/california-gold/identity"


@dataclass(frozen=True)
class Identity:
    """The use cases of identity, for its entry points."""

    users: Users
    registration: Registration
    login: Login
    changes: Changes
    erasure: Erasure
    directory: Directory
    signing_keys: SigningKeys
    documents: DocumentStore
    allowance: Allowance
    max_upload_bytes: int
    """What storage and jobs-command refuse beyond, told to users so that they need not send it first."""
    tokens: Aggregates[bool, Revoke]
    """Each token that was revoked has a stream of its own, so that those of users stay short."""
    read_timeout: float
    """Seconds that a command waits for the list of users to show its effect."""


def assemble(
    infrastructure: Infrastructure, settings: IdentitySettings, passwords: Passwords | None = None
) -> Identity:
    """Build the application. Tests pass `passwords` to observe or to speed up hashing."""
    events, clock, keys = infrastructure.events, infrastructure.clock, infrastructure.keys
    accounts = Aggregates(events, clock, "user", ACCOUNT, STORED, SOURCE)

    def unique_names(category: str, taken: Callable[[], NameTaken]) -> UniqueNames:
        reservations = Aggregates(events, clock, category, RESERVATION, STORED, SOURCE)
        return UniqueNames(reservations, accounts, keys, clock, taken)

    cipher, passwords = PersonalDataCipher(keys), passwords or Passwords()
    names = AccountNames(unique_names("username", UsernameTaken), unique_names("email", EmailTaken))
    users = Users(accounts, names.usernames, cipher)
    numbers = NumberSequence(events, clock, "userid", SOURCE)
    rings = Aggregates(events, clock, "signingkeys", KEY_RING, KEY_RING_EVENTS, SOURCE)
    signing_keys = SigningKeys(rings, keys, infrastructure.documents)
    token_issuer = TokenIssuer(signing_keys, clock, timedelta(hours=settings.token_lifetime_hours))
    erasure = Erasure(accounts, names, cipher, infrastructure.text_keys)
    failed_logins = FailedLogins(infrastructure.rate_limits if settings.rate_limits == "on" else None, keys, clock)
    return Identity(
        users=users,
        registration=Registration(users, accounts, names, numbers, passwords, cipher, clock),
        login=Login(users, cipher, passwords, token_issuer, failed_logins),
        changes=Changes(users, accounts, names, passwords, cipher, erasure, failed_logins, clock),
        erasure=erasure,
        directory=Directory(infrastructure.documents, cipher),
        signing_keys=signing_keys,
        documents=infrastructure.documents,
        allowance=allowance(settings),
        max_upload_bytes=settings.max_upload_bytes,
        tokens=Aggregates(events, clock, "token", TOKEN, STORED, SOURCE),
        read_timeout=settings.await_read_model_ms / 1000,
    )
