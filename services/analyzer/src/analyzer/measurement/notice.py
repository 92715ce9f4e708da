"""The notice of a result: intended use and limits of the strategy."""

from analyzer import messages

BY_STRATEGY = {"lung_blob": messages.NOTICE_OF_LUNG_NODULES, "measure_only": messages.NOTICE_OF_SUPPLIED_REGIONS}


def notice_for(strategy: str) -> str:
    """Return the notice of a strategy, in English and Russian."""
    parts = (messages.NOTICE, BY_STRATEGY.get(strategy, messages.NOTICE_OF_CUSTOM_MODEL))
    return " ".join(f"{part.en} {part.ru}" for part in parts)
