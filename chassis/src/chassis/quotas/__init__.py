"""Quotas: how much a user may store and have waiting, and how much that is now."""
