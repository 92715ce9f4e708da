"""The table of all settings."""

from rich.console import Console
from rich.table import Column, Table

from california_gold.command_infrastructure import command_settings
from chassis.runtime.settings import PREFIX


def print_settings() -> None:
    """Print every setting with its current value and meaning."""
    settings = command_settings()
    table = Table(Column("variable", no_wrap=True), "value", "meaning", box=None)
    for name, field in type(settings).model_fields.items():
        table.add_row(f"{PREFIX}{name.upper()}", str(getattr(settings, name)), field.description)
    Console().print(table)
