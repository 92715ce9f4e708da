"""`california-gold doctor`."""

from typing import Annotated

import typer


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for programs instead of lines for people.")
    ] = False,
) -> None:
    """Check the installation, running or not, and say what is wrong and what to do. Changes nothing."""
    from california_gold.operations.doctor import examine_installation

    examine_installation(as_json=as_json)
