"""Audit of packages: looks for known vulnerabilities of what the lock file pins; `make audit`.

Exit code 1: a vulnerability is known; 2: advisories of a package could not be read, so nothing is known of it.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tools.requirements import LOCK

_OPTIONS = ("--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off")


def main() -> int:
    """Read the advisories and print what they say; return the exit code."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "audit.json"
        program = str(Path(sys.executable).with_name("pip-audit"))
        command = [program, *_OPTIONS, "--requirement", str(LOCK), "--output", str(file)]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        if not file.exists():
            sys.stderr.write(f"{done.stderr}\naudit: the advisories can't be read from here: nothing is known\n")
            return 2
        lines, code = said(json.loads(file.read_text(encoding="utf-8"))["dependencies"])
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return code


def said(audited: Sequence[dict[str, Any]]) -> tuple[Sequence[str], int]:
    """Return what to print about the packages, and the exit code."""
    unknown = sorted(package["name"] for package in audited if "skip_reason" in package)
    found = [
        f"{package['name']} {package['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'none'}"
        for package in audited
        for fault in package.get("vulns", [])
    ]
    known = len(audited) - len(unknown)
    lines = [*found, f"audit: {len(found)} vulnerabilities are known in {known} packages"]
    if unknown:
        lines.append(f"audit: the advisories of {len(unknown)} packages can't be read from here: {', '.join(unknown)}")
    return lines, 1 if found else 2 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
