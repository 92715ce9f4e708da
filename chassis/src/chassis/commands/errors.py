"""Errors that a client is told of."""

from chassis.commands.message import Message


class DomainError(Exception):
    """A rule refuses a command. `message` is for the client; the HTTP layer chooses the status and the language."""

    def __init__(self, message: Message | str) -> None:
        super().__init__(message if isinstance(message, str) else message.en)
        self.message = message


class InvalidValue(ValueError):
    """A value of a request is not allowed; raised inside validators, told as the message of that field."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.en)
        self.message = message
