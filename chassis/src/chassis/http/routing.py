"""Route decorators for methods: a route's path, texts and responses stand at the method that answers it.

    @dataclass(frozen=True)
    class UserRoutes:
        users: Users

        @routing.get("/users/{user_id}", summary=messages.GET_USER, description=messages.GET_USER_LONG, responses=…)
        async def get_user(self, user_id: int) -> UserOut: ...

    router = routing.router_of(UserRoutes(users), tag=messages.USERS_SECTION)

FastAPI's own decorators register a function at once, so they can't stand at a method, which needs its instance first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar, Unpack

from fastapi import APIRouter, Response

from chassis.commands.message import Message
from chassis.http.documentation import Responses, errors

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])
_ATTRIBUTE = "california_gold_route"
_METHODS_WITH_BODY = ("POST", "PUT")
"""Their routes may answer 413 (see `BodyLimitMiddleware`)."""


class RouteOptions(TypedDict, total=False):
    """Arguments of `APIRouter.add_api_route`. `summary` and `description` appear in Russian in the OpenAPI document."""

    summary: Message
    description: Message
    status_code: int
    response_model: Any
    response_class: type[Response]
    responses: Responses
    openapi_extra: dict[str, Any]
    include_in_schema: bool


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    path: str
    options: RouteOptions

    def add_to(self, router: APIRouter, endpoint: Callable[..., Any]) -> None:
        options: dict[str, Any] = {
            name: value.ru if isinstance(value, Message) else value for name, value in self.options.items()
        }
        if self.method in _METHODS_WITH_BODY:
            options["responses"] = {**errors(413), **self.options.get("responses", {})}
        router.add_api_route(self.path, endpoint, methods=[self.method], **options)


def get(path: str, **options: Unpack[RouteOptions]) -> Callable[[_Endpoint], _Endpoint]:
    """Declare that a method answers GET requests for a path (and HEAD requests, see `RequestMiddleware`)."""
    return _declared(_Route("GET", path, options))


def post(path: str, **options: Unpack[RouteOptions]) -> Callable[[_Endpoint], _Endpoint]:
    """Declare that a method answers POST requests for a path."""
    return _declared(_Route("POST", path, options))


def put(path: str, **options: Unpack[RouteOptions]) -> Callable[[_Endpoint], _Endpoint]:
    """Declare that a method answers PUT requests for a path."""
    return _declared(_Route("PUT", path, options))


def delete(path: str, **options: Unpack[RouteOptions]) -> Callable[[_Endpoint], _Endpoint]:
    """Declare that a method answers DELETE requests for a path."""
    return _declared(_Route("DELETE", path, options))


def router_of(routes: object, tag: Message) -> APIRouter:
    """Return a router with the declared methods of `routes`, in definition order, in the document's section `tag`."""
    router = APIRouter(tags=[tag.ru])
    for name, attribute in vars(type(routes)).items():
        declared: _Route | None = getattr(attribute, _ATTRIBUTE, None)
        if declared is not None:
            declared.add_to(router, getattr(routes, name))
    return router


def _declared(route: _Route) -> Callable[[_Endpoint], _Endpoint]:
    def declare(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _ATTRIBUTE, route)
        endpoint.__doc__ = None  # FastAPI would publish it where there is no description
        return endpoint

    return declare
