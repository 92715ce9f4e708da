"""Coordination of processes: leases and checkpoints."""
