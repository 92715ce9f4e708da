"""Where ports meet adapters and services become processes."""
