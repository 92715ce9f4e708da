"""Files dragged from the system onto a page, and a network that is slow enough to watch."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast

from playwright.sync_api import Page

_SLOW = 500_000


class _Debugger(Protocol):
    """A session of Chromium's debugger; Playwright's own type does not say what is sent."""

    def send(self, method: str, params: Mapping[str, object] | None = None) -> object: ...

    def detach(self) -> None: ...


def _debugger(page: Page) -> _Debugger:
    return cast("_Debugger", page.context.new_cdp_session(page))


def drop(page: Page, *paths: Path) -> None:
    """Drop files and folders into the middle of a page, as a file manager does, once there is a place for them."""
    page.locator(".drop-zone").wait_for()
    debugger = _debugger(page)
    viewport = page.viewport_size
    assert viewport is not None
    place = {"x": viewport["width"] // 2, "y": viewport["height"] // 2}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for step in ("dragEnter", "dragOver", "drop"):
        debugger.send("Input.dispatchDragEvent", {"type": step, **place, "data": data})
    debugger.detach()


@contextmanager
def slow_uploads(page: Page) -> Generator[None]:
    """Slow the page's uploads down to half a megabyte per second, until the `with` block is left."""
    debugger = _debugger(page)
    debugger.send("Network.enable")
    speed = {"offline": False, "latency": 0, "downloadThroughput": -1}
    debugger.send("Network.emulateNetworkConditions", {**speed, "uploadThroughput": _SLOW})
    yield
    debugger.send("Network.emulateNetworkConditions", {**speed, "uploadThroughput": -1})
    debugger.detach()
