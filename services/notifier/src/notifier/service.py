"""The notifier, wired."""

from chassis.infrastructure import Infrastructure
from chassis.service import Service, Worker
from chassis.settings import Settings
from notifier.application.switchboard import Switchboard
from notifier.entrypoints.websocket import router

NAME = "notifier"


def build(infrastructure: Infrastructure, settings: Settings) -> Service:
    """Wire the notifier."""
    switchboard = Switchboard(infrastructure)
    return Service(
        NAME, router(switchboard, settings), companions=[Worker("notifier:switchboard", switchboard.run)]
    )
