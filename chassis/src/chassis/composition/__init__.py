"""Composition roots: adapters for each deployment mode (embedded, distributed), and the processes of services."""
