"""The configuration of a node's processes."""

import json
from pathlib import Path

from tests.kubernetes.node_network import DNS, NODE, PODS
from tests.servers import cache

PAUSE_IMAGE = "localhost/california-gold-tests/pause:local"


def containerd_toml(socket: Path, folder: Path) -> str:
    """Return the configuration of containerd, whose images stay in the cache of the servers."""
    return f"""version = 2
root = "{cache.containerd()}"
state = "{socket.parent}/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{folder}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
"""


def network_json() -> str:
    """Return the network of pods: a bridge, which is also their way to the node."""
    addresses = {"type": "host-local", "ranges": [[{"subnet": PODS}]], "routes": [{"dst": "0.0.0.0/0"}]}
    addresses["dataDir"] = "/run/california-gold-node/addresses"
    bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "hairpinMode": True, "ipam": addresses}
    return json.dumps({"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge]})


def kubelet_yaml(socket: Path, folder: Path) -> str:
    """Return the configuration of the kubelet; whoever reaches the node may ask it for everything."""
    return f"""apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: {NODE}
authentication: {{anonymous: {{enabled: true}}, webhook: {{enabled: false}}, x509: {{}}}}
authorization: {{mode: AlwaysAllow}}
cgroupDriver: cgroupfs
containerRuntimeEndpoint: unix://{socket}
clusterDNS: [{DNS}]
clusterDomain: cluster.local
resolvConf: ""
failSwapOn: false
serializeImagePulls: false
imageGCHighThresholdPercent: 100
evictionHard: {{memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}}
podLogsDir: {folder}/pods
"""


def proxy_yaml(kubeconfig: str) -> str:
    """Return the configuration of kube-proxy; the kernel's limits of connections stay as they are."""
    return f"""apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clientConnection: {{kubeconfig: {kubeconfig}}}
clusterCIDR: {PODS}
conntrack: {{maxPerCore: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}}
"""


def corefile(kubeconfig: str) -> str:
    """Return the configuration of CoreDNS: it answers for the cluster and knows nothing else."""
    return f""".:53 {{
    bind {NODE}
    errors
    kubernetes cluster.local {{
        kubeconfig {kubeconfig}
    }}
}}
"""
