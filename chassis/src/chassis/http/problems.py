"""The JSON of an error response: `{"detail": …}`."""

from collections.abc import Mapping
from typing import cast

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis.commands.message import Language, Message
from chassis.http.language import language_of
from chassis.http.messages import STATUS_DETAILS

RETRY_AFTER = {"Retry-After": "5"}
"""The header of a 503: when to try again, in seconds."""

STATE_NAME = "errors_with_message"
"""Name in `app.state` of the paths whose errors repeat their text as `message` (see `Service.errors_with_message`)."""


class Problem(Response):
    """An error as JSON. It is rendered when it is sent, because the language is the request's."""

    def __init__(self, status: int, detail: object, headers: Mapping[str, str], message: object) -> None:
        super().__init__(None, status)
        self._own_headers = {"Vary": "Accept-Language", **headers}
        self._detail, self._message = detail, message

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Render the error in the language of the request, and send it."""
        language = language_of(scope)
        body = {"detail": localized(self._detail, language)}
        if scope["path"] in _paths_with_message(scope):
            body["message"] = localized(self._message, language)
        response = Response(orjson.dumps(body), self.status_code, self._own_headers, "application/json")
        await response(scope, receive, send)


def localized(value: object, language: Language) -> object:
    """Return a JSON value with each `Message` in it replaced by its text in a language."""
    if isinstance(value, Message):
        return value.text(language)
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        return {name: localized(item, language) for name, item in fields.items()}
    if isinstance(value, list):
        return [localized(item, language) for item in cast("list[object]", value)]
    return value


def problem(
    status: int, detail: object = None, headers: Mapping[str, str] | None = None, message: Message | None = None
) -> Problem:
    """Return an error as JSON. `detail` is a sentence or, for 422, a list; `message` sums up a list."""
    known = STATUS_DETAILS.get(status, STATUS_DETAILS[400])
    shown = known if detail is None else detail
    return Problem(status, shown, headers or {}, message or (shown if isinstance(shown, (str, Message)) else known))


def _paths_with_message(scope: Scope) -> frozenset[str]:
    return getattr(scope["app"].state, STATE_NAME, frozenset[str]()) if "app" in scope else frozenset[str]()
