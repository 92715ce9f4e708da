"""The security log: who logged in, was refused, or downloaded what; sealed, and readable for a limited time."""
