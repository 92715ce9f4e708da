"""Ports: one protocol per external system (hexagonal architecture). Adapters implement them."""
