"""The notifier, wired."""

from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Service, Worker
from chassis.runtime.settings import Settings
from notifier.application.connection_limiter import ConnectionLimiter
from notifier.application.subscriptions import Subscriptions
from notifier.application.waiting_sockets import WaitingSockets
from notifier.entrypoints.websocket import router

NAME = "notifier"
_SHARE_OF_WAITING_SOCKETS = 8
"""Of the connections of a process, sockets of jobs that do not exist have one eighth."""


def build(infrastructure: Infrastructure, settings: Settings) -> Service:
    """Wire the notifier."""
    max_connections = settings.sockets_per_user if settings.rate_limits == "on" else None
    limiter = ConnectionLimiter(
        infrastructure.documents, infrastructure.clock, infrastructure.instance, max_connections
    )
    waiting = WaitingSockets(max(1, settings.max_connections // _SHARE_OF_WAITING_SOCKETS))
    subscriptions = Subscriptions(infrastructure, limiter, waiting)
    http_workers = [
        Worker("notifier:subscriptions", subscriptions.run, measure=subscriptions.measure),
        Worker("notifier:limiter", limiter.run),
    ]
    return Service(NAME, router(subscriptions, limiter, settings), http_workers=http_workers)
