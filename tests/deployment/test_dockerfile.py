"""Static checks of the Dockerfile: the user, the labels and the order of the layers of our images."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
GLOBAL, *STAGES = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)
LABELS = {"title", "version", "revision", "licenses", "base.name"}

each_image = pytest.mark.parametrize("name", ["gateway", "service"])


def stage(name: str) -> str:
    (text,) = [text for text in STAGES if f" AS {name}\n" in text]
    return text


@each_image
def test_our_images_run_as_an_unprivileged_user(name: str) -> None:
    assert "\nUSER 10001:10001\n" in stage(name)
    assert "\nHEALTHCHECK " in stage(name)
    assert not re.search(r"gcc|build-essential|latest", stage("runtime") + stage(name))


@each_image
def test_our_images_have_the_labels_of_the_image_specification(name: str) -> None:
    assert stage(name).startswith("runtime AS ")
    labels = re.findall(r"org\.opencontainers\.image\.([\w.]+)=", stage("runtime") + stage(name))
    assert sorted(labels) == sorted(LABELS)


@each_image
def test_another_version_or_revision_changes_only_the_last_layer(name: str) -> None:
    before, _, after = stage(name).partition("\nARG VERSION\n")
    assert not re.search(r"VERSION|REVISION", before + stage("runtime"))
    assert re.findall(r"^(\w+)", after, re.MULTILINE) == ["ARG", "LABEL"]


def test_the_default_version_is_that_of_the_product() -> None:
    project = tomllib.loads((ROOT / "all-in-one" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"\nARG VERSION={project['version']}\n" in GLOBAL


def test_packages_are_installed_before_our_sources_are_copied() -> None:
    assert stage("build").startswith("dependencies AS ")
    assert "\nCOPY . " not in stage("installer") + stage("dependencies")
    assert "--no-index" in stage("build")


def test_what_comes_from_an_index_is_checked_by_its_hash_and_is_never_built() -> None:
    installs = re.findall(r"pip (?:--python \S+ )?install (.+?) \S+(?: \\)?$", DOCKERFILE, re.MULTILINE)
    assert 'LOCKED="--require-hashes --only-binary=:all: --no-deps --requirement"' in stage("installer")
    assert set(installs) == {"${LOCKED}", "--no-index --no-deps"}


def test_packages_of_the_console_are_the_locked_ones_and_run_nothing_when_they_are_installed() -> None:
    assert "tools/console.py build" in stage("console")
    assert '"ci", "--ignore-scripts"' in (ROOT / "tools" / "console.py").read_text(encoding="utf-8")
    locked = json.loads((ROOT / "console" / "package-lock.json").read_bytes())["packages"]
    packages = {name: package for name, package in locked.items() if name}
    assert [name for name, package in packages.items() if "integrity" not in package or "resolved" in package] == []


def test_the_console_has_exact_versions() -> None:
    package = json.loads((ROOT / "console" / "package.json").read_bytes())
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
