"""The services, composed in one process."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import FastAPI
from pydantic import JsonValue

import analyzer.service
import identity.service
import jobs_command.service
import jobs_query.service
import notifier.service
import storage.service
from california_gold.console import service as console
from california_gold.console.files import console_folder, read_files
from california_gold.messages import API_DESCRIPTION
from california_gold.settings import AllSettings
from chassis.composition.embedded import embedded
from chassis.http.app import create_app
from chassis.http.documentation import ApiDescription
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.disk_space import DiskSpace
from chassis.runtime.service import Service
from jobs_query.statistics.consumer import statistics_consumer

API = ApiDescription("California Gold API", description=API_DESCRIPTION.ru)


def services(infrastructure: Infrastructure, settings: AllSettings) -> Sequence[Service]:
    """Wire every service to the same infrastructure."""
    return [
        identity.service.build(infrastructure, settings),
        storage.service.build(infrastructure, settings),
        jobs_command.service.build(infrastructure, settings),
        jobs_query.service.build(infrastructure, settings, [statistics_consumer(infrastructure)]),
        analyzer.service.build(infrastructure, settings),
        notifier.service.build(infrastructure, settings),
    ]


def application(infrastructure: Infrastructure, settings: AllSettings) -> FastAPI:
    """Return the whole API, and the console if it is built; while it runs, so does every worker."""
    folder = console_folder()
    pages = [] if folder is None else [console.build(read_files(folder))]
    disk = DiskSpace("DATA_DIR", settings.data_dir, settings.min_free_bytes)
    composed = [*services(infrastructure, settings), *pages]
    return create_app(composed, infrastructure, settings, api=API, measures={"disk": disk.measure})


def openapi() -> Mapping[str, JsonValue]:
    """Return the OpenAPI document of the whole API."""
    return asyncio.run(_openapi())


async def _openapi() -> Mapping[str, JsonValue]:
    with TemporaryDirectory() as folder:
        async with embedded(Path(folder)) as infrastructure:
            return application(infrastructure, AllSettings()).openapi()
