"""Software bill of materials (CycloneDX) of what ships: the packages of the product, and ours; `make sbom` writes it.

Packages of Python are taken from the installed environment, which is checked against the lock file; those of the
console from its own lock file. Tools for development are in neither part.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tools import npm_packages
from tools.requirements import ROOT, locked, normalized, packages

EXTRAS = ("distributed", "model", "telemetry")
_OURS = "california-gold"


def main(arguments: Sequence[str]) -> int:
    """Write the bill to the file that is named, by default `sbom.json`; return the exit code."""
    file = Path(arguments[0] if arguments else "sbom.json")
    file.write_text(json.dumps(bill_of_materials(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return 0


def bill_of_materials() -> dict[str, Any]:
    """Return the bill. Raises `SystemExit` when other versions are installed than are locked."""
    pins = dict(entry.partition(" ")[0].split("==") for entry in locked(packages("all-in-one", EXTRAS)))
    document = _of_the_environment()
    components = [component for component in document["components"] if _ships(component, pins)]
    installed = {normalized(component["name"]): component["version"] for component in components}
    if differing := sorted(name for name, version in pins.items() if installed.get(name) != version):
        raise SystemExit(f"not installed as locked: {', '.join(differing)}: make .venv/development")
    for component in components:
        _forget_the_machine(component)
    dependencies = _dependencies(document, components)
    return document | {
        "components": [*components, *npm_packages.components()],
        "dependencies": [*_with_the_console(dependencies, document), *npm_packages.dependencies()],
    }


def _of_the_environment() -> dict[str, Any]:
    manifest = str(ROOT / "all-in-one" / "pyproject.toml")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "sbom.json"
        program = str(Path(sys.executable).with_name("cyclonedx-py"))
        options = ["--no-validate", "--output-reproducible", "--pyproject", manifest, "--output-file", str(file)]
        subprocess.run([program, "environment", *options, sys.executable], check=True)
        return json.loads(file.read_text(encoding="utf-8"))


def _ships(component: Mapping[str, Any], pins: Mapping[str, str]) -> bool:
    name = normalized(component["name"])
    return name in pins or name.startswith(f"{_OURS}-")


def _forget_the_machine(component: dict[str, Any]) -> None:
    """Remove the folder that a package of ours was installed from."""
    references = component.get("externalReferences", [])
    component["externalReferences"] = [one for one in references if not one["url"].startswith("file:")]


def _dependencies(document: Mapping[str, Any], components: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what requires what, among the components."""
    kept = {component["bom-ref"] for component in components} | {document["metadata"]["component"]["bom-ref"]}
    return [
        {"ref": one["ref"], "dependsOn": [required for required in one.get("dependsOn", []) if required in kept]}
        for one in document["dependencies"]
        if one["ref"] in kept
    ]


def _with_the_console(dependencies: Sequence[dict[str, Any]], document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what requires what, with the console as a part of the product."""
    product, (console, *_) = document["metadata"]["component"]["bom-ref"], npm_packages.components()
    return [
        one | {"dependsOn": [*one["dependsOn"], console["bom-ref"]]} if one["ref"] == product else one
        for one in dependencies
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
