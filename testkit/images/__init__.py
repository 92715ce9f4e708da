"""Synthetic medical images with known ground truth, and hostile files, for tests of the analyzer."""
