"""What a person tells about themselves, and which names and texts are acceptable."""

from collections.abc import Mapping

from email_validator import EmailNotValidError, validate_email
from pydantic import BaseModel, ConfigDict

from chassis.commands.text import LINE_BREAKS_AND_TAB, has_control_characters, has_invisible_characters, nfc

USERNAME_LENGTH = 64
FULL_NAME_LENGTH = 200
BIO_LENGTH = 5000
URL_LENGTH = 2048
EMAIL_LENGTH = 254
PASSWORD_LENGTHS = (6, 24)


class Profile(BaseModel):
    """Personal data of a user; stored only sealed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    username: str
    email: str | None = None
    full_name: str | None = None
    bio: str | None = None
    avatar_url: str | None = None

    def changed(self, changes: Mapping[str, str | None]) -> "Profile":
        """Return the profile with the given fields replaced."""
        return self.model_copy(update=dict(changes))


def username(text: str) -> str:
    """Return a username, in NFC, its case kept. Raises `ValueError` when it can't be one."""
    name = nfc(text)
    if name != name.strip():
        raise ValueError("имя не может начинаться или заканчиваться пробелом")
    if has_invisible_characters(name):
        raise ValueError("имя не может содержать управляющие и невидимые символы")
    return name


def email(text: str) -> str:
    """Return an e-mail address in its normal form. Raises `ValueError` when it is none; nothing is looked up."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as problem:
        raise ValueError("некорректный адрес электронной почты") from problem


def email_key(address: str) -> str:
    """Return what addresses are compared by: case does not count."""
    return nfc(address).casefold()


def plain_text(text: str) -> str:
    """Return a text as it is. Raises `ValueError` when it has control characters other than line breaks and tabs."""
    if has_control_characters(text, allowed=LINE_BREAKS_AND_TAB):
        raise ValueError("текст не может содержать управляющие символы")
    return text


def one_line(text: str) -> str:
    """Return a text as it is. Raises `ValueError` when it has control characters."""
    if has_control_characters(text):
        raise ValueError("строка не может содержать управляющие символы")
    return text


def web_address(text: str) -> str:
    """Return an http(s) address as it is: a browser shows it, so it can't be a script. Raises `ValueError`."""
    if not text.lower().startswith(("http://", "https://")) or any(character.isspace() for character in text):
        raise ValueError("нужен адрес, который начинается с http:// или https://")
    return one_line(text)
