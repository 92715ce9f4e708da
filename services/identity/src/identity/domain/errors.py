"""What identity refuses, in the API's words."""

from chassis.commands.errors import DomainError


class NameTaken(DomainError):
    """Somebody else has the name."""


class UsernameTaken(NameTaken):
    """Somebody else has the username."""

    def __init__(self) -> None:
        super().__init__("Username уже занят")


class EmailTaken(NameTaken):
    """Somebody else has the e-mail address."""

    def __init__(self) -> None:
        super().__init__("Email уже зарегистрирован")


class WrongCredentials(DomainError):
    """Username or password is wrong; nobody is told which."""

    def __init__(self) -> None:
        super().__init__("Неверное имя пользователя или пароль")


class UserNotFound(DomainError):
    """There is no such account."""

    def __init__(self) -> None:
        super().__init__("Пользователь не найден")


class NotAccountOwner(DomainError):
    """Only its owner or an administrator may do this."""

    def __init__(self) -> None:
        super().__init__("Недостаточно прав: это учётная запись другого пользователя")


class StaleCommand(Exception):
    """The account moved on, or a reservation was withdrawn, since the command was prepared: prepare it again."""
