"""Login, recorded in the security log whether it succeeds or fails."""

from chassis.http.security_records import SecurityRecords
from identity.application.identity import Identity
from identity.domain.errors import TooManyTries, WrongCredentials


async def recorded_login(
    identity: Identity, username: str, password: str, address: str, security: SecurityRecords
) -> str:
    """Return a token. Raises `WrongCredentials` and `TooManyTries`.

    A name that has no account, or was not looked up, is recorded as a keyed hash.
    """
    try:
        logged_in = await identity.login.login(username, password, address)
    except TooManyTries:
        name_hash = await identity.users.name_hash(username)
        security.record("login-refused", reason="too many tries", name_hash=name_hash)
        raise
    except WrongCredentials as refused:
        if refused.user_id is None:
            name_hash = await identity.users.name_hash(username)
            security.record("login-refused", reason="unknown name", name_hash=name_hash)
        else:
            security.record("login-refused", reason="wrong password", user_id=refused.user_id)
        raise
    security.record("login", user_id=logged_in.user_id)
    return logged_in.token
