"""The HTTP application: the services' routes behind one stack of middleware."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import cast

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware

from chassis.commands.idempotency_keys import IdempotencyKeys
from chassis.http import errors, routing
from chassis.http.authentication import Authentication
from chassis.http.body_limit import BodyLimitMiddleware
from chassis.http.cors import cors
from chassis.http.documentation import ALWAYS, ApiDescription, sections
from chassis.http.documentation import errors as documented
from chassis.http.documentation_pages import add_documentation_pages
from chassis.http.health import Health, StoresReached
from chassis.http.messages import SYSTEM_SECTION
from chassis.http.problems import STATE_NAME
from chassis.http.rate_limits import Limit, Limits, RateLimits
from chassis.http.request_log import request_log, silent
from chassis.http.request_middleware import RequestMiddleware
from chassis.http.request_tracing import RequestTracing
from chassis.http.revocations import Revocations
from chassis.http.route_index import add_routes
from chassis.http.system import SystemRoutes, measure_readiness
from chassis.http.tokens import TokenVerifier
from chassis.ports.infrastructure import Infrastructure
from chassis.runtime.service import Check, Measure, Role, Service, Worker
from chassis.runtime.settings import Settings
from chassis.runtime.start_failures import StartFailures
from chassis.runtime.supervisor import Supervisor
from chassis.runtime.telemetry import Telemetry
from chassis.runtime.telemetry_export import TelemetryExport
from chassis.security_log.security_log import SecurityLog

_NAMELESS = ApiDescription()


def create_app(
    services: Sequence[Service],
    infrastructure: Infrastructure,
    settings: Settings,
    role: Role = Role.WHOLE,
    api: ApiDescription = _NAMELESS,
    measures: Mapping[str, Measure] | None = None,
) -> FastAPI:
    """Return the application; its lifespan runs the services' workers. Every role answers health and metrics.

    `measures` are further figures for /metrics, by a name for the log.
    """
    health = Health(infrastructure)
    tokens, security_log = _token_verifier(infrastructure, settings), SecurityLog(infrastructure)
    export = TelemetryExport(infrastructure.tracing, infrastructure.metrics_export)
    supervisor = Supervisor(
        _workers(services, role),
        [*_http_workers(services, tokens, security_log, role), *export.workers],
        StartFailures(settings.start_seconds),
    )
    ready = _ready(supervisor, StoresReached(health), tokens if Role.HTTP in role else None)
    own = {"stores": health.measure, "supervisor": supervisor.measure, "ready": measure_readiness(ready)}
    telemetry = export.telemetry = Telemetry(
        [*supervisor.http_workers, *supervisor.workers], {**own, **(measures or {})}
    )
    app: FastAPI = FastAPIOffline(
        docs_url=None,
        redoc_url=None,
        title=api.title,
        version=api.version,
        description=api.description,
        generate_unique_id_function=_operation_id,
        redirect_slashes=False,
        lifespan=_lifespan(supervisor),
        middleware=_middleware(services, infrastructure, settings, telemetry, tokens, security_log),
        responses=documented(*ALWAYS),
    )
    app.state.tokens, app.state.supervisor, app.state.telemetry = tokens, supervisor, telemetry
    app.state.security_log = security_log
    app.state.idempotency_keys = IdempotencyKeys(infrastructure.events, infrastructure.keys, infrastructure.clock)
    setattr(app.state, STATE_NAME, frozenset(path for service in services for path in service.errors_with_message))
    system = routing.router_of(SystemRoutes(health, telemetry, _live(supervisor), ready), SYSTEM_SECTION)
    add_documentation_pages(app)
    add_routes(app, [*_routers(services, infrastructure, role), system])
    app.openapi_tags = sections(app.routes)
    errors.install(app, [service.errors for service in services])
    return app


def supervisor_of(app: FastAPI) -> Supervisor:
    """Return the supervisor of an application's workers."""
    return cast("Supervisor", app.state.supervisor)


