"""The passwords that attackers try first. `common_passwords.md` says where the list comes from."""

from functools import cache
from importlib.resources import files

from chassis.commands.text import nfc


def is_common(password: str) -> bool:
    """Whether a password is on the list, in whatever case."""
    return nfc(password).casefold() in _listed()


@cache
def _listed() -> frozenset[str]:
    text = files("identity.domain").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.splitlines())
