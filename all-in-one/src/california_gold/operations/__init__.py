"""What the commands for operators do."""
