"""Infrastructure for rebuilds."""

from dataclasses import replace

import pytest

from chassis.ports.infrastructure import Infrastructure
from chassis.projections.live_documents import LiveDocuments, versions_of
from testkit.rebuilds import MAX_AGE_SECONDS


@pytest.fixture
def site(infrastructure: Infrastructure) -> Infrastructure:
    """Infrastructure whose processes read a change within MAX_AGE_SECONDS seconds."""
    raw = versions_of(infrastructure.documents).documents
    return replace(infrastructure, documents=LiveDocuments(raw, MAX_AGE_SECONDS))
