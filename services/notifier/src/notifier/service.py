"""The notifier, wired."""

from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Service, Worker
from chassis.runtime.settings import Settings
from notifier.application.connection_limiter import ConnectionLimiter
from notifier.application.subscriptions import Subscriptions
from notifier.entrypoints.websocket import router

NAME = "notifier"


def build(infrastructure: Infrastructure, settings: Settings) -> Service:
    """Wire the notifier."""
    subscriptions = Subscriptions(infrastructure)
    max_connections = settings.sockets_per_user if settings.rate_limits == "on" else None
    limiter = ConnectionLimiter(
        infrastructure.documents, infrastructure.clock, infrastructure.instance, max_connections
    )
    http_workers = [Worker("notifier:subscriptions", subscriptions.run), Worker("notifier:limiter", limiter.run)]
    return Service(NAME, router(subscriptions, limiter, settings), http_workers=http_workers)
