"""The whole product in one process, and its command line."""
