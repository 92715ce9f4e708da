"""How many analyses run at once: as many as are wanted, and fit into the memory of the machine or the container."""

from pathlib import Path

import pytest

from analyzer.isolation.capacity import capacity, memory, processors

GIB = 1 << 30


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of 8 processors and 64 GiB without control groups."""
    have_processors(monkeypatch, 8)
    monkeypatch.setattr("os.sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 64 * GIB // 4096}.__getitem__)
    return tmp_path


def have_processors(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    def affinity(_process: int) -> set[int]:
        return set(range(count))

    monkeypatch.setattr("os.sched_getaffinity", affinity, raising=False)


def group(machine: Path, line: str, folder: str, **files: str) -> None:
    (machine / "proc/self").mkdir(parents=True, exist_ok=True)
    with (machine / "proc/self/cgroup").open("a") as groups:
        groups.write(line + "\n")
    place = machine / "sys/fs/cgroup" / folder
    place.mkdir(parents=True)
    for name, content in files.items():
        (place / name.replace("__", ".")).write_text(content + "\n")


def test_it_is_half_the_processors_by_default(machine: Path) -> None:
    assert capacity(None, 4 * GIB, machine) == 4


def test_it_is_what_was_wanted_where_that_fits_into_the_memory(machine: Path) -> None:
    assert capacity(7, 4 * GIB, machine) == 7
    assert capacity(16, 4 * GIB, machine) == 15, "63 GiB are left for analyses"


def test_it_is_one_at_least(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have_processors(monkeypatch, 1)
    assert capacity(None, 4 * GIB, machine) == 1
    assert capacity(2, 128 * GIB, machine) == 1


def test_the_limits_of_a_container_count(machine: Path) -> None:
    group(machine, "0::/", ".", cpu__max="150000 100000", memory__max=str(5 * GIB))
    assert (processors(machine), memory(machine)) == (2, 5 * GIB)
    assert capacity(4, 4 * GIB, machine) == 1


def test_the_limits_of_the_groups_around_count(machine: Path) -> None:
    group(machine, "0::/outer/inner", "outer/inner", cpu__max="max 100000", memory__max="max")
    (machine / "sys/fs/cgroup/outer/memory.max").write_text(f"{9 * GIB}\n")
    assert (processors(machine), memory(machine)) == (8, 9 * GIB)


def test_the_limits_of_control_groups_of_version_1_count(machine: Path) -> None:
    group(machine, "5:cpu,cpuacct:/a", "cpu/a", cpu__cfs_quota_us="300000", cpu__cfs_period_us="100000")
    group(machine, "4:memory:/a", "memory/a", memory__limit_in_bytes=str(13 * GIB))
    assert (processors(machine), memory(machine)) == (3, 13 * GIB)
