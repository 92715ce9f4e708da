"""`python -m tests.servers`: installs the servers that tests start."""

import sys

from tests.servers.fetch import fetch_all

sys.exit(fetch_all())
