"""The console, built from the sources of this checkout."""

from tools import console


class BuiltConsole:
    """The build, as `make console` does it."""

    @staticmethod
    def missing() -> str | None:
        """Build it, unless that was done; return why it can't be, or None."""
        code = console.main(["build"])
        return f"the console can't be built: exit code {code}" if code else None
