"""The notice of a result: intended use and limits of the strategy."""

from collections.abc import Sequence

from analyzer import messages
from chassis.commands.message import Message

BY_STRATEGY = {"lung_blob": messages.NOTICE_OF_LUNG_NODULES, "measure_only": messages.NOTICE_OF_SUPPLIED_REGIONS}


def notice_for(strategy: str) -> str:
    """Return the notice of a strategy, in English and Russian."""
    return " ".join(f"{message.en} {message.ru}" for message in notice_messages(strategy))


def notice_messages(strategy: str) -> Sequence[Message]:
    """Return the sentences of the notice of a strategy."""
    return messages.NOTICE, BY_STRATEGY.get(strategy, messages.NOTICE_OF_CUSTOM_MODEL)
