"""The folder of secrets: for each service the environment file with its users, keys and passwords in the stores."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, SecretStr, ValidationError

from california_gold.credentials.rights import OPERATORS, SERVICES
from chassis.runtime.settings import PREFIX, InvalidSettings

User = tuple[str, str]
"""A name and a password."""


class StoreCredentials(BaseModel, frozen=True):
    """The credentials of a service, from the settings that its process gets. A store that it does not use has none."""

    service: str
    eventstoredb_uri: SecretStr = SecretStr("")
    kafka_username: str = ""
    mongodb_uri: SecretStr = SecretStr("")
    mongodb_keys_uri: SecretStr = SecretStr("")
    s3_access_key: SecretStr = SecretStr("")
    s3_secret_key: SecretStr = SecretStr("")

    @property
    def event_store_user(self) -> User | None:
        """The user of EventStoreDB."""
        return self._user_in("EVENTSTOREDB_URI", self.eventstoredb_uri)

    @property
    def mongodb_user(self) -> User | None:
        """The user of MongoDB's documents."""
        return self._user_in("MONGODB_URI", self.mongodb_uri)

    @property
    def mongodb_keys_user(self) -> User | None:
        """The user of MongoDB's keys."""
        return self._user_in("MONGODB_KEYS_URI", self.mongodb_keys_uri)

    @property
    def object_key(self) -> User | None:
        """The access key and the secret key of S3."""
        key = self.s3_access_key.get_secret_value()
        return (key, self.s3_secret_key.get_secret_value()) if key else None

    def _user_in(self, setting: str, uri: SecretStr) -> User | None:
        if not uri.get_secret_value():
            return None
        parts = urlsplit(uri.get_secret_value())
        if not (parts.username and parts.password):
            raise InvalidSettings(f"{self.service}.env: {PREFIX}{setting}: names no user and password")
        return unquote(parts.username), unquote(parts.password)


def read_folder(folder: Path) -> Sequence[StoreCredentials]:
    """Return the credentials of every service and operator. Raises `InvalidSettings`, which quotes no secret."""
    return [_credentials(name, folder / f"{name}.env") for name in (*SERVICES, *OPERATORS)]


def _credentials(service: str, file: Path) -> StoreCredentials:
    if not file.is_file():
        raise InvalidSettings(f"{file}: there is no such file")
    try:
        return StoreCredentials.model_validate({"service": service, **_settings(file)})
    except ValidationError as invalid:
        names = ", ".join(str(error["loc"][0]) for error in invalid.errors())
        raise InvalidSettings(f"{file}: {names}") from None


def _settings(file: Path) -> Mapping[str, str]:
    found = dotenv_values(file, interpolate=False)
    return {name.removeprefix(PREFIX).lower(): value for name, value in found.items() if value is not None}
