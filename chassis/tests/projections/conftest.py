"""Infrastructure for rebuilds."""

from dataclasses import replace

import pytest

from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import LiveDocuments, generations_of
from testkit.rebuilds import FRESH


@pytest.fixture
def site(infrastructure: Infrastructure) -> Infrastructure:
    """Infrastructure whose processes learn of a change within FRESH seconds."""
    raw = generations_of(infrastructure.documents).documents
    return replace(infrastructure, documents=LiveDocuments(raw, FRESH))
