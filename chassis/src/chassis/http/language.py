"""Language negotiation by Accept-Language (RFC 9110, section 12.5.4): English if it is preferred, else Russian."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.types import Scope

from chassis.commands.message import Language

_MAX_HEADER_BYTES = 1000


def language_of(scope: Scope) -> Language:
    """Return the language of the response, by the request's Accept-Language header."""
    for name, value in scope.get("headers", ()):
        if name == b"accept-language":
            return _preferred(value[:_MAX_HEADER_BYTES].decode("latin-1"))
    return Language.RUSSIAN


def _preferred(header: str) -> Language:
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        tag, _, parameter = part.partition(";")
        weights.setdefault(tag.strip().partition("-")[0], _weight(parameter))
    # Of equal weights the first counts, as browsers list languages in the order of preference.
    supported = [tag for tag in weights if tag in {"en", "ru", "*"}]
    preferred = max(supported, key=lambda tag: weights[tag], default="")
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
"""The language for a route's own messages: `MESSAGE.text(language)`."""
