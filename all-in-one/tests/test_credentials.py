"""The rights of the services, as a table and as what the stores are told; tests on servers are next to this one."""

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from california_gold.application import services
from california_gold.credentials import mongodb
from california_gold.credentials.event_store import READERS, WRITERS, access_control
from california_gold.credentials.rights import OPERATORS, SERVICES, SHARED_COLLECTIONS
from california_gold.credentials.secrets_folder import StoreCredentials, read_folder
from california_gold.credentials.table import table
from california_gold.settings import AllSettings
from chassis.composition.embedded import embedded
from chassis.ports.document_store import Collection
from chassis.runtime.settings import InvalidSettings
from tests.servers.secured import make_secrets

Run = Callable[..., tuple[int, str]]


def collections_of(service: str) -> Iterator[str]:
    """Yield the names of the collections that the modules of a service declare."""
    package = importlib.import_module(service.replace("-", "_"))
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__"):
            for value in vars(importlib.import_module(module.name)).values():
                collection = value if isinstance(value, Collection) else getattr(value, "collection", None)
                if isinstance(collection, Collection):
                    yield collection.name


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_a_right_to_each_collection_that_it_declares(service: str) -> None:
    rights = SERVICES[service]
    granted = {*rights.read_models, *rights.collections, *rights.reads, *SHARED_COLLECTIONS}
    assert set(collections_of(service)) <= granted


async def test_a_service_has_a_right_to_each_group_and_topic_of_its_workers(tmp_path: Path) -> None:
    async with embedded(tmp_path / "data") as infrastructure:
        built = services(infrastructure, AllSettings(work_dir=tmp_path / "work"))
    for service in built:
        rights, names = SERVICES[service.name], [worker.name for worker in service.workers]
        groups = {name.partition(":")[2] for name in names if name.startswith("consumer:")}
        relayed = {name.partition(":")[2] for name in names if name.startswith("relay:")}
        assert groups == set(rights.groups)
        assert relayed <= {topic.name for topic in rights.publishes}


def test_a_topic_is_written_by_its_owner_only() -> None:
    for service, rights in SERVICES.items():
        assert {topic.owner for topic in rights.publishes} <= {service, "chassis"}
        assert set(rights.groups) == {group for group in rights.groups if group.startswith(service)}


def test_the_keys_of_identity_are_its_own() -> None:
    assert [service for service, rights in SERVICES.items() if "identity" in rights.keys] == ["identity"]
    assert [service for service, rights in SERVICES.items() if "public-keys" in rights.collections] == ["identity"]


def test_mongodb_is_told_one_role_for_each_service_and_one_for_the_operator() -> None:
    for service in SERVICES:
        (documents,) = mongodb.users(_credentials(service), "gold")
        (keys,) = mongodb.key_users(_credentials(service), "gold")
        assert (documents.name, documents.role, keys.role) == (
            service,
            f"california-gold-{service}",
            f"california-gold-{service}-keys",
        )
        assert documents.privileges
        assert bool(keys.privileges) == bool(SERVICES[service].keys or SERVICES[service].read_keys)
        assert not [*documents.inherited, *keys.inherited]
    (toolbox,) = mongodb.key_users(_credentials("toolbox"), "gold")
    assert (toolbox.privileges, toolbox.inherited) == ((), [{"role": "readWrite", "db": "gold_keys"}])


def test_mongodb_lets_others_than_identity_neither_write_public_keys_nor_shred_keys() -> None:
    for service in set(SERVICES) - {"identity"}:
        for privilege in map(_privilege, mongodb.roles(service, "gold")):
            if privilege["resource"]["collection"] == "public-keys":
                assert privilege["actions"] == ["find"]
        assert not any("update" in each["actions"] for each in map(_privilege, mongodb.key_roles(service, "gold_keys")))


def test_mongodb_knows_later_versions_of_read_models() -> None:
    named = {each["resource"]["collection"] for each in map(_privilege, mongodb.roles("jobs-query", "gold"))}
    assert {"jobs", "jobs@1", "jobs@99", "job-files@1"} <= named


def test_the_event_store_lets_services_neither_delete_streams_nor_change_their_rights() -> None:
    users = _privilege(access_control()["$userStreamAcl"])
    assert users["$r"] == ["$admins", WRITERS, READERS]
    assert users["$w"] == ["$admins", WRITERS]
    assert [users[right] for right in ("$d", "$mr", "$mw")] == ["$admins"] * 3


def test_the_documented_table_is_that_of_the_command(run: Run) -> None:
    documented = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert run("credentials", "table") == (0, f"{table()}\n")
    assert table() in documented


def test_the_policy_of_a_service_is_printed_for_other_object_stores(run: Run) -> None:
    code, policy = run("credentials", "s3", "notifier")
    assert (code, json.loads(policy)["Version"]) == (0, "2012-10-17")
    assert run("credentials", "s3", "nobody")[0] == 2


def test_a_folder_of_secrets_names_the_users_of_each_service(tmp_path: Path) -> None:
    secrets = make_secrets(tmp_path / "secrets")
    found = {each.service: each for each in read_folder(secrets)}
    assert set(found) == {*SERVICES, *OPERATORS}
    for service, rights in SERVICES.items():
        names = [user[0] for user in (found[service].event_store_user, found[service].mongodb_user) if user]
        assert [*names, found[service].kafka_username] == [service] * 3
        assert bool(found[service].mongodb_keys_user) == bool(rights.keys or rights.read_keys)
    assert (found["topics"].kafka_username, found["topics"].mongodb_user) == ("topics", None)


def test_a_folder_of_secrets_that_lacks_a_service_or_a_user_is_refused_without_a_secret(tmp_path: Path) -> None:
    secrets = make_secrets(tmp_path / "secrets")
    (secrets / "storage.env").write_text("CALIFORNIA_GOLD_MONGODB_URI=mongodb://s3cret@host/\n", encoding="utf-8")
    with pytest.raises(
        InvalidSettings, match=r"^storage.env: CALIFORNIA_GOLD_MONGODB_URI: names no user and password$"
    ):
        _ = [each.mongodb_user for each in read_folder(secrets)]
    (secrets / "storage.env").unlink()
    with pytest.raises(InvalidSettings, match=r"storage\.env: there is no such file$"):
        read_folder(secrets)


def _credentials(service: str) -> StoreCredentials:
    uri = SecretStr(f"mongodb://{service}:password@host/")
    return StoreCredentials(service=service, mongodb_uri=uri, mongodb_keys_uri=uri)


def _privilege(value: Any) -> dict[str, Any]:
    return value
