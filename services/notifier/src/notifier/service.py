"""The notifier, wired."""

from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Service, Worker
from chassis.runtime.settings import Settings
from notifier.application.switchboard import Switchboard
from notifier.entrypoints.places import Places
from notifier.entrypoints.websocket import router

NAME = "notifier"


def build(infrastructure: Infrastructure, settings: Settings) -> Service:
    """Wire the notifier."""
    switchboard = Switchboard(infrastructure)
    most = settings.sockets_per_user if settings.rate_limits == "on" else None
    places = Places(infrastructure.documents, infrastructure.clock, infrastructure.instance, most)
    companions = [Worker("notifier:switchboard", switchboard.run), Worker("notifier:places", places.run)]
    return Service(NAME, router(switchboard, places, settings), companions=companions)
