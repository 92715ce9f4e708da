"""Traces and metrics over OTLP, with the SDK of OpenTelemetry."""
