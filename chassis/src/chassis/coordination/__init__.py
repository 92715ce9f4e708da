"""What keeps processes out of each other's way: leases and checkpoints."""
