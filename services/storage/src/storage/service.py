"""Storage, wired."""

from datetime import timedelta

from california_gold_contracts import topics
from california_gold_contracts.catalog import FILES
from chassis.audit.http import with_audit
from chassis.commands.aggregate import Aggregates
from chassis.messaging.catch_up import CatchUp
from chassis.messaging.consumer import Consumer
from chassis.messaging.relay import Relay
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings
from storage.application.files import Files
from storage.application.listing import Listing
from storage.application.reactions import Reactions
from storage.application.sweeper import Sweeper
from storage.domain.file import FILE
from storage.entrypoints.audit import AUDITED
from storage.entrypoints.http import ERRORS, Routes, routes
from storage.entrypoints.upload_handler import UploadHandler

SOURCE = "/california-gold/storage"


def build(infrastructure: Infrastructure, settings: Settings) -> Service:
    """Wire the service."""
    events, documents, objects = infrastructure.events, infrastructure.documents, infrastructure.objects
    streams = Aggregates(events, infrastructure.clock, "file", FILE, FILES, SOURCE)
    files, listing = Files(streams, objects), Listing(documents)
    reactions = Reactions(streams, events, documents, objects, listing)
    upload_handler = UploadHandler(files, settings.max_upload_bytes)
    sweeper = Sweeper(
        objects,
        documents,
        events,
        infrastructure.clock,
        timedelta(hours=settings.orphan_grace_hours),
        timedelta(minutes=settings.orphan_sweep_minutes),
    )
    return Service(
        name="storage",
        router=with_audit(
            routes(Routes(files, listing, upload_handler, settings.await_read_model_ms / 1000)), infrastructure, AUDITED
        ),
        workers=[
            Relay(infrastructure, topics.FILES, ["file"]).worker,
            CatchUp(infrastructure, "storage", ["file"], reactions.on_files).worker,
            Consumer(infrastructure, "storage", [topics.USERS], reactions.on_users).worker,
            sweeper.worker,
        ],
        errors=ERRORS,
    )
