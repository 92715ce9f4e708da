"""The runtime of a process: settings, logs, metrics, supervised workers."""
