"""Audit: event histories with causes, states at a point in time, and proofs that the log is unchanged."""
