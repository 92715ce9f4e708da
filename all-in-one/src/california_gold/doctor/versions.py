"""Check of the installed packages."""

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from california_gold.doctor.installation import Installation
from chassis.ports.inspection import CheckResult, well, wrong

_ROOT = "california-gold"
_SERVICES = ("identity", "storage", "jobs-command", "jobs-query", "analyzer", "notifier")
_PACKAGES = (_ROOT, *(f"{_ROOT}-{name}" for name in ("contracts", "chassis", *_SERVICES)))


async def check_versions(installation: Installation) -> CheckResult:
    """Check that what the packages of the product require is installed, drivers of servers too if it needs them."""
    extra = "distributed" if installation.is_distributed else ""
    if problems := sorted({problem for package in _PACKAGES for problem in _unmet(package, extra)}):
        wanted = f"{_ROOT}[{extra}]" if extra else _ROOT
        return wrong("; ".join(problems), f"install it again: pip install -c constraints.txt '{wanted}'")
    return well(f"{_ROOT} {version(_ROOT)} with what it requires, Python {platform.python_version()}")


def _unmet(package: str, extra: str) -> Iterator[str]:
    """Yield what a package requires and is not installed, or in another version."""
    for requirement in map(Requirement, requires(package) or ()):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            try:
                installed = version(requirement.name)
            except PackageNotFoundError:
                yield f"{package} requires {requirement.name}, which is missing"
            else:
                if not requirement.specifier.contains(installed, prereleases=True):
                    yield f"{package} requires {requirement.name}{requirement.specifier}; {installed} is installed"
