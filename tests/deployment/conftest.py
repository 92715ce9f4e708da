import os
from pathlib import Path

import pytest

from tests.deployment.k8s_manifests import Manifests, build
from tests.servers import cache


@pytest.fixture(scope="session", params=["local", "production"])
def manifests(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    return _built(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    return _built("production", tmp_path_factory.mktemp("production-single_replica"))


def _built(overlay: str, folder: Path) -> Manifests:
    if not cache.kustomize_program().exists():
        reason = "kustomize is not there (make servers)"
        if os.environ.get("REQUIRE_SERVERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return build(overlay, folder)
