"""A Kubernetes control plane: etcd, the API server and the controllers, without scheduler and nodes."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import httpx

from tests.servers import cache
from tests.servers.ports import free_port
from tests.servers.server_process import ServerProcess

TOKEN = "of-an-administrator"
_CONTROLLERS = (
    *(
        "deployment",
        "replicaset",
        "statefulset",
        "job",
        "disruption",
        "garbage-collector",
        "namespace",
        "serviceaccount",
    ),
    "persistentvolumeclaim-protection",
)
_KUBECONFIG = """apiVersion: v1
kind: Config
current-context: test
contexts: [{{name: test, context: {{cluster: test, user: test}}}}]
clusters: [{{name: test, cluster: {{server: "{url}", insecure-skip-tls-verify: true}}}}]
users: [{{name: test, user: {{token: {token}}}}}]
"""


class _Etcd(ServerProcess):
    name = "etcd"

    def command(self) -> Sequence[str]:
        clients, peers = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{free_port()}"
        return [
            *(str(cache.kubernetes() / "etcd"), "--data-dir", "data", "--unsafe-no-fsync"),
            *("--listen-client-urls", clients, "--advertise-client-urls", clients),
            *("--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers),
            *("--initial-cluster", f"default={peers}"),
        ]


class _ApiServer(ServerProcess):
    name = "kube-apiserver"

    def __init__(self, folder: Path, etcd: _Etcd) -> None:
        super().__init__(folder, free_port())
        self._etcd = etcd

    def prepare(self) -> None:
        subprocess.run(["openssl", "genrsa", "-out", self.folder / "key.pem", "2048"], check=True, capture_output=True)
        (self.folder / "tokens.csv").write_text(f'{TOKEN},test,1,"system:masters"\n', encoding="utf-8")

    def command(self) -> Sequence[str]:
        return [
            *(str(cache.kubernetes() / "kube-apiserver"), "--etcd-servers", f"http://{self._etcd.endpoint}"),
            *("--secure-port", str(self.port), "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1"),
            *("--cert-dir", "certificates", "--token-auth-file", "tokens.csv", "--authorization-mode", "RBAC"),
            *("--service-account-key-file", "key.pem", "--service-account-signing-key-file", "key.pem"),
            *("--service-account-issuer", "https://test", "--service-cluster-ip-range", "10.0.0.0/24"),
            *("--endpoint-reconciler-type", "none"),
        ]

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"https://{self.endpoint}/readyz", verify=False).is_success
        except httpx.TransportError:
            return False


class _Controllers(ServerProcess):
    name = "kube-controller-manager"

    def __init__(self, folder: Path, kubeconfig: Path, key: Path) -> None:
        super().__init__(folder, free_port())
        self._kubeconfig, self._key = kubeconfig, key

    def command(self) -> Sequence[str]:
        return [
            *(str(cache.kubernetes() / "kube-controller-manager"), "--kubeconfig", str(self._kubeconfig)),
            *("--secure-port", str(self.port), "--bind-address", "127.0.0.1", "--cert-dir", "certificates"),
            *("--service-account-private-key-file", str(self._key), "--leader-elect=false"),
            "--controllers=" + ",".join(f"{name}-controller" for name in _CONTROLLERS),
        ]


class ControlPlane:
    """The processes, and the file by which clients find them."""

    def __init__(self, folder: Path) -> None:
        self.kubeconfig = folder / "kubeconfig"
        self._etcd = _Etcd(folder / "etcd", free_port())
        self._api = _ApiServer(folder / "api", self._etcd)
        self._controllers = _Controllers(folder / "controllers", self.kubeconfig, folder / "api" / "key.pem")
        self.url = f"https://{self._api.endpoint}"

    def __enter__(self) -> Self:
        """Start all processes, and define the custom resources."""
        self.kubeconfig.write_text(_KUBECONFIG.format(url=self.url, token=TOKEN), encoding="utf-8")
        try:
            for process in (self._etcd, self._api, self._controllers):
                process.start()
            self.kubectl("apply", "--server-side", "--filename", str(cache.kubernetes() / "crds"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self._controllers, self._api, self._etcd):
            process.kill()

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl and return its output. Raises `subprocess.CalledProcessError`."""
        command = [cache.kubernetes() / "kubectl", "--kubeconfig", self.kubeconfig, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
