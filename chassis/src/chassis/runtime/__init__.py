"""What every process needs: settings, logs, metrics, supervised workers."""
