"""What every test of the workspace needs before it is collected."""

import pytest

pytest.register_assert_rewrite("chassis.testing")
pytest_plugins = ["tests.servers.fixtures"]
