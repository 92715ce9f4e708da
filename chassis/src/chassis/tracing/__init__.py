"""What is traced, whatever the tracer: work, batches of events, appends and publications."""
