"""The golden samples: one of each version of each event that was ever published, for tests of those who read them."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def golden_sample(wire_type: str) -> bytes:
    """Return the JSON of an event. Raises `FileNotFoundError` for a type that was never published."""
    return (_folder() / f"{wire_type}.json").read_bytes()


def _folder() -> Traversable:
    """Return where they are: in the installed package, or beside the source."""
    installed = files("california_gold_contracts") / "samples"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "samples"
