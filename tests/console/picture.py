"""Pictures of the console for its documents, made by the tests where `CONSOLE_PICTURES` names a folder."""

import os
from pathlib import Path

from playwright.sync_api import Page


def keep_picture(page: Page, name: str) -> None:
    """Keep what a page shows as `<name>.png`, if pictures are wanted."""
    folder = os.environ.get("CONSOLE_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")
