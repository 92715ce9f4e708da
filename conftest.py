"""What every test of the workspace needs before it is collected."""

import pytest

pytest.register_assert_rewrite("testkit")
pytest_plugins = ["tests.servers.fixtures"]
