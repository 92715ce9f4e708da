"""Public events of accounts. They carry the id only: personal data stays in identity's encrypted streams."""

from typing import ClassVar

from california_gold_contracts.event import Event


class UserRegistered(Event):
    """An account was registered."""

    wire_type: ClassVar[str] = "users.user-registered.v1"

    user_id: int


class UserChanged(Event):
    """Data of the account, such as its name, was changed."""

    wire_type: ClassVar[str] = "users.user-changed.v1"

    user_id: int


class UserDeleted(Event):
    """The account was deleted: its tokens, jobs and files must be deleted too."""

    wire_type: ClassVar[str] = "users.user-deleted.v1"

    user_id: int
