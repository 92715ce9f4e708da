"""Access keys and policies of MinIO, made by an administrator. AWS has other means for them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from minio.credentials.providers import StaticProvider
from minio.minioadmin import MinioAdmin

from chassis.adapters.minio.connection import S3Connection
from chassis.adapters.minio.thread_pool import thread_pool
from chassis.ports.store_users import ObjectUser


async def grant(connection: S3Connection, users: Sequence[ObjectUser]) -> None:
    """Make access keys and their policies what is given. Raises `StoreUnavailable`."""
    address = urlsplit(connection.endpoint)
    admin = MinioAdmin(
        endpoint=address.netloc,
        credentials=StaticProvider(connection.access_key, connection.secret_key),
        secure=address.scheme == "https",
        region=connection.region,
    )
    async with thread_pool() as pool:
        for user in users:
            await pool.call(lambda user=user: _grant(admin, user))


def _grant(admin: Any, user: ObjectUser) -> None:
    admin.user_add(user.access_key, user.secret_key)
    admin.policy_add(user.policy_name, policy=dict(user.policy))
    admin.policy_set(user.policy_name, user=user.access_key)
