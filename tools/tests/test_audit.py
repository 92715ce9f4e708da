"""The audit tells what is vulnerable from what is unknown."""

from typing import Any

from tools.audit import said

SOUND: dict[str, Any] = {"name": "a", "version": "1", "vulns": []}
FAULTY: dict[str, Any] = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1", "3"]}]}
UNREAD: dict[str, Any] = {"name": "c", "skip_reason": "Dependency not found and could not be audited"}


def test_packages_without_known_vulnerabilities_pass() -> None:
    assert said([SOUND]) == (["audit: 0 vulnerabilities are known in 1 packages"], 0)


def test_a_known_vulnerability_fails_and_is_named_with_the_versions_that_mend_it() -> None:
    lines, code = said([SOUND, FAULTY])
    assert (lines[0], code) == ("b 2: CVE-1, mended in 2.1, 3", 1)


def test_a_package_whose_advisories_cannot_be_read_does_not_pass() -> None:
    lines, code = said([SOUND, UNREAD])
    assert code == 2
    assert lines[-1] == "audit: the advisories of 1 packages can't be read from here: c"
