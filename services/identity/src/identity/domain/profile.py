"""The profile of a user, and the validation of its fields."""

from collections.abc import Mapping

from email_validator import EmailNotValidError, validate_email
from pydantic import BaseModel, ConfigDict

from chassis.commands.errors import InvalidValue
from chassis.commands.text import LINE_BREAKS_AND_TAB, has_control_characters, has_direction_controls, nfc
from identity import messages
from identity.domain.common_passwords import is_common

FULL_NAME_LENGTH = 200
BIO_LENGTH = 5000
URL_LENGTH = 2048
EMAIL_LENGTH = 254
PASSWORD_LENGTHS = (6, 24)


class Profile(BaseModel):
    """Personal data of a user; stored encrypted only."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    username: str
    email: str | None = None
    full_name: str | None = None
    bio: str | None = None
    avatar_url: str | None = None

    def changed(self, changes: Mapping[str, str | None]) -> "Profile":
        """Return the profile with the given fields replaced."""
        return self.model_copy(update=dict(changes))


def email(text: str) -> str:
    """Return an e-mail address in its normal form. Raises `InvalidValue`. The domain is not looked up."""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as problem:
        raise InvalidValue(messages.INVALID_EMAIL) from problem


def email_key(address: str) -> str:
    """Return the form by which addresses are compared: without case."""
    return nfc(address).casefold()


def new_password(text: str) -> str:
    """Return a password as it is. Raises `InvalidValue` for control characters, and for a common one."""
    if is_common(one_line(text)):
        raise InvalidValue(messages.PASSWORD_TOO_COMMON)
    return text


def plain_text(text: str) -> str:
    """Return a text as it is. Raises `InvalidValue` for control characters other than line breaks and tabs."""
    if has_control_characters(text, allowed=LINE_BREAKS_AND_TAB):
        raise InvalidValue(messages.TEXT_WITH_CONTROL_CHARACTERS)
    return text


def one_line(text: str) -> str:
    """Return a text as it is. Raises `InvalidValue` for control characters."""
    if has_control_characters(text):
        raise InvalidValue(messages.LINE_WITH_CONTROL_CHARACTERS)
    return text


def full_name(text: str) -> str:
    """Return a name as it is. Raises `InvalidValue` for control characters, and for those that reverse letters."""
    if has_direction_controls(text):
        raise InvalidValue(messages.NAME_WITH_DIRECTION_CONTROLS)
    return one_line(text)


def web_address(text: str) -> str:
    """Return an http(s) URL as it is: a browser opens it, so it must not be a script. Raises `InvalidValue`."""
    if not text.lower().startswith(("http://", "https://")) or any(character.isspace() for character in text):
        raise InvalidValue(messages.NOT_A_WEB_ADDRESS)
    return one_line(text)
