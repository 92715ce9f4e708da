"""Synthetic medical images with known truth, and hostile files, for tests of the analyzer."""
