"""Lock file: resolve the newest compatible versions and pin them in constraints.txt, without index addresses."""

import re
import subprocess
import sys
from pathlib import Path

_BUILD = ("hatchling", "editables")


def main() -> int:
    """Resolve every package of the workspace with `uv pip compile`; run in the repository root."""
    packages = sorted(
        path.parent for path in [*Path().glob("*/pyproject.toml"), *Path().glob("services/*/pyproject.toml")]
    )
    requirements = [f"-e ./{package}" for package in packages if package.name != "all-in-one"]
    requirements += ["-e ./all-in-one[dev,distributed,model]", *_BUILD]
    command = [
        str(Path(sys.executable).with_name("uv")),
        "pip",
        "compile",
        "--upgrade",
        "--python-version",
        "3.11",
        "--no-header",
        "--no-annotate",
    ]
    resolved = subprocess.run(
        [*command, "--no-emit-index-url", "-"],
        input="\n".join(requirements),
        capture_output=True,
        text=True,
        check=False,
    )
    if resolved.returncode:
        sys.stderr.write(resolved.stderr)
        return resolved.returncode
    pins = [line for line in resolved.stdout.splitlines() if re.match(r"[a-z0-9]", line)]
    Path("constraints.txt").write_text("\n".join(sorted(pins)) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
