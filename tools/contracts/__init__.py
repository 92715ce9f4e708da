"""What is generated from the contracts (AsyncAPI), and the comparison of releases."""
