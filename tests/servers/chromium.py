"""Debian's Chromium, which tests of the console drive."""

import os
import shutil


class Chromium:
    """The browser, as `make servers` installs it."""

    @staticmethod
    def missing() -> str | None:
        """Return why it can't be started, or None."""
        return None if shutil.which("chromium") else "chromium is not installed (make servers)"

    @staticmethod
    def program() -> str:
        """Return its path."""
        path = shutil.which("chromium")
        assert path is not None
        return path

    @staticmethod
    def arguments() -> list[str]:
        """Return its arguments: WebGL2 without a graphics card, and no sandbox for root, who can't have one."""
        software = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
        return [*software, "--no-sandbox"] if os.geteuid() == 0 else software
