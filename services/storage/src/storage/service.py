"""The service storage: its routes and workers."""

from datetime import timedelta

from california_gold_contracts import topics
from california_gold_contracts.catalog import FILES
from chassis.audit.http import with_audit
from chassis.commands.aggregate import Aggregates, OwnedTexts
from chassis.commands.text_sealing import TextSealing
from chassis.http import routing
from chassis.http.file_uploads import FileUploads
from chassis.messaging.catch_up import CatchUp
from chassis.messaging.consumer import Consumer
from chassis.messaging.relay import Relay
from chassis.ports.infrastructure import Infrastructure
from chassis.quotas.quotas import Quotas, allowance
from chassis.quotas.usage_counter import UsageCounter
from chassis.runtime.orphan_sweeper import OrphanSweeper
from chassis.runtime.service import Service
from chassis.runtime.settings import Settings
from storage.application.event_handlers import FileEventHandlers
from storage.application.file_list import FileList
from storage.application.files import Files
from storage.application.orphans import FileOrphans
from storage.application.stored_usage import counted
from storage.domain.file import FILE, File, owner_of
from storage.entrypoints.audit import AUDITED
from storage.entrypoints.errors import ERRORS
from storage.entrypoints.routes import FileRoutes
from storage.entrypoints.upload_handler import UploadHandler
from storage.messages import FILES_SECTION

NAME = "storage"
SOURCE = "/california-gold/storage"


def build(infrastructure: Infrastructure, settings: Settings) -> Service:
    """Return the service on an infrastructure."""
    events, documents, objects = infrastructure.events, infrastructure.documents, infrastructure.objects
    texts = TextSealing(infrastructure.text_keys)
    owned = OwnedTexts[File](texts, owner_of)
    aggregates = Aggregates(events, infrastructure.clock, "file", FILE, FILES, SOURCE, owned)
    files = Files(aggregates, objects)
    handlers = FileEventHandlers(aggregates, events, documents, objects, texts)
    quotas = Quotas(documents, allowance(settings))
    upload_handler = UploadHandler(files, FileUploads(objects, settings.max_upload_bytes), quotas)
    routes = FileRoutes(files, FileList(documents), upload_handler, settings.await_read_model_ms / 1000)
    return Service(
        name=NAME,
        router=with_audit(routing.router_of(routes, FILES_SECTION), infrastructure, AUDITED),
        workers=[
            Relay(infrastructure, topics.FILES, ["file"]).worker,
            CatchUp(infrastructure, NAME, ["file"], handlers.on_files).worker,
            UsageCounter(infrastructure, "file", FILES, counted).worker,
            Consumer(infrastructure, NAME, [topics.USERS], handlers.on_users).worker,
            orphan_sweeper(infrastructure, settings).worker,
        ],
        errors=ERRORS,
    )


def orphan_sweeper(infrastructure: Infrastructure, settings: Settings) -> OrphanSweeper:
    """Return the sweeper of objects that no file refers to."""
    return OrphanSweeper(
        "orphaned-file-objects",
        "orphaned_files_swept",
        FileOrphans(infrastructure.documents, infrastructure.events),
        infrastructure.objects,
        infrastructure.clock,
        grace=timedelta(hours=settings.orphan_grace_hours),
        interval=timedelta(minutes=settings.orphan_sweep_minutes),
    )
