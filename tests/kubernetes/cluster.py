"""A cluster with the commands that an operator has."""

import json
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.kubernetes.control_plane import ControlPlane
from tests.servers import cache

ROOT = Path(__file__).parents[2]
_SECONDS = 400
NAMESPACE = ("--namespace", "california-gold")


@dataclass(frozen=True)
class Cluster:
    """Commands against a control plane; all run in the root of the repository."""

    control_plane: ControlPlane

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl and return its output. Raises `subprocess.CalledProcessError`."""
        return self.run("kubectl", *arguments).stdout

    def run(self, *command: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a command line with kubectl and Helm. Raises `subprocess.CalledProcessError`, if `check`."""
        environment = self._environment()
        try:
            return subprocess.run(
                command, cwd=ROOT, env=environment, check=check, capture_output=True, text=True, timeout=_SECONDS
            )
        except subprocess.CalledProcessError as problem:
            problem.add_note(problem.stderr)
            raise

    def objects(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the objects of some kinds in our namespace."""
        return json.loads(self.kubectl(*NAMESPACE, "get", ",".join(kinds), "--output", "json"))["items"]

    @contextmanager
    def watched_pods(self, file: Path) -> Generator[None]:
        """Write the pods that are added and deleted meanwhile to a file, in order, as `ADDED name image`."""
        columns = "custom-columns=:.type,:.object.metadata.name,:.object.spec.containers[0].image"
        watch = (
            "kubectl",
            *NAMESPACE,
            "get",
            "pods",
            "--watch-only",
            "--output-watch-events",
            "--no-headers",
            "--output",
            columns,
        )
        with file.open("w") as output:
            process = subprocess.Popen(watch, env=self._environment(), stdout=output)
            try:
                yield
            finally:
                process.terminate()
                process.wait()

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join(map(str, (cache.kubernetes(), cache.helm_program().parent, os.environ["PATH"])))
        return {**os.environ, "PATH": path, "KUBECONFIG": str(self.control_plane.kubeconfig)}
