"""What the Dockerfile installs: every package of the index that a service needs, and none of ours."""

import pytest

from tools.requirements import ROOT, folders, packages

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
