"""Errors that are answered to a client."""

from chassis.commands.message import Message


class DomainError(Exception):
    """A business rule rejects a command. `message` is for the client; the HTTP layer chooses the status code."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message


class TryAgainLater(DomainError):
    """A command is refused for some seconds, whatever its content."""

    def __init__(self, message: Message, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class InvalidValue(ValueError):
    """A validator rejects a value of a request. `message` becomes the validation error of that field."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message
