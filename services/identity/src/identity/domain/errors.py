"""The errors of identity."""

from chassis.commands.errors import DomainError, TryAgainLater
from identity import messages


class NameTaken(DomainError):
    """Another account has the name."""


class UsernameTaken(NameTaken):
    """Another account has the username."""

    def __init__(self) -> None:
        super().__init__(messages.USERNAME_TAKEN)


class EmailTaken(NameTaken):
    """Another account has the e-mail address."""

    def __init__(self) -> None:
        super().__init__(messages.EMAIL_TAKEN)


class WrongCredentials(DomainError):
    """The username or the password is wrong; the answer does not say which. `user_id`: whose password is wrong."""

    def __init__(self, user_id: int | None = None) -> None:
        super().__init__(messages.WRONG_CREDENTIALS)
        self.user_id = user_id


class WrongCurrentPassword(DomainError):
    """The caller's own password, which a change of a password requires, is wrong."""

    def __init__(self) -> None:
        super().__init__(messages.WRONG_CURRENT_PASSWORD)


class TooManyTries(TryAgainLater):
    """Log-ins to one account have failed too often: the next one is checked after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(messages.TOO_MANY_TRIES.format(seconds=seconds), seconds)


class UserNotFound(DomainError):
    """The account does not exist."""

    def __init__(self) -> None:
        super().__init__(messages.USER_NOT_FOUND)


class NotAccountOwner(DomainError):
    """The caller is neither the account's owner nor an administrator."""

    def __init__(self) -> None:
        super().__init__(messages.NOT_ACCOUNT_OWNER)


class SigningKeyNotFound(DomainError):
    """No generation of the signing key has the id."""

    def __init__(self) -> None:
        super().__init__(messages.SIGNING_KEY_NOT_FOUND)


class StaleCommand(Exception):
    """The account changed, or a reservation was withdrawn, since the command was prepared: prepare it again."""
