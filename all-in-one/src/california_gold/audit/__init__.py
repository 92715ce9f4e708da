"""What the commands of the audit do."""
