"""A node of a cluster: containerd, kubelet, kube-proxy and CoreDNS, in a network namespace of this machine."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.kubernetes.control_plane import ControlPlane
from tests.kubernetes.node_configuration import containerd_toml, corefile, kubelet_yaml, network_json, proxy_yaml
from tests.kubernetes.node_leftovers import kill_containers, remove_leftovers
from tests.kubernetes.node_network import NODE, NodeNetwork
from tests.servers import cache
from tests.servers.server_process import ServerProcess

NAME = "node"
RUN = Path("/run/california-gold-node")
"""Sockets and mounts: the paths of sockets must be short."""
_SOCKET = RUN / "containerd.sock"


class _NodeProcess(ServerProcess):
    """A process of the node, configured by files that are written before it starts."""

    def __init__(self, folder: Path, name: str, files: dict[str, str], *command: str) -> None:
        super().__init__(folder / name, 0)
        self.name, self._files, self._command = name, files, command

    def configure(self) -> None:
        for name, text in self._files.items():
            (self.folder / name).write_text(text, encoding="utf-8")

    def command(self) -> Sequence[str]:
        return NodeNetwork.inside(*self._command)

    def is_ready(self) -> bool:
        return True  # each waits for the others by itself


class _Containerd(_NodeProcess):
    def is_ready(self) -> bool:
        """Return whether it starts containers: its socket answers earlier, and a kubelet that asks then ends."""
        return "Start streaming server" in self.log_file.read_text(encoding="utf-8")


def ctr(*arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run containerd's client in the namespace of Kubernetes. Raises `CalledProcessError`, if `check`."""
    command = ["ctr", "--address", str(_SOCKET), "--namespace", "k8s.io", *arguments]
    return subprocess.run(command, check=check, capture_output=True, text=True, stdin=subprocess.DEVNULL)


class Node:
    """The only node of a control plane, in the network of `NodeNetwork`. Only its images stay between tests."""

    def __init__(self, folder: Path, control_plane: ControlPlane) -> None:
        self._control_plane = control_plane
        programs, kubeconfig = cache.kubernetes(), str(control_plane.kubeconfig)
        kubelet = [str(programs / "kubelet"), "--config", "kubelet.yaml", "--kubeconfig", kubeconfig]
        named = ["--hostname-override", NAME, "--node-ip", NODE, "--root-dir", str(RUN / "kubelet")]
        self.containerd = _Containerd(
            folder,
            "containerd",
            {"config.toml": containerd_toml(_SOCKET, folder / "containerd"), "10-bridge.conflist": network_json()},
            *("containerd", "--config", "config.toml"),
        )
        self._processes = [
            _NodeProcess(
                folder, "kubelet", {"kubelet.yaml": kubelet_yaml(_SOCKET, folder / "kubelet")}, *kubelet, *named
            ),
            _NodeProcess(
                folder,
                "kube-proxy",
                {"proxy.yaml": proxy_yaml(kubeconfig)},
                *(str(programs / "kube-proxy"), "--config", "proxy.yaml", "--hostname-override", NAME),
            ),
            _NodeProcess(
                folder,
                "coredns",
                {"Corefile": corefile(kubeconfig)},
                *(str(programs / "coredns"), "-conf", "Corefile"),
            ),
        ]

    def __enter__(self) -> Self:
        """Start the processes, and wait until the scheduler may give the node pods."""
        remove_leftovers(RUN)
        RUN.mkdir(parents=True, exist_ok=True)
        try:
            self.containerd.start()
            for process in self._processes:
                process.start()
            for condition in ("create", "condition=Ready"):
                self._control_plane.kubectl("wait", f"node/{NAME}", "--for", condition, "--timeout", "60s")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.kill()
        kill_containers(RUN)
        for container in ctr("containers", "list", "--quiet", check=False).stdout.split():
            ctr("containers", "delete", container, check=False)  # those of a run that was killed may be broken
        self.containerd.kill()
        remove_leftovers(RUN)
        shutil.rmtree(RUN)
