"""The routes of identity."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from chassis.commands.caller import Caller
from chassis.http.authentication import SignedIn, Tokens, unauthorized
from chassis.http.context import Context
from chassis.http.documentation import errors
from chassis.ports.event_store import StoreUnavailable
from identity.application.identity import Identity
from identity.domain.errors import EmailTaken, NotAccountOwner, UsernameTaken, UserNotFound, WrongCredentials
from identity.entrypoints.schemas import (
    ChangeUserBody,
    KeyOut,
    KeysOut,
    LoginBody,
    RegisterBody,
    TokenOut,
    UserDeletedOut,
    UserOut,
)

ERRORS: Mapping[type[Exception], int] = {
    UsernameTaken: 400,
    EmailTaken: 400,
    WrongCredentials: 401,
    NotAccountOwner: 403,
    UserNotFound: 404,
}
_BIGGEST = 2**63 - 1
UserId = Annotated[int, Path(description="ID пользователя", le=_BIGGEST)]
Skip = Annotated[int, Query(description="Сколько записей пропустить", ge=0, le=_BIGGEST)]
Limit = Annotated[int, Query(description="Сколько записей вернуть", ge=1, le=1000)]


@dataclass(frozen=True)
class Routes:
    """Each parses, calls the application, shapes the answer."""

    identity: Identity

    async def register_user(self, body: RegisterBody, context: Context, response: Response) -> UserOut:
        """Зарегистрировать пользователя. `username` и `email` уникальны."""
        user = await self.identity.registration.register(body.profile(), body.password, context)
        await self._shown(user.id, user.revision, response)
        return UserOut.of(user, with_email=True)

    async def log_in(self, body: LoginBody) -> TokenOut:
        """Получить токен для заголовка `Authorization: Bearer <token>`."""
        return TokenOut(access_token=await self.identity.login.login(body.username, body.password))

    async def get_current_user(self, caller: SignedIn) -> UserOut:
        """Вернуть пользователя, которому принадлежит токен."""
        return await self.get_user((await self._living(caller)).user_id, caller)

    async def list_users(self, caller: SignedIn, skip: Skip = 0, limit: Limit = 100) -> list[UserOut]:
        """Вернуть пользователей по порядку регистрации. Чужой `email` виден только администратору."""
        viewer = await self._living(caller)
        people = await self.identity.directory.list(skip, limit)
        return [UserOut.of(person, with_email=_may_see_email(viewer, person.id)) for person in people]

    async def get_user(self, user_id: UserId, caller: SignedIn) -> UserOut:
        """Вернуть пользователя. Чужой `email` виден только администратору."""
        viewer = await self._living(caller)
        user = await self.identity.users.find(user_id)
        return UserOut.of(user, with_email=_may_see_email(viewer, user.id))

    async def get_user_by_username(self, username: str, caller: SignedIn) -> UserOut:
        """Найти пользователя по имени, с учётом регистра."""
        viewer = await self._living(caller)
        user = await self.identity.users.find_by_username(username)
        return UserOut.of(user, with_email=_may_see_email(viewer, user.id))

    async def update_user(
        self, user_id: UserId, body: ChangeUserBody, caller: SignedIn, context: Context, response: Response
    ) -> UserOut:
        """Изменить свою учётную запись (администратор — любую). Токены остаются действительными."""
        viewer = await self._living(caller)
        user = await self.identity.changes.change(viewer, user_id, body.fields(), body.password, context)
        await self._shown(user.id, user.revision, response)
        return UserOut.of(user, with_email=True)

    async def delete_user(
        self, user_id: UserId, caller: SignedIn, tokens: Tokens, context: Context, response: Response
    ) -> UserDeletedOut:
        """Удалить свою учётную запись (администратор — любую) вместе с её файлами и заданиями."""
        viewer = await self._living(caller)
        revision = await self.identity.changes.delete(viewer, user_id, context)
        tokens.deleted_users.add(user_id)
        await self._shown(user_id, revision, response)
        return UserDeletedOut(message="Пользователь успешно удален")

    async def get_public_keys(self) -> KeysOut:
        """Вернуть открытые ключи, которыми проверяется подпись токенов (RFC 7517)."""
        return KeysOut(keys=[KeyOut.model_validate(await self.identity.signing.public_key())])

    async def _living(self, caller: Caller) -> Caller:
        """Return the caller with present rights. A token outlives its account only until somebody looks."""
        try:
            user = await self.identity.users.find(caller.user_id)
        except UserNotFound:
            raise unauthorized("Недействительный токен") from None
        return replace(caller, admin=user.account.admin)

    async def _shown(self, user_id: int, revision: int, response: Response) -> None:
        response.headers["ETag"] = f'"{revision}"'
        with suppress(StoreUnavailable):
            await self.identity.directory.shows(user_id, revision, self.identity.read_timeout)


def _may_see_email(viewer: Caller, user_id: int) -> bool:
    return viewer.admin or viewer.user_id == user_id


def routes(identity: Identity) -> APIRouter:
    """Return the routes, as the document orders them."""
    router, route = APIRouter(), Routes(identity)
    router.include_router(_authentication(route))
    router.include_router(_users(route))
    return router


def _authentication(route: Routes) -> APIRouter:
    router = APIRouter(tags=["Аутентификация"])
    taken = errors(400, 422, examples={400: [UsernameTaken().message, EmailTaken().message]})
    wrong = errors(401, 422, examples={401: [WrongCredentials().message]})
    add = router.add_api_route
    add(
        "/auth/register", route.register_user, methods=["POST"], status_code=201, summary="Регистрация", responses=taken
    )
    add("/auth/login", route.log_in, methods=["POST"], summary="Вход в систему", responses=wrong)
    add("/auth/me", route.get_current_user, methods=["GET"], summary="Текущий пользователь", responses=errors(401))
    add("/.well-known/jwks.json", route.get_public_keys, methods=["GET"], summary="Открытые ключи токенов")
    return router


def _users(route: Routes) -> APIRouter:
    router = APIRouter(tags=["Пользователи"])
    missing = {404: [UserNotFound().message]}
    changed = {400: [UsernameTaken().message, EmailTaken().message], 403: [NotAccountOwner().message], **missing}
    add = router.add_api_route
    add("/users", route.list_users, methods=["GET"], summary="Список пользователей", responses=errors(401, 422))
    add(
        "/users/username/{username:path}",
        route.get_user_by_username,
        methods=["GET"],
        summary="Пользователь по имени",
        responses=errors(401, 404, 422, examples=missing),
    )
    one, found = "/users/{user_id}", errors(401, 404, 422, examples=missing)
    add(one, route.get_user, methods=["GET"], summary="Пользователь по ID", responses=found)
    refused = errors(400, 401, 403, 404, 422, examples=changed)
    add(one, route.update_user, methods=["PUT"], summary="Изменение пользователя", responses=refused)
    refused = errors(401, 403, 404, 422, examples=changed)
    add(one, route.delete_user, methods=["DELETE"], summary="Удаление пользователя", responses=refused)
    return router
