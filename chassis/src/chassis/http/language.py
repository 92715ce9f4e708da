"""The language that a client asks for (RFC 9110, section 12.5.4): English when it is preferred, else Russian."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.types import Scope

from chassis.commands.message import Language

_LONGEST_HEADER = 1000


def language_of(scope: Scope) -> Language:
    """Return the language of a request's answer, by its Accept-Language header."""
    for name, value in scope.get("headers", ()):
        if name == b"accept-language":
            return _preferred(value[:_LONGEST_HEADER].decode("latin-1"))
    return Language.RUSSIAN


def _preferred(header: str) -> Language:
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        tag, _, parameter = part.partition(";")
        weights.setdefault(tag.strip().partition("-")[0], _weight(parameter))
    # Of equal weights the first counts, as browsers list languages in the order of preference.
    spoken = [tag for tag in weights if tag in {"en", "ru", "*"}]
    preferred = max(spoken, key=lambda tag: weights[tag], default="")
    return Language.ENGLISH if preferred == "en" and weights["en"] > 0 else Language.RUSSIAN


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


async def _language(connection: HTTPConnection) -> Language:
    return language_of(connection.scope)


RequestLanguage = Annotated[Language, Depends(_language)]
"""The language to answer a route's own sentences in: `MESSAGE.text(language)`."""
