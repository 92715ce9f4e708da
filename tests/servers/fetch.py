"""`make servers`: installs the servers that tests of the distributed mode need, unless they are installed."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers import cache

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>california-gold</groupId><artifactId>servers</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{version}</version>
    </dependency>
  </dependencies>
</project>
"""
_KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5"


def fetch_all() -> int:
    """Install what is missing, and report what could not be installed. Returns the exit code."""
    programs: list[tuple[str, Path, Callable[[Path], None]]] = [
        ("Kafka", cache.kafka_libraries(), _kafka),
        ("SecantusDB", cache.mongodb_program(), _secantusdb),
        ("MinIO", cache.minio_program(), _go_program("github.com/minio/minio", cache.MINIO_VERSION)),
        ("kustomize", cache.kustomize_program(), _go_program(_KUSTOMIZE, cache.KUSTOMIZE_VERSION)),
        ("Helm", cache.helm_program(), _go_program("helm.sh/helm/v3/cmd/helm", cache.HELM_VERSION)),
        ("AsyncAPI's schema", cache.asyncapi_schema(), _asyncapi_schema),
        ("dicom3tools", cache.dicom3tools(), _debian_package("dicom3tools")),
        ("promtool", cache.prometheus(), _debian_package("prometheus")),
    ]
    missing = [name for name, path, install in programs if not _ensure_installed(name, path, install)]
    debian = {"nginx": "nginx-light", "chromium": "chromium"}
    missing += [name for name, package in debian.items() if not shutil.which(name) and not _install(name, package)]
    for name in missing:
        sys.stderr.write(f"servers: {name} could not be installed; its tests are skipped\n")
    return 1 if missing else 0


def _ensure_installed(name: str, path: Path, install: Callable[[Path], None]) -> bool:
    if path.exists():
        return True
    sys.stdout.write(f"servers: installing {name}\n")
    sys.stdout.flush()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        install(path)
    except (OSError, subprocess.CalledProcessError) as problem:
        sys.stderr.write(f"servers: {name}: {problem}\n")
    return path.exists()


def _kafka(path: Path) -> None:
    with TemporaryDirectory(dir=path.parent) as folder:
        (Path(folder) / "pom.xml").write_text(_POM.format(version=cache.KAFKA_VERSION), encoding="utf-8")
        _run("mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=jars", folder=Path(folder))
        (Path(folder) / "jars").rename(path)


def _secantusdb(path: Path) -> None:
    environment = path.parent.parent
    _run(sys.executable, "-m", "venv", str(environment))
    try:
        pip = str(environment / "bin" / "pip")
        _run(pip, "install", "--quiet", "--disable-pip-version-check", f"secantusdb=={cache.SECANTUSDB_VERSION}")
    except subprocess.CalledProcessError:
        shutil.rmtree(environment)
        raise


def _go_program(module: str, version: str) -> Callable[[Path], None]:
    def install(path: Path) -> None:
        _run("go", "install", f"{module}@{version}", environment={"GOBIN": str(path.parent)})

    return install


def _asyncapi_schema(path: Path) -> None:
    with TemporaryDirectory(dir=path.parent) as folder:
        _run("npm", "pack", "--silent", f"@asyncapi/specs@{cache.ASYNCAPI_SPECS_VERSION}", folder=Path(folder))
        (packed,) = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as archive:
            archive.extract("package/schemas/3.0.0.json", folder, filter="data")
        (Path(folder) / "package" / "schemas" / "3.0.0.json").rename(path)


def _debian_package(name: str) -> Callable[[Path], None]:
    """Return what unpacks a package into a folder: its programs run there, and need no root."""

    def install(path: Path) -> None:
        if os.geteuid() == 0:
            _run("apt-get", "update", "-qq")
        with TemporaryDirectory(dir=path.parent) as folder:
            _run("apt-get", "download", "-qq", name, folder=Path(folder))
            (packed,) = Path(folder).glob(f"{name}_*.deb")
            _run("dpkg-deb", "--extract", packed.name, "unpacked", folder=Path(folder))
            (Path(folder) / "unpacked").rename(path)

    return install


def _install(program: str, package: str) -> bool:
    """Install a package of Debian with what it depends on; return whether its program is there."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    try:
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", package)
    except subprocess.CalledProcessError as problem:
        sys.stderr.write(f"servers: {program}: {problem}\n")
    return shutil.which(program) is not None


def _run(*command: str, folder: Path | None = None, environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, cwd=folder, env={**os.environ, **(environment or {})}, check=True, stdin=subprocess.DEVNULL)
