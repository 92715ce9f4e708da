"""Message: a sentence for a client, in the two languages of the API."""

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The languages of the API. Russian is the default."""

    RUSSIAN = "ru"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence in both languages, with `{name}` placeholders for `format`."""

    ru: str
    en: str

    def text(self, language: Language) -> str:
        """Return the sentence in a language."""
        return self.en if language is Language.ENGLISH else self.ru

    def format(self, **values: object) -> "Message":
        """Fill in the placeholders; a value that is itself a message is rendered in the same language."""
        return Message(self._filled(Language.RUSSIAN, values), self._filled(Language.ENGLISH, values))

    def _filled(self, language: Language, values: dict[str, object]) -> str:
        texts = {name: value.text(language) if isinstance(value, Message) else value for name, value in values.items()}
        return self.text(language).format_map(texts)
