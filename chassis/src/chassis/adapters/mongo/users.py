"""Users and roles of MongoDB, made by an administrator."""

from collections.abc import Sequence
from typing import Any

from chassis.adapters.mongo.database import MongoDatabase
from chassis.adapters.mongo.operation import mongo_operation
from chassis.ports.store_users import DatabaseUser


async def grant(admin: MongoDatabase, users: Sequence[DatabaseUser], *, setting: str) -> None:
    """Make users and their roles what is given; other roles of the users are kept.

    `admin`: the database of that name, because a role of it may name collections of others. Raises `StoreUnavailable`.
    """
    for user in users:
        async with mongo_operation(setting=setting):
            await _grant(admin, user)


async def _grant(admin: MongoDatabase, user: DatabaseUser) -> None:
    privileges = [dict(each) for each in user.privileges]
    await _make(admin, "Role", user.role, privileges=privileges, roles=[dict(each) for each in user.inherited])
    role = {"role": user.role, "db": "admin"}
    if await _make(admin, "User", user.name, pwd=user.password, roles=[role]):
        await admin.command({"grantRolesToUser": user.name, "roles": [role]})


async def _make(admin: MongoDatabase, kind: str, name: str, **content: Any) -> bool:
    """Create a user or a role, or update it; return whether it existed. An update leaves the roles of a user alone."""
    listed: Any = await admin.command({f"{kind.lower()}sInfo": name})
    exists = bool(listed[f"{kind.lower()}s"])
    if exists and kind == "User":
        del content["roles"]
    await admin.command({f"{'update' if exists else 'create'}{kind}": name, **content})
    return exists
