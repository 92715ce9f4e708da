"""The read side: projections of events into documents, and rebuilds of read models."""
