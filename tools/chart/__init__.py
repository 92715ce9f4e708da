"""Generator of the Helm chart from the Kubernetes manifests."""
