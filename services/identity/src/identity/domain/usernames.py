"""Usernames: the profile UsernameCasePreserved of RFC 8265, in words that single spaces separate, of one script."""

from unicodedata import east_asian_width, normalize

from precis_i18n import get_profile

from chassis.commands.errors import InvalidValue
from chassis.commands.text import has_invisible_characters, nfc
from identity import messages
from identity.domain.scripts import is_in_one_script

MAX_LENGTH = 64
_PROFILE = get_profile("UsernameCasePreserved")


def username(text: str) -> str:
    """Return a username as it is stored, its case kept. Raises `InvalidValue`."""
    if text != text.strip():
        raise InvalidValue(messages.USERNAME_WITH_OUTER_BLANK)
    if has_invisible_characters(text):
        raise InvalidValue(messages.USERNAME_INVISIBLE)
    try:
        name = " ".join(_PROFILE.enforce(word) for word in text.split(" "))
    except UnicodeError:
        raise InvalidValue(messages.USERNAME_CHARACTERS) from None
    if not is_in_one_script(name):
        raise InvalidValue(messages.USERNAME_MIXED_SCRIPTS)
    return name


def username_key(text: str) -> str:
    """Return the form by which usernames are compared: wide and narrow forms mapped, then NFC (RFC 8265, 3.4.2).

    Names of accounts from before this profile have no other form than their own in NFC.
    """
    mapped = "".join(
        normalize("NFKC", character) if east_asian_width(character) in "FH" else character for character in text
    )
    return nfc(mapped)
