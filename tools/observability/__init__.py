"""Generator of the Grafana dashboards, and of the Kubernetes objects that hold them and the alerts."""
