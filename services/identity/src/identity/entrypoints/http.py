"""The HTTP routes of identity."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response

from california_gold_contracts.tokens import TokenRevoked, UserTokensRevoked
from california_gold_contracts.users import UserDeleted
from chassis.commands.caller import Caller
from chassis.http import routing
from chassis.http.addresses import ClientAddress
from chassis.http.authentication import CallersToken, SignedIn, Tokens, unauthorized
from chassis.http.context import CommandRequest, Context
from chassis.http.documentation import KEY_REUSED, errors
from chassis.http.language import RequestLanguage
from chassis.http.messages import INVALID_TOKEN, STATUS_DETAILS
from chassis.http.parameters import LARGEST_NUMBER, Limit, Skip
from chassis.http.security_records import Security
from chassis.ports.event_store import StoreUnavailable
from chassis.quotas.usage import usage_of
from identity import messages
from identity.application.identity import Identity
from identity.domain.errors import (
    EmailTaken,
    NotAccountOwner,
    UsernameTaken,
    UserNotFound,
    WrongCredentials,
    WrongCurrentPassword,
)
from identity.domain.token import Revoke
from identity.entrypoints.recorded_login import recorded_login
from identity.entrypoints.schemas import (
    ChangeUserBody,
    CurrentUserOut,
    KeyOut,
    KeysOut,
    LoggedOutOut,
    LoginBody,
    QuotasOut,
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
    WrongCurrentPassword: 403,
    UserNotFound: 404,
}
_REGISTER, _LOG_IN = "/auth/register", "/auth/login"
ERRORS_WITH_MESSAGE = (_REGISTER, _LOG_IN)
"""Paths whose errors repeat their text as `message`: the existing web page shows that field."""
CREDENTIAL_PATHS = (_REGISTER, _LOG_IN)
_TAKEN = [messages.USERNAME_TAKEN, messages.EMAIL_TAKEN]
_TOO_MANY = [STATUS_DETAILS[429], messages.TOO_MANY_TRIES.format(seconds=64)]
_NOT_FOUND = {404: [messages.USER_NOT_FOUND]}
_REFUSED = {400: _TAKEN, 403: [messages.NOT_ACCOUNT_OWNER], **_NOT_FOUND, **KEY_REUSED}
_CHANGE_REFUSED = {**_REFUSED, 403: [messages.NOT_ACCOUNT_OWNER, messages.WRONG_CURRENT_PASSWORD], 429: _TOO_MANY}
UserId = Annotated[int, Path(description=messages.USER_ID.ru, le=LARGEST_NUMBER)]


@dataclass(frozen=True)
class _IdentityRoutes:
    identity: Identity

    async def _current_rights(self, caller: Caller) -> Caller:
        """Return the caller with the account's current rights. Raises a 401 when the account is deleted."""
        try:
            user = await self.identity.users.find(caller.user_id)
        except UserNotFound:
            raise unauthorized(INVALID_TOKEN) from None
        return replace(caller, admin=user.account.admin)

    async def _show_user(self, user_id: int, caller: Caller) -> UserOut:
        viewer = await self._current_rights(caller)
        user = await self.identity.users.find(user_id)
        return UserOut.of(user, with_email=_may_see_email(viewer, user.id))

    async def _await_directory(self, user_id: int, revision: int, response: Response) -> None:
        """Set the ETag, and wait a bounded time until the list of users shows the revision."""
        response.headers["ETag"] = f'"{revision}"'
        with suppress(StoreUnavailable):
            await self.identity.directory.shows(user_id, revision, self.identity.read_timeout)


@dataclass(frozen=True)
class AuthenticationRoutes(_IdentityRoutes):
    """Registration, login and the keys that verify tokens."""

    @routing.post(
        _REGISTER,
        status_code=201,
        summary=messages.REGISTER_USER,
        description=messages.REGISTER_USER_DESCRIPTION,
        responses=errors(400, 422, examples={400: _TAKEN, **KEY_REUSED}),
    )
    async def register_user(self, body: RegisterBody, command: CommandRequest, response: Response) -> UserOut:
        """Register a user."""
        user = await self.identity.registration.register(body.profile(), body.password, await command.context())
        await self._await_directory(user.id, user.revision, response)
        return UserOut.of(user, with_email=True)

    @routing.post(
        _LOG_IN,
        summary=messages.LOG_IN,
        description=messages.LOG_IN_DESCRIPTION,
        responses=errors(401, 422, 429, examples={401: [messages.WRONG_CREDENTIALS], 429: _TOO_MANY}),
    )
    async def log_in(self, body: LoginBody, address: ClientAddress, security: Security) -> TokenOut:
        """Return a token for a username and a password."""
        token = await recorded_login(self.identity, body.username, body.password, address, security)
        return TokenOut(access_token=token)

    @routing.post(
        "/auth/logout",
        summary=messages.LOG_OUT,
        description=messages.LOG_OUT_DESCRIPTION,
        responses=errors(401),
    )
    async def log_out(
        self,
        caller: SignedIn,
        token: CallersToken,
        tokens: Tokens,
        context: Context,
        security: Security,
        language: RequestLanguage,
    ) -> LoggedOutOut:
        """Revoke the token of the request."""
        expires_at = datetime.fromtimestamp(token.expires, UTC)
        await self.identity.tokens.create(token.id, Revoke(caller.user_id, token.id, expires_at), context)
        tokens.revocations.apply(TokenRevoked(user_id=caller.user_id, token_id=token.id, expires_at=expires_at))
        security.record("logout")
        return LoggedOutOut(message=messages.LOGGED_OUT.text(language))

    @routing.get(
        "/auth/me",
        summary=messages.GET_CURRENT_USER,
        description=messages.GET_CURRENT_USER_DESCRIPTION,
        responses=errors(401),
    )
    async def get_current_user(self, caller: SignedIn) -> CurrentUserOut:
        """Return the caller, with their rights, what they use of their quotas, and the largest upload."""
        user = await self._show_user(caller.user_id, caller)
        quotas = QuotasOut.of(await usage_of(self.identity.documents, caller.user_id), self.identity.allowance)
        largest = self.identity.max_upload_bytes
        return CurrentUserOut(**user.model_dump(), admin=caller.admin, quotas=quotas, max_upload_bytes=largest)

    @routing.get(
        "/.well-known/jwks.json",
        summary=messages.GET_PUBLIC_KEYS,
        description=messages.GET_PUBLIC_KEYS_DESCRIPTION,
    )
    async def get_public_keys(self) -> KeysOut:
        """Return the public keys that verify tokens, as a JSON Web Key Set (RFC 7517)."""
        return KeysOut(keys=[KeyOut.model_validate(key.jwk) for key in await self.identity.signing_keys.valid()])


