"""The bill of materials is valid, complete, and names neither tools for development nor this machine."""

import json
import re
from importlib.metadata import version
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools.requirements import ROOT, locked, normalized, packages
from tools.sbom import EXTRAS, bill_of_materials

UNDECLARED = {"protobuf": "BSD-3-Clause"}
"""The licence of packages that declare none in their metadata, from their licence files."""
COPYLEFT = re.compile(r"GPL|SSPL|EUPL|CC-BY-(SA|NC)|BUSL|proprietary", re.IGNORECASE)


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    return bill_of_materials()


def test_the_bill_is_valid_cyclonedx(bill: dict[str, Any]) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill)) is None


def test_the_bill_has_every_package_of_the_product_in_its_locked_version_and_no_other(bill: dict[str, Any]) -> None:
    entries = locked(packages("all-in-one", EXTRAS))
    locked_versions = {entry.partition(" ")[0] for entry in entries}
    ours = {f"{name}=={version(name)}" for name in _ours()}
    listed = {f"{normalized(one['name'])}=={one['version']}" for one in bill["components"]}

    assert listed == locked_versions | ours


def test_the_bill_names_no_folder_of_this_machine(bill: dict[str, Any]) -> None:
    assert str(ROOT) not in json.dumps(bill)


def test_nothing_that_ships_has_a_licence_that_binds_those_who_use_it(bill: dict[str, Any]) -> None:
    licences = {one["name"]: json.dumps(one.get("licenses", UNDECLARED.get(one["name"]))) for one in bill["components"]}

    assert [name for name, licence in licences.items() if licence == "null"] == []
    assert [(name, licence) for name, licence in licences.items() if COPYLEFT.search(licence)] == []


def _ours() -> list[str]:
    names = ["contracts", "chassis", *(path.parent.name for path in ROOT.glob("services/*/pyproject.toml"))]
    return [f"california-gold-{name}" for name in names]
