"""The conformance suites fail for an adapter that does nothing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough
NOOP_SUITES = Path(__file__).with_name("noop_suites.py")
TESTS_THAT_A_NOOP_PASSES = {
    "TestNoopEventStore": {
        "test_a_missing_stream_has_no_events",
        "test_a_category_without_events_is_empty",
    },
    "TestNoopMessageBus": set[str](),
    "TestNoopDocumentStore": {
        "test_a_missing_document_is_none",
        "test_an_empty_batch_is_no_error",
    },
    "TestNoopObjectStore": set[str](),
    "TestNoopKeyStore": {"test_a_key_has_32_bytes", "test_a_subject_keeps_its_key"},
}


@pytest.fixture(scope="module")
def report() -> str:
    options = ["-q", "-rpf", "--tb=no", "--reruns=0", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", str(NOOP_SUITES), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("suite", sorted(TESTS_THAT_A_NOOP_PASSES))
def test_a_noop_adapter_fails_nearly_every_test(report: str, suite: str) -> None:
    passed = set(re.findall(rf"^PASSED \S+::{suite}::(\S+)$", report, re.MULTILINE))
    failed = set(re.findall(rf"^FAILED \S+::{suite}::(\w+)", report, re.MULTILINE))
    assert passed == TESTS_THAT_A_NOOP_PASSES[suite]
    assert len(failed) > 5


def test_no_suite_fails_in_its_fixtures(report: str) -> None:
    assert re.search(r"^\d+ failed, \d+ passed in ", report, re.MULTILINE), report[-500:]
