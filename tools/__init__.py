"""Development tools: generated files, releases of the contracts, evaluation of the detector, pinned versions."""
