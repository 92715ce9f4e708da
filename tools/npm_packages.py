"""The npm packages that the console ships, from its lock file, as components of a CycloneDX document.

The lock file has what a bill needs: versions, licences as each package's own manifest states them, and hashes. So the
bill has them whether or not the console was installed here.
"""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

from tools.requirements import ROOT

LOCK = ROOT / "console" / "package-lock.json"
CONSOLE = "california-gold-console"
_CONSOLES_PATH, _FOLDER = "", "node_modules/"


def components() -> Sequence[dict[str, Any]]:
    """Return the console, and the packages that become part of it."""
    return [_component(path, package) for path, package in _shipped().items()]


def dependencies() -> Sequence[dict[str, Any]]:
    """Return what requires what among them."""
    return [{"ref": _reference(path), "dependsOn": sorted(map(_reference, _required(path)))} for path in _shipped()]


@cache
def _shipped() -> Mapping[str, Mapping[str, Any]]:
    """Return packages by their paths: tools for development are marked, and optional ones are programs for them."""
    every: Mapping[str, Mapping[str, Any]] = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    marks = ("dev", "optional", "devOptional")
    return {path: package for path, package in every.items() if not any(package.get(mark) for mark in marks)}


def _component(path: str, package: Mapping[str, Any]) -> dict[str, Any]:
    scope, _, name = _name(path).rpartition("/")
    component = {
        "type": "library",
        "bom-ref": _reference(path),
        "name": name,
        "version": package["version"],
        "licenses": [{"expression": package["license"], "acknowledgement": "declared"}],
    }
    if path == _CONSOLES_PATH:
        return component
    algorithm, _, digest = package["integrity"].partition("-")
    hashes = [{"alg": algorithm.upper().replace("SHA", "SHA-"), "content": b64decode(digest).hex()}]
    return component | {"purl": _reference(path), "hashes": hashes} | ({"group": scope} if scope else {})


def _reference(path: str) -> str:
    """Return the purl of a package (purl-spec, type npm); the console is none of the registry."""
    version = _shipped()[path]["version"]
    return f"{CONSOLE}=={version}" if path == _CONSOLES_PATH else f"pkg:npm/{quote(_name(path), safe='/')}@{version}"


def _name(path: str) -> str:
    return path.rpartition(_FOLDER)[2] or CONSOLE


def _required(path: str) -> Iterator[str]:
    """Return the paths of what a package requires: as Node.js does, in its own folder or the nearest one around it."""
    for name in _shipped()[path].get("dependencies", {}):
        folder = f"{path}/" if path else path
        while f"{folder}{_FOLDER}{name}" not in _shipped():
            if not folder:
                raise ValueError(f"{LOCK}: {path} requires {name}, which is not locked")
            folder = folder[: folder.removesuffix("/").rfind(_FOLDER)]
        yield f"{folder}{_FOLDER}{name}"
