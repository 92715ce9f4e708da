"""What the Dockerfile installs: every package of the index that a service needs, and none of ours."""

import re

import pytest

from tools.requirements import BUILD, LOCK, ROOT, folders, locked, packages

SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/pyproject.toml"))


@pytest.mark.parametrize("service", [*SERVICES, "all-in-one"])
def test_a_service_needs_what_the_chassis_needs_and_nothing_of_ours_from_the_index(service: str) -> None:
    needed = packages(service, ["distributed"])

    assert set(packages("chassis", ["distributed"])) <= set(needed)
    assert not [name for name in needed if "california" in name]


def test_all_in_one_needs_what_the_services_need() -> None:
    together = {name for service in SERVICES for name in packages(service, ["distributed"])}
    assert together <= set(packages("all-in-one", ["distributed"]))


def test_a_model_needs_its_extra() -> None:
    added = set(packages("analyzer", ["distributed", "model"])) - set(packages("analyzer", ["distributed"]))
    assert {name.partition(">")[0] for name in added} == {"onnx", "onnxruntime"}


def test_a_service_consists_of_the_contracts_the_chassis_and_itself() -> None:
    assert folders("storage") == (ROOT / "contracts", ROOT / "chassis", ROOT / "services" / "storage")


def test_an_unknown_service_or_extra_is_refused_by_name() -> None:
    with pytest.raises(SystemExit, match=r"^SERVICE: 'archive' is none of all-in-one, analyzer, "):
        folders("archive")
    with pytest.raises(SystemExit, match=r"^EXTRAS: identity has no model$"):
        packages("identity", ["distributed", "model"])


def test_the_lock_file_has_the_version_and_the_hashes_of_every_package_and_no_address() -> None:
    text = LOCK.read_text(encoding="utf-8")
    entries = locked([*packages("all-in-one", ["dev", "distributed", "model", "telemetry"]), *BUILD])

    assert "".join(entries) == text
    assert [
        entry
        for entry in entries
        if not re.match(r"[a-z0-9-]+==[\w.]+ \\\n( +--hash=sha256:[0-9a-f]{64}[\\ ]*\n)+", entry)
    ] == []
    assert not re.search(r"://|index|find-links", text)


def test_what_a_package_requires_is_locked_with_it_and_what_others_require_is_not() -> None:
    names = {entry.partition("==")[0] for entry in locked(packages("identity", ["distributed"]))}
    assert {"starlette", "pydantic-core", "grpcio"} <= names
    assert not {"pytest", "pip-audit", "pydicom"} & names


def test_a_package_that_is_not_locked_is_named() -> None:
    with pytest.raises(SystemExit, match=r"^constraints.txt lacks not-there: "):
        locked(["not_there>=1"])
