"""`python -m california_gold.cli`."""

from california_gold.cli import main

main()
