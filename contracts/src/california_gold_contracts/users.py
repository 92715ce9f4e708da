"""Public facts about accounts. They carry the id only: personal data never leaves identity's sealed streams."""

from typing import ClassVar

from california_gold_contracts.event import Event


class UserRegistered(Event):
    """An account exists from now on."""

    wire_type: ClassVar[str] = "users.user-registered.v1"

    user_id: int


class UserChanged(Event):
    """Something about the account (its name, say) is different now."""

    wire_type: ClassVar[str] = "users.user-changed.v1"

    user_id: int


class UserDeleted(Event):
    """The account is gone: its tokens, jobs and files must go too."""

    wire_type: ClassVar[str] = "users.user-deleted.v1"

    user_id: int
