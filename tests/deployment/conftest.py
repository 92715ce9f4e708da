import pytest

from tests.deployment.k8s_manifests import Manifests, build

VARIANTS = {
    "local": ("local",),
    "production": ("production",),
    "local with components": ("local", "network-policies", "private-ca", "ingress"),
    "production with ingress": ("production", "ingress"),
}
"""Name -> overlay and the components that are added to it."""
WITH_GATEWAY_API = ["local", "production"]
HELD_TO_EVERY_RULE = [*WITH_GATEWAY_API, "local with components"]


@pytest.fixture(scope="session", params=HELD_TO_EVERY_RULE)
def manifests(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    return _built(request.param, tmp_path_factory)


@pytest.fixture(scope="session", params=WITH_GATEWAY_API)
def with_gateway_api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    return _built(request.param, tmp_path_factory)


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    return _built("local with components", tmp_path_factory)


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    return _built("production", tmp_path_factory)


@pytest.fixture(scope="session")
def with_ingress(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    return _built("production with ingress", tmp_path_factory)


def _built(variant: str, folders: pytest.TempPathFactory) -> Manifests:
    overlay, *components = VARIANTS[variant]
    return build(overlay, folders.mktemp(overlay), *components)
