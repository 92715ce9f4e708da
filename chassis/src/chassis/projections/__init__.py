"""The read side: events become documents, and read models are rebuilt."""
