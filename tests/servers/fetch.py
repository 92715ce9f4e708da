"""`make servers`: brings the servers that the distributed tests need. What is there already is left alone."""

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
    """Bring what is missing; say what could not be brought. Returns the exit code."""
    wanted: list[tuple[str, Path, Callable[[Path], None]]] = [
        ("Kafka", cache.kafka_libraries(), _kafka),
        ("SecantusDB", cache.mongodb_program(), _secantusdb),
        ("MinIO", cache.minio_program(), _go_program("github.com/minio/minio", cache.MINIO_VERSION)),
        ("kustomize", cache.kustomize_program(), _go_program(_KUSTOMIZE, cache.KUSTOMIZE_VERSION)),
        ("AsyncAPI's schema", cache.asyncapi_schema(), _asyncapi_schema),
    ]
    missing = [name for name, place, bring in wanted if not _brought(name, place, bring)]
    if not shutil.which("nginx") and not _installed_nginx():
        missing.append("nginx")
    for name in missing:
        sys.stderr.write(f"servers: {name} could not be brought; its tests are skipped\n")
    return 1 if missing else 0


def _brought(name: str, place: Path, bring: Callable[[Path], None]) -> bool:
    if place.exists():
        return True
    sys.stdout.write(f"servers: bringing {name}\n")
    sys.stdout.flush()
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        bring(place)
    except (OSError, subprocess.CalledProcessError) as problem:
        sys.stderr.write(f"servers: {name}: {problem}\n")
    return place.exists()


def _kafka(place: Path) -> None:
    with TemporaryDirectory(dir=place.parent) as folder:
        (Path(folder) / "pom.xml").write_text(_POM.format(version=cache.KAFKA_VERSION), encoding="utf-8")
        _run("mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=jars", folder=Path(folder))
        (Path(folder) / "jars").rename(place)


def _secantusdb(place: Path) -> None:
    environment = place.parent.parent
    _run(sys.executable, "-m", "venv", str(environment))
    try:
        pip = str(environment / "bin" / "pip")
        _run(pip, "install", "--quiet", "--disable-pip-version-check", f"secantusdb=={cache.SECANTUSDB_VERSION}")
    except subprocess.CalledProcessError:
        shutil.rmtree(environment)
        raise


def _go_program(module: str, version: str) -> Callable[[Path], None]:
    def bring(place: Path) -> None:
        _run("go", "install", f"{module}@{version}", environment={"GOBIN": str(place.parent)})

    return bring


def _asyncapi_schema(place: Path) -> None:
    with TemporaryDirectory(dir=place.parent) as folder:
        _run("npm", "pack", "--silent", f"@asyncapi/specs@{cache.ASYNCAPI_SPECS_VERSION}", folder=Path(folder))
        (packed,) = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as archive:
            archive.extract("package/schemas/3.0.0.json", folder, filter="data")
        (Path(folder) / "package" / "schemas" / "3.0.0.json").rename(place)


def _installed_nginx() -> bool:
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    try:
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "nginx-light")
    except subprocess.CalledProcessError as problem:
        sys.stderr.write(f"servers: nginx: {problem}\n")
    return shutil.which("nginx") is not None


def _run(*command: str, folder: Path | None = None, environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, cwd=folder, env={**os.environ, **(environment or {})}, check=True, stdin=subprocess.DEVNULL)
