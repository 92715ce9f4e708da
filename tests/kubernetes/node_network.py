"""The network of a node: a namespace with addresses and rules of its own, beside those of this machine."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

MACHINE, NODE = "10.213.255.1", "10.213.255.2"
"""The two ends of the cable between this machine, where the control plane runs, and the node."""
PODS, SERVICES, DNS = "10.213.0.0/24", "10.213.1.0/24", "10.213.1.10"
_NAME, _CABLE = "california-gold", "california-gold"
_NAMESPACES = Path("/run/netns")
_OF_A_POD = "cni-*"
_FORWARDING = ("net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables")


class NodeNetwork:
    """A network namespace, reached from this machine at `NODE`; pods and Services are reached through it.

    The namespaces that containerd makes for pods meanwhile are removed with it.
    """

    def __init__(self) -> None:
        self._of_others: set[Path] = set()

    def __enter__(self) -> Self:
        """Make it, in the place of one that a killed test left."""
        self._remove()
        self._of_others = set(_NAMESPACES.glob(_OF_A_POD))
        _run("ip", "netns", "add", _NAME)
        _run("ip", "link", "add", _CABLE, "type", "veth", "peer", "name", "eth0", "netns", _NAME)
        _run("ip", "address", "add", f"{MACHINE}/30", "dev", _CABLE)
        _run("ip", "link", "set", _CABLE, "up")
        for network in (PODS, SERVICES):
            _run("ip", "route", "add", network, "via", NODE)
        self._run_inside("ip", "address", "add", f"{NODE}/30", "dev", "eth0")
        for device in ("lo", "eth0"):
            self._run_inside("ip", "link", "set", device, "up")
        self._run_inside("ip", "route", "add", "default", "via", MACHINE)
        for setting in _FORWARDING:
            self._run_inside("sysctl", "-q", "-w", f"{setting}=1")
        return self

    def __exit__(self, *_: object) -> None:
        for pod in set(_NAMESPACES.glob(_OF_A_POD)) - self._of_others:
            _run("ip", "netns", "delete", pod.name)
        self._remove()

    @staticmethod
    def inside(*command: str) -> Sequence[str]:
        """Return the command line that runs a command in the namespace, with this machine's files and cgroups."""
        return ["nsenter", f"--net={_NAMESPACES / _NAME}", *command]

    def _run_inside(self, *command: str) -> None:
        _run(*self.inside(*command))

    def _remove(self) -> None:
        if Path("/sys/class/net", _CABLE).exists():
            _run("ip", "link", "delete", _CABLE)
        if (_NAMESPACES / _NAME).exists():
            _run("ip", "netns", "delete", _NAME)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
