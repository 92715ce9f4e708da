"""In the place of kubelets: every new pod becomes ready."""

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Self

import httpx

from tests.kubernetes.control_plane import TOKEN, ControlPlane

_PAUSE_SECONDS = 0.2
_PATCH = {"Content-Type": "application/strategic-merge-patch+json"}


class ReadyPods(threading.Thread):
    """Marks pods of all namespaces as ready, once: a pod that somebody marks as not ready stays so."""

    def __init__(self, control_plane: ControlPlane) -> None:
        super().__init__(daemon=True)
        self._api = httpx.Client(
            base_url=control_plane.url, headers={"Authorization": f"Bearer {TOKEN}"}, verify=False, timeout=10
        )
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self.join()
        self._api.close()

    def run(self) -> None:
        """Look for new pods until the end."""
        while not self._stopped.wait(_PAUSE_SECONDS):
            for pod in self._new_pods():
                self._mark_ready(pod["metadata"])

    def _new_pods(self) -> Iterable[Any]:
        pods = self._api.get("/api/v1/pods").raise_for_status().json()["items"]
        return [pod for pod in pods if not any(each["type"] == "Ready" for each in pod["status"].get("conditions", ()))]

    def _mark_ready(self, pod: Any) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": now}]}
        # It may have been deleted meanwhile.
        self._api.patch(
            f"/api/v1/namespaces/{pod['namespace']}/pods/{pod['name']}/status", json={"status": status}, headers=_PATCH
        )