def telemetry_of(app: FastAPI) -> Telemetry:
    """Return the metrics of an application."""
    return cast("Telemetry", app.state.telemetry)


def _token_verifier(infrastructure: Infrastructure, settings: Settings) -> TokenVerifier:
    revocations = Revocations(infrastructure.bus, infrastructure.events, infrastructure.clock)
    max_lifetime = timedelta(hours=settings.token_lifetime_hours)
    return TokenVerifier(infrastructure.documents, revocations, infrastructure.clock, max_lifetime)


def _lifespan(supervisor: Supervisor) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        async with supervisor.running():
            yield

    return lifespan


def _middleware(
    services: Sequence[Service],
    infrastructure: Infrastructure,
    settings: Settings,
    telemetry: Telemetry,
    tokens: TokenVerifier,
    security_log: SecurityLog,
) -> Sequence[Middleware]:
    """Return the middleware, outermost first. CORS is outermost: a browser hides answers without its headers."""
    log = request_log(settings.log_format, settings.log_level) if settings.access_log == "on" else silent
    tracing = RequestTracing(infrastructure.tracing, settings.trust_traceparent)
    layers = [
        cors(settings.cors_origins),
        Middleware(RequestMiddleware, telemetry=telemetry, log=log, security_log=security_log, tracing=tracing),
        Middleware(Authentication, tokens=tokens),
        Middleware(BodyLimitMiddleware, max_bytes=settings.max_body_bytes),
    ]
    if settings.rate_limits == "on":
        layers.insert(3, _rate_limits(services, settings, infrastructure))
    return layers


def _rate_limits(services: Sequence[Service], settings: Settings, infrastructure: Infrastructure) -> Middleware:
    return Middleware(
        RateLimits,
        storage=infrastructure.rate_limits,
        clock=infrastructure.clock,
        limits=Limits(
            requests=Limit("requests", settings.requests_per_minute),
            uploads=Limit("uploads", settings.uploads_per_minute),
            handshakes=Limit("handshakes", settings.handshakes_per_minute),
            reports=Limit("reports", settings.reports_per_minute),
            credentials=Limit("credentials", settings.logins_per_minute),
            users_per_address=settings.users_per_address,
        ),
        credential_paths=frozenset(path for service in services for path in service.credential_paths),
        unlimited_paths=tuple(path for service in services for path in service.unlimited_paths),
        instance=infrastructure.instance,
    )


def _http_workers(
    services: Sequence[Service], tokens: TokenVerifier, security_log: SecurityLog, role: Role
) -> Sequence[Worker]:
    if Role.HTTP not in role:
        return ()
    own = [tokens.revocations.worker, tokens.public_keys.worker, security_log.worker]
    return [*own, *(worker for service in services for worker in service.http_workers)]


def _workers(services: Sequence[Service], role: Role) -> Sequence[Worker]:
    return [worker for service in services for worker in service.workers] if Role.WORKERS in role else ()


def _routers(services: Sequence[Service], infrastructure: Infrastructure, role: Role) -> Sequence[APIRouter]:
    if Role.HTTP not in role:
        return ()
    return [*(service.router for service in services if service.router is not None), *infrastructure.routers]


def _live(supervisor: Supervisor) -> Sequence[Check]:
    workers = [*supervisor.http_workers, *supervisor.workers]
    return [
        *(Check(worker.name, worker.stuck) for worker in workers if worker.stuck),
        Check("start", supervisor.start_failures.overdue),
    ]


def _ready(supervisor: Supervisor, stores: StoresReached, tokens: TokenVerifier | None) -> Sequence[Check]:
    start = Check("start", supervisor.start_failures.problem)
    own = [Check("workers", supervisor.problem), start, Check("stores", stores.problem)]
    verifying = [Check("tokens", tokens.revocations.problem)] if tokens else []
    return [*own, *verifying]


def _operation_id(route: APIRoute) -> str:
    return route.name
