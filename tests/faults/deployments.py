"""One deployment at a time on the same servers: starting one takes half a minute of processor."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.deployment import Deployment
from tests.servers.infrastructure_servers import InfrastructureServers


@dataclass
class Deployments:
    """Starts the product with the settings that a test asks for, and keeps it for the tests that ask for the same."""

    servers: InfrastructureServers
    new_folder: Callable[[], Path]
    _current: Deployment | None = field(init=False, default=None)

    def running(self, settings: Mapping[str, str], replaceable: bool = False) -> Deployment:
        """Return a deployment whose processes are ready; one with other settings is stopped first."""
        current = self._current
        if current is None or (current.settings, current.replaceable) != (settings, replaceable):
            self.stop()
            current = self._current = Deployment(self.new_folder(), self.servers, settings, replaceable=replaceable)
            current.start()
        for process in current.all_processes:
            if not process.is_ready():  # a test that failed left it behind
                process.kill()
                process.start()
        return current

    def stop(self) -> None:
        """Stop the processes of the current deployment."""
        current, self._current = self._current, None
        if current is not None:
            current.stop(signal.SIGTERM)
