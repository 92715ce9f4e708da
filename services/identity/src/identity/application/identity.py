"""What identity can do, put together from the ports it is given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from chassis.commands.aggregate import Aggregates
from chassis.commands.sequence import NumberSequence
from chassis.ports.infrastructure import Infrastructure
from identity.application.changes import Changes
from identity.application.claims import Claiming
from identity.application.directory import Directory
from identity.application.erasure import Erasure
from identity.application.login import Login
from identity.application.names import Names
from identity.application.passwords import Passwords
from identity.application.registration import Registration
from identity.application.sealing import Sealing
from identity.application.signing import Signing
from identity.application.users import Users
from identity.domain.account import ACCOUNT
from identity.domain.errors import EmailTaken, NameTaken, UsernameTaken
from identity.domain.events import STORED
from identity.domain.reservation import RESERVATION
from identity.settings import IdentitySettings

SOURCE = "/california-gold/identity"


@dataclass(frozen=True)
class Identity:
    """The application: what entry points call."""

    users: Users
    registration: Registration
    login: Login
    changes: Changes
    erasure: Erasure
    directory: Directory
    signing: Signing
    read_timeout: float
    """Seconds that a command waits for the list of users to show its effect."""


def assemble(
    infrastructure: Infrastructure, settings: IdentitySettings, passwords: Passwords | None = None
) -> Identity:
    """Build the application. `passwords` is there for whoever wants to watch them being verified."""
    events, clock, keys = infrastructure.events, infrastructure.clock, infrastructure.keys
    accounts = Aggregates(events, clock, "user", ACCOUNT, STORED, SOURCE)

    def names(category: str, taken: Callable[[], NameTaken]) -> Names:
        reservations = Aggregates(events, clock, category, RESERVATION, STORED, SOURCE)
        return Names(reservations, accounts, keys, clock, taken)

    sealing, passwords = Sealing(keys), passwords or Passwords()
    claiming = Claiming(names("username", UsernameTaken), names("email", EmailTaken))
    users = Users(accounts, claiming.usernames, sealing)
    numbers = NumberSequence(events, clock, "userid", SOURCE)
    signing = Signing(keys, infrastructure.documents, clock, timedelta(hours=settings.token_lifetime_hours))
    erasure = Erasure(accounts, claiming, sealing)
    return Identity(
        users=users,
        registration=Registration(users, accounts, claiming, numbers, passwords, sealing, clock),
        login=Login(users, sealing, passwords, signing),
        changes=Changes(users, accounts, claiming, passwords, sealing, erasure, clock),
        erasure=erasure,
        directory=Directory(infrastructure.documents, sealing),
        signing=signing,
        read_timeout=settings.await_read_model_ms / 1000,
    )
