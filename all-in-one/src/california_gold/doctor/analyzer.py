"""Checks of the analyzer: its cage, its model and its memory."""

from analyzer.configuration import AnalysisConfiguration
from analyzer.isolation.cage import missing_protections
from analyzer.isolation.capacity import capacity
from california_gold.doctor.installation import Installation
from chassis.ports.inspection import CheckResult, warning, well, wrong
from chassis.runtime.settings import PREFIX


async def check_cage(installation: Installation) -> CheckResult:
    """Check what the kernel offers to confine the process that reads uploads."""
    missing, setting = missing_protections(), f"{PREFIX}ANALYZER_REQUIRE_CAGE"
    if not missing:
        return well("the kernel has Landlock and seccomp")
    advice = "use Linux 5.13 or newer with Landlock, and a runtime that allows its calls: docs/operations.md"
    seen = f"this kernel has no {' and no '.join(missing)}"
    if installation.settings.analyzer_require_cage:
        return wrong(f"{seen}, and {setting} is true: the analyzer does not start", advice)
    return warning(f"{seen}: uploads are read without it", advice)


async def check_analyzer(installation: Installation) -> CheckResult:
    """Check the manifest of the model, and that the analyses at once fit into the memory."""
    settings = installation.settings
    try:
        AnalysisConfiguration(model_manifest=settings.analyzer_model).digest()
    except OSError as problem:
        seen = f"{PREFIX}ANALYZER_MODEL: {settings.analyzer_model}: {problem.strerror}"
        return wrong(seen, "name the manifest of a model, or remove the setting")
    parallel = capacity(settings.analyzer_parallel, settings.analyzer_memory_bytes)
    if parallel < (settings.analyzer_parallel or 1):
        seen = f"{parallel} analyses fit into the memory, {settings.analyzer_parallel} are wanted"
        return warning(seen, f"lower {PREFIX}ANALYZER_PARALLEL or {PREFIX}ANALYZER_MEMORY_BYTES")
    return well(f"{parallel} analyses at once")
