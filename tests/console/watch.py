"""What no page of the console may do: report an error, or ask another address for anything."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Error, Page, Request, WebSocket

_REFUSED_BY_THE_API = re.compile(r"^Failed to load resource: the server responded with a status of 4\d\d ")
"""Chromium's own words for each answer of the 4xx: what the page makes of these is what tests look at."""
_WITHIN_THE_BROWSER = ("blob:", "data:")


@dataclass
class Watch:
    """The misdeeds of pages so far.

    `allowed` are regular expressions for errors that a test provokes, such as a server that is away.
    """

    origin: str
    allowed: list[str] = field(default_factory=list[str])
    _errors: list[str] = field(default_factory=list[str])
    _strangers: list[str] = field(default_factory=list[str])

    def follow(self, page: Page) -> None:
        """Watch a page from now on."""
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)
        page.on("request", self._on_request)
        page.on("websocket", self._on_websocket)

    def check(self) -> None:
        """Fail if there was a misdeed."""
        errors = [error for error in self._errors if not any(re.search(each, error) for each in self.allowed)]
        misdeeds = [*self._strangers, *errors]
        assert not misdeeds, "\n".join(misdeeds)

    def _on_console(self, message: ConsoleMessage) -> None:
        address = message.location["url"]
        is_answer = _REFUSED_BY_THE_API.match(message.text) and "/console/" not in address
        if message.type in {"error", "warning"} and not is_answer:
            self._errors.append(f"{message.text} ({address})")

    def _on_error(self, error: Error) -> None:
        self._errors.append(str(error))

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", *_WITHIN_THE_BROWSER)):
            self._strangers.append(request.url)

    def _on_websocket(self, socket: WebSocket) -> None:
        if not socket.url.startswith(f"{self.origin.replace('http', 'ws', 1)}/"):
            self._strangers.append(socket.url)
