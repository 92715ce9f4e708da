"""Who did what, when and because of what; what was known then; and the proof that nobody changed it."""
