"""The bill of materials is valid, complete, and names neither tools for development nor this machine."""

import json
import re
from importlib.metadata import version
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.console.built_console import BuiltConsole
from tests.servers.shared import required
from tools import npm_packages
from tools.console import CONSOLE
from tools.requirements import ROOT, locked, normalized, packages
from tools.sbom import EXTRAS, bill_of_materials

UNDECLARED = {"protobuf": "BSD-3-Clause"}
"""The licence of packages that declare none in their metadata, from their licence files."""
NPM = "pkg:npm/"
_LICENSED = re.compile(r"^## (\S+) - ", re.MULTILINE)
"""A package that is in the page, in the list that its build writes."""
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
    listed = {f"{normalized(one['name'])}=={one['version']}" for one in bill["components"] if not _is_of_npm(one)}

    assert listed == locked_versions | ours


def test_the_bill_has_every_package_of_the_console_with_its_own_licence_and_no_tool(bill: dict[str, Any]) -> None:
    required(BuiltConsole)
    packages = [one for one in bill["components"] if one["bom-ref"].startswith(NPM)]
    listed = {_npm_name(one): (one["version"], one["licenses"][0]["expression"]) for one in packages}
    own = {name: json.loads((CONSOLE / "node_modules" / name / "package.json").read_text()) for name in listed}
    manifest = json.loads((CONSOLE / "package.json").read_text())

    assert listed == {name: (package["version"], package["license"]) for name, package in own.items()}
    assert manifest["dependencies"].keys() <= listed.keys()
    assert not manifest["devDependencies"].keys() & listed.keys()
    assert set(_LICENSED.findall((CONSOLE / "dist" / "licenses.md").read_text())) <= listed.keys()


def test_the_console_is_a_part_of_the_product_and_its_packages_are_parts_of_it(bill: dict[str, Any]) -> None:
    requires = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    (console,) = (ref for ref in requires["root-component"] if ref.startswith("california-gold-console=="))
    reached, found = {console}, [console]
    while found:
        found = [ref for known in found for ref in requires[known] if ref not in reached]
        reached |= set(found)

    assert reached == {one["bom-ref"] for one in bill["components"] if _is_of_npm(one)}


def test_the_bill_names_no_folder_of_this_machine(bill: dict[str, Any]) -> None:
    assert str(ROOT) not in json.dumps(bill)


def test_nothing_that_ships_has_a_licence_that_binds_those_who_use_it(bill: dict[str, Any]) -> None:
    licences = {one["name"]: json.dumps(one.get("licenses", UNDECLARED.get(one["name"]))) for one in bill["components"]}

    assert [name for name, licence in licences.items() if licence == "null"] == []
    assert [(name, licence) for name, licence in licences.items() if COPYLEFT.search(licence)] == []


def _is_of_npm(component: dict[str, Any]) -> bool:
    return component["bom-ref"].startswith((NPM, npm_packages.CONSOLE))


def _npm_name(component: dict[str, Any]) -> str:
    return "/".join(filter(None, (component.get("group"), component["name"])))


def _ours() -> list[str]:
    names = ["contracts", "chassis", *(path.parent.name for path in ROOT.glob("services/*/pyproject.toml"))]
    return [f"california-gold-{name}" for name in names]
