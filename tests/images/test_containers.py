"""Each container is what docker-compose.yml declares, as the kernel shows it from inside."""

import re

import httpx

from tests.deployment.compose_file import size_in_bytes
from tests.images.composed_product import ComposedProduct
from tests.images.container import Container

_WRITABLE_MOUNTS = 'while read -r _ _ _ _ mount _; do [ -w "$mount" ] && echo "$mount"; done < /proc/self/mountinfo; :'
_MEMORY_LIMIT = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes || cat /sys/fs/cgroup/memory.max"
_PIDS_LIMIT = "cat /sys/fs/cgroup/pids/pids.max || cat /sys/fs/cgroup/pids.max"
_OF_EVERY_CONTAINER = re.compile(r"/(proc|sys|dev)(/|$)")


def test_every_container_is_healthy_by_its_own_check(container: Container) -> None:
    assert container.is_healthy()


def test_every_process_is_unprivileged(container: Container) -> None:
    status = container.output_of("sh", "-c", "cat /proc/[0-9]*/status")

    assert status.count("Name:") >= 2
    assert set(_values("Uid", status)) == set(_values("Gid", status)) == {"10001\t10001\t10001\t10001"}
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert {int(value, 16) for value in _values(capabilities, status)} == {0}
    assert set(_values("NoNewPrivs", status)) == {"1"}
    assert set(_values("Seccomp", status)) == {"2"}


def test_the_root_is_read_only_and_only_declared_folders_are_writable(container: Container) -> None:
    (root,) = re.findall(r" / / (\w+),", container.output_of("cat", "/proc/self/mountinfo"))
    assert root == "ro"
    writable = set(container.output_of("sh", "-c", _WRITABLE_MOUNTS).split())
    assert {mount for mount in writable if not _OF_EVERY_CONTAINER.match(mount)} == container.writable


def test_every_container_has_its_declared_memory_and_number_of_threads(container: Container) -> None:
    service = container.service
    assert container.output_of("sh", "-c", _MEMORY_LIMIT).split() == [str(size_in_bytes(service.mem_limit))]
    assert container.output_of("sh", "-c", _PIDS_LIMIT).split() == [str(service.pids_limit)]


def test_the_gateway_serves_the_console_that_its_image_was_built_with(product: ComposedProduct) -> None:
    page = httpx.get(f"{product.url}/", headers={"Accept": "text/html"}, follow_redirects=True)
    assert page.url.path == "/console/"
    for script in re.findall(r'src="(/console/assets/[^"]+\.js)"', page.text):
        answer = httpx.get(f"{product.url}{script}")
        assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
    assert "/console/assets/" in page.text


def _values(name: str, status: str) -> list[str]:
    return re.findall(rf"^{name}:\t(.*)$", status, re.MULTILINE)
