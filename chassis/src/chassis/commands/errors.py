"""Errors that a person is told of."""


class DomainError(Exception):
    """A rule says no. `message` is a sentence for the user, in the API's language; the edge chooses the status."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
