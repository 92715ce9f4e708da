"""Measures the default detector on images with known truth."""
