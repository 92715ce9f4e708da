"""Test kit: conformance suites, synthetic images and drivers for tests; never part of the product."""