@dataclass(frozen=True)
class UserRoutes(_IdentityRoutes):
    """Reading, changing and deleting users."""

    @routing.get(
        "/users",
        summary=messages.LIST_USERS,
        description=messages.LIST_USERS_DESCRIPTION,
        responses=errors(401, 422),
    )
    async def list_users(self, caller: SignedIn, skip: Skip = 0, limit: Limit = 100) -> list[UserOut]:
        """Return a page of users in the order of registration."""
        viewer = await self._current_rights(caller)
        people = await self.identity.directory.list(skip, limit)
        return [UserOut.of(person, with_email=_may_see_email(viewer, person.id)) for person in people]

    @routing.get(
        "/users/username/{username:path}",
        summary=messages.GET_USER_BY_USERNAME,
        description=messages.GET_USER_BY_USERNAME_DESCRIPTION,
        responses=errors(401, 404, 422, examples=_NOT_FOUND),
    )
    async def get_user_by_username(self, username: str, caller: SignedIn) -> UserOut:
        """Return the user with a username."""
        viewer = await self._current_rights(caller)
        user = await self.identity.users.find_by_username(username)
        return UserOut.of(user, with_email=_may_see_email(viewer, user.id))

    @routing.get(
        "/users/{user_id}",
        summary=messages.GET_USER,
        description=messages.GET_USER_DESCRIPTION,
        responses=errors(401, 404, 422, examples=_NOT_FOUND),
    )
    async def get_user(self, user_id: UserId, caller: SignedIn) -> UserOut:
        """Return a user."""
        return await self._show_user(user_id, caller)

    @routing.put(
        "/users/{user_id}",
        summary=messages.UPDATE_USER,
        description=messages.UPDATE_USER_DESCRIPTION,
        responses=errors(400, 401, 403, 404, 422, 429, examples=_CHANGE_REFUSED),
    )
    async def update_user(
        self,
        user_id: UserId,
        body: ChangeUserBody,
        caller: SignedIn,
        tokens: Tokens,
        command: CommandRequest,
        address: ClientAddress,
        security: Security,
        response: Response,
    ) -> UserOut:
        """Change an account. After a change of the password its tokens are refused."""
        viewer = await self._current_rights(caller)
        user = await self.identity.changes.change(
            viewer, user_id, body.fields(), body.new_password(address), await command.context()
        )
        if body.password is not None:
            security.record("password-changed", f"user-{user_id}")
            tokens.revocations.apply(UserTokensRevoked(user_id=user.id, generation=user.account.token_generation))
        await self._await_directory(user.id, user.revision, response)
        return UserOut.of(user, with_email=True)

    @routing.delete(
        "/users/{user_id}",
        summary=messages.DELETE_USER,
        description=messages.DELETE_USER_DESCRIPTION,
        responses=errors(401, 403, 404, 422, examples=_REFUSED),
    )
    async def delete_user(
        self,
        user_id: UserId,
        caller: SignedIn,
        tokens: Tokens,
        command: CommandRequest,
        response: Response,
        language: RequestLanguage,
    ) -> UserDeletedOut:
        """Delete an account. Its tokens are refused from now on."""
        viewer = await self._current_rights(caller)
        revision = await self.identity.changes.delete(viewer, user_id, await command.context())
        tokens.revocations.apply(UserDeleted(user_id=user_id))
        await self._await_directory(user_id, revision, response)
        return UserDeletedOut(message=messages.USER_DELETED.text(language))


def _may_see_email(viewer: Caller, user_id: int) -> bool:
    return viewer.admin or viewer.user_id == user_id


def routes(identity: Identity) -> APIRouter:
    """Return the routes in the order of the OpenAPI document."""
    router = APIRouter()
    router.include_router(routing.router_of(AuthenticationRoutes(identity), messages.AUTHENTICATION_SECTION))
    router.include_router(routing.router_of(UserRoutes(identity), messages.USERS_SECTION))
    return router
