"""Checks of an installation, which change nothing: one function for each check."""
