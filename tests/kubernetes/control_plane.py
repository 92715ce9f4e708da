"""A Kubernetes control plane: etcd, the API server, the controllers and, where there is a node, the scheduler."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import httpx

from tests.kubernetes.node_network import SERVICES
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
_CONTROLLERS_OF_NODES = ("node-lifecycle", "endpointslice", "persistentvolume-binder", "pod-garbage-collector")
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

    def __init__(self, folder: Path, etcd: _Etcd, address: str) -> None:
        super().__init__(folder, free_port())
        self._etcd, self._address = etcd, address

    @property
    def endpoint(self) -> str:
        return f"{self._address}:{self.port}"

    def prepare(self) -> None:
        subprocess.run(["openssl", "genrsa", "-out", self.folder / "key.pem", "2048"], check=True, capture_output=True)
        (self.folder / "tokens.csv").write_text(f'{TOKEN},test,1,"system:masters"\n', encoding="utf-8")

    def command(self) -> Sequence[str]:
        return [
            *(str(cache.kubernetes() / "kube-apiserver"), "--etcd-servers", f"http://{self._etcd.endpoint}"),
            *("--secure-port", str(self.port), "--bind-address", self._address, "--advertise-address", self._address),
            *("--cert-dir", "certificates", "--token-auth-file", "tokens.csv", "--authorization-mode", "RBAC"),
            *("--service-account-key-file", "key.pem", "--service-account-signing-key-file", "key.pem"),
            *("--service-account-issuer", "https://test", "--service-cluster-ip-range", SERVICES),
            *("--endpoint-reconciler-type", "none", "--kubelet-preferred-address-types", "InternalIP"),
        ]

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"https://{self.endpoint}/readyz", verify=False).is_success
        except httpx.TransportError:
            return False


class _Controllers(ServerProcess):
    name = "kube-controller-manager"

    def __init__(self, folder: Path, kubeconfig: Path, key: Path, names: Sequence[str]) -> None:
        super().__init__(folder, free_port())
        self._kubeconfig, self._key, self._names = kubeconfig, key, names

    def command(self) -> Sequence[str]:
        return [
            *(str(cache.kubernetes() / "kube-controller-manager"), "--kubeconfig", str(self._kubeconfig)),
            *("--secure-port", str(self.port), "--bind-address", "127.0.0.1", "--cert-dir", "certificates"),
            *("--service-account-private-key-file", str(self._key), "--leader-elect=false"),
            "--controllers=" + ",".join(f"{name}-controller" for name in self._names),
        ]


class _Scheduler(ServerProcess):
    name = "kube-scheduler"

    def __init__(self, folder: Path, kubeconfig: Path) -> None:
        super().__init__(folder, free_port())
        self._kubeconfig = kubeconfig

    def command(self) -> Sequence[str]:
        return [
            *(str(cache.kubernetes() / "kube-scheduler"), "--kubeconfig", str(self._kubeconfig)),
            *("--secure-port", str(self.port), "--bind-address", "127.0.0.1", "--cert-dir", "certificates"),
            "--leader-elect=false",
        ]


class ControlPlane:
    """The processes, and the file by which clients find them.

    `address`: where the API server is reached; `has_node`: whether there is a scheduler, and controllers of nodes.
    """

    def __init__(self, folder: Path, address: str = "127.0.0.1", *, has_node: bool = False) -> None:
        self.kubeconfig = folder / "kubeconfig"
        key = folder / "api" / "key.pem"
        self._etcd = _Etcd(folder / "etcd", free_port())
        self._api = _ApiServer(folder / "api", self._etcd, address)
        controllers = (*_CONTROLLERS, *(_CONTROLLERS_OF_NODES if has_node else ()))
        self._others: list[ServerProcess] = [_Controllers(folder / "controllers", self.kubeconfig, key, controllers)]
        if has_node:
            self._others.append(_Scheduler(folder / "scheduler", self.kubeconfig))
        self.url = f"https://{self._api.endpoint}"

    def __enter__(self) -> Self:
        """Start all processes, and define the custom resources."""
        self.kubeconfig.write_text(_KUBECONFIG.format(url=self.url, token=TOKEN), encoding="utf-8")
        try:
            for process in (self._etcd, self._api, *self._others):
                process.start()
            self.kubectl("apply", "--server-side", "--filename", str(cache.kubernetes() / "crds"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self._others, self._api, self._etcd):
            process.kill()

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl and return its output. Raises `subprocess.CalledProcessError`."""
        command = [cache.kubernetes() / "kubectl", "--kubeconfig", self.kubeconfig, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
