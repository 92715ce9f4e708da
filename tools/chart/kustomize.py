"""The Kubernetes manifests as built by kustomize."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tools.yaml_documents import all_parsed, parsed

_K8S = Path(__file__).parents[2] / "k8s"


def build(program: Path, overlay: str, folder: Path, components: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Build an overlay, with further components, from a copy of the manifests in `folder`, with generated secrets.

    Raises `RuntimeError` with what kustomize says.
    """
    chosen = copied(overlay, folder, components)
    built = subprocess.run([program, "build", chosen], capture_output=True, text=True, check=False)
    if built.returncode:
        raise RuntimeError(built.stderr)
    return all_parsed(built.stdout)


def copied(overlay: str, folder: Path, components: Iterable[str] = ()) -> Path:
    """Copy the manifests to `folder`, and return the overlay there, with further components and generated secrets."""
    copy = folder / "k8s"
    shutil.copytree(_K8S, copy, ignore=shutil.ignore_patterns("secrets", "helm"))
    chosen = copy / "overlays" / overlay
    if overlay == "local":
        subprocess.run([_K8S.parent / "compose" / "make-secrets.sh", chosen / "secrets"], check=True)
    _add(components, chosen / "kustomization.yaml")
    return chosen


def _add(components: Iterable[str], file: Path) -> None:
    kustomization = parsed(file.read_bytes())
    kustomization.setdefault("components", []).extend(f"../../components/{name}" for name in components)
    file.write_text(yaml.safe_dump(kustomization), encoding="utf-8")
