"""The command line `california-gold`.

The modules of this package declare arguments and help texts only. A command imports what it does when it runs, so that
help and shell completion answer at once.
"""

from california_gold.cli.app import main

__all__ = ["main"]
