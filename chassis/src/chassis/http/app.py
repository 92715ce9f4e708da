"""The HTTP application: services' routes behind one edge."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from chassis.http import errors
from chassis.http.authentication import Authentication, TokenVerifier
from chassis.http.deleted_users import DeletedUsers
from chassis.http.documentation import ALWAYS, Tag
from chassis.http.documentation import errors as documented
from chassis.http.edge import Edge
from chassis.http.guard import Guard
from chassis.http.rate_limits import RateLimits
from chassis.http.system import system_routes
from chassis.infrastructure import Infrastructure
from chassis.service import Check, Service
from chassis.settings import Settings
from chassis.supervisor import Supervisor
from chassis.telemetry import Telemetry

_DESCRIPTION = """REST API для управления пользователями, файлами и заданиями анализа медицинских изображений.

Обновления заданий в реальном времени: `WS /ws/jobs/{job_id}`."""
_EXPOSED = (
    *("Content-Disposition", "Content-Range", "ETag", "X-Request-ID", "Retry-After"),
    *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
)


def create_app(services: Sequence[Service], infrastructure: Infrastructure, settings: Settings) -> FastAPI:
    """Return the application; while it runs, so do the services' workers."""
    telemetry = Telemetry()
    tokens = TokenVerifier(infrastructure.documents, DeletedUsers(infrastructure.bus), infrastructure.clock)
    workers = [tokens.deleted_users.worker, *(worker for service in services for worker in service.workers)]
    supervisor = Supervisor(workers)
    app: FastAPI = FastAPIOffline(
        title="California Gold API",
        version="1.0.0",
        description=_DESCRIPTION,
        openapi_tags=[{"name": tag.value} for tag in Tag],
        generate_unique_id_function=_operation_id,
        redirect_slashes=False,
        lifespan=_lifespan(supervisor),
        middleware=_middleware(infrastructure, settings, telemetry, tokens),
        responses=documented(*ALWAYS),
    )
    app.state.tokens = tokens
    for router in _routers(services, infrastructure):
        app.include_router(router)
    app.include_router(system_routes(infrastructure, telemetry, workers, _ready(services, supervisor, tokens)))
    errors.install(app, [service.errors for service in services])
    return app


def _lifespan(supervisor: Supervisor) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        async with supervisor.running():
            yield

    return lifespan


def _middleware(
    infrastructure: Infrastructure, settings: Settings, telemetry: Telemetry, tokens: TokenVerifier
) -> Sequence[Middleware]:
    """From the outside in. CORS is outermost: a browser hides any answer from its page that lacks those headers."""
    layers = [
        _cors(settings),
        Middleware(Edge, telemetry=telemetry, access_log=settings.access_log == "on"),
        Middleware(Authentication, tokens=tokens),
        Middleware(Guard, most=settings.max_body_bytes),
    ]
    if settings.rate_limits == "on":
        layers.insert(3, Middleware(RateLimits, settings=settings, clock=infrastructure.clock))
    return layers


def _cors(settings: Settings) -> Middleware:
    origins = [origin.strip() for origin in settings.cors_origins.split(",")]
    return Middleware(
        CORSMiddleware,
        allow_origins=[origin for origin in origins if origin != "*"],
        # A regular expression makes the origin be echoed; `*` is not allowed together with credentials.
        allow_origin_regex=".*" if "*" in origins else None,
        allow_methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"],
        allow_headers=["*"],
        allow_credentials=True,
        expose_headers=_EXPOSED,
    )


def _routers(services: Sequence[Service], infrastructure: Infrastructure) -> Sequence[APIRouter]:
    return [*(service.router for service in services if service.router is not None), *infrastructure.routers]


def _ready(services: Sequence[Service], supervisor: Supervisor, tokens: TokenVerifier) -> Sequence[Check]:
    own = [Check("workers", supervisor.problem), Check("tokens", tokens.deleted_users.problem)]
    return [*own, *(check for service in services for check in service.ready)]


def _operation_id(route: APIRoute) -> str:
    return route.name
