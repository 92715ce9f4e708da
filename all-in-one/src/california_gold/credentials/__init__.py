"""Credentials of the services: the rights of each in each store, and how the stores grant them (ADR 38)."""
