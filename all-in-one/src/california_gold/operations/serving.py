"""Serving the whole product from a data folder."""

import typer
import uvloop

from california_gold.application import application
from california_gold.operations.data_folder import locked
from california_gold.operations.welcome import welcome
from california_gold.settings import AllSettings
from chassis.composition import server
from chassis.composition.embedded import embedded
from chassis.composition.telemetry import EMBEDDED, observed
from chassis.runtime import logging
from chassis.runtime.inspection import forbid_inspection
from chassis.runtime.settings import load

_SERVICE_NAME = "california-gold"


def serve() -> None:
    """Serve until the process is asked to stop."""
    forbid_inspection()
    settings = load(AllSettings)
    logging.configure(settings.log_format, settings.log_level)
    with locked(settings.data_dir):
        uvloop.run(_serve(settings))


async def _serve(settings: AllSettings) -> None:
    async with (
        embedded(settings.data_dir, min_free_bytes=settings.min_free_bytes) as stores,
        observed(stores, _SERVICE_NAME, EMBEDDED) as infrastructure,
    ):
        api = application(infrastructure, settings)
        await server.serve(api, settings, lambda address: typer.echo(welcome(address, settings.data_dir)))
