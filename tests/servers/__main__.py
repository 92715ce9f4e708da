"""`python -m tests.servers`: brings the servers."""

import sys

from tests.servers.fetch import fetch_all

sys.exit(fetch_all())
