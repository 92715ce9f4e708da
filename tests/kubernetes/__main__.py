"""`python -m tests.kubernetes`: builds Kubernetes from its Go modules, once, and the images of its node."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.images.programs import install_programs, missing_programs
from tests.kubernetes import node_images, node_programs
from tests.servers import cache

ETCD_VERSION, COREDNS_VERSION = "v3.6.4", "v1.12.4"
_COMMANDS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl")
_LIBRARIES = cache.KUBERNETES_VERSION.replace("v1.", "v0.")
_NAMED = [
    f"-X k8s.io/component-base/version.gitVersion={cache.KUBERNETES_VERSION}",
    f"-X k8s.io/client-go/pkg/version.gitVersion={cache.KUBERNETES_VERSION}",
]
_CRDS = {
    "sigs.k8s.io/gateway-api@v1.2.1": "config/crd/standard/*.yaml",
    "github.com/kedacore/keda/v2@v2.16.1": "config/crd/bases/keda.sh_*.yaml",
    "github.com/prometheus-operator/prometheus-operator@v0.79.2": (
        "example/prometheus-operator-crd/monitoring.coreos.com_p*[rs].yaml"
    ),
}
"""Module -> its definitions of the custom resources that the manifests use."""


def build(folder: Path) -> None:
    """Put the programs of a control plane and a node, kubectl and the custom resource definitions into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    _build_program("go.etcd.io/etcd/server/v3", ETCD_VERSION, folder / "etcd")
    _build_program("github.com/coredns/coredns", COREDNS_VERSION, folder / "coredns")
    with TemporaryDirectory() as source:
        _build_kubernetes(Path(source), folder)
    for module, definitions in _CRDS.items():
        _copy(Path(_downloaded(module, "Dir")), definitions, folder / "crds")


def _build_program(package: str, version: str, program: Path) -> None:
    with TemporaryDirectory() as folder:
        source = Path(folder)
        _go(source, "mod", "init", "programs")
        _import(source, package)
        _go(source, "get", f"{package}@{version}")
        _go(source, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(program), package)


def _build_kubernetes(source: Path, folder: Path) -> None:
    """Build in a module of our own: Kubernetes takes its libraries from its own tree, and nobody else can."""
    module = f"k8s.io/kubernetes@{cache.KUBERNETES_VERSION}"
    required = Path(_downloaded(module, "GoMod")).read_text(encoding="utf-8")
    _go(source, "mod", "init", "programs")
    for library in sorted(set(re.findall(r"^\s+(k8s\.io/[\w-]+) v0\.0\.0\b(?!-)", required, re.MULTILINE))):
        _go(source, "mod", "edit", f"-replace={library}={library}@{_LIBRARIES}")
    packages = [f"k8s.io/kubernetes/cmd/{command}" for command in _COMMANDS]
    _import(source, *packages)
    _go(source, "get", module)
    _go(source, "build", "-trimpath", "-ldflags", " ".join(("-s -w", *_NAMED)), "-o", f"{folder}/", *packages)


def _import(source: Path, *packages: str) -> None:
    imports = "\n".join(f'import _ "{package}"' for package in packages)
    (source / "programs.go").write_text(f"//go:build programs\n\npackage programs\n\n{imports}\n", encoding="utf-8")


def _copy(source: Path, pattern: str, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for file in source.glob(pattern):
        shutil.copyfile(file, target / file.name)


def _downloaded(module: str, what: str) -> str:
    done = subprocess.run(["go", "mod", "download", "-json", module], check=True, capture_output=True)
    return json.loads(done.stdout)[what]


def _go(folder: Path, *arguments: str) -> None:
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}
    subprocess.run(["go", *arguments], cwd=folder, env=environment, check=True, stdin=subprocess.DEVNULL)


def main() -> int:
    """Build what is not there yet, and the images; return the exit code."""
    folder = cache.kubernetes()
    if not all((folder / name).exists() for name in ("crds", *_COMMANDS, "etcd", "coredns")):
        build(folder)
    install_programs()
    node_programs.install()
    if problem := missing_programs() or node_programs.missing():
        sys.stderr.write(f"kubernetes: {problem}\n")
        return 1
    node_images.build()
    return 0


if __name__ == "__main__":
    sys.exit(main())
