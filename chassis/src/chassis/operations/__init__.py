"""What administrators do about a running system, over HTTP as on the command line."""
