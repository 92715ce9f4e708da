"""The doctor knows every collection that declares an index."""

import json
import subprocess
import sys

from california_gold.doctor.stores import INDEXED

LIST = """
import gc, json
import california_gold.application  # which imports every service, and each its collections
from chassis.ports.document_store import Collection
print(json.dumps([found.name for found in gc.get_objects() if type(found) is Collection and found.indexes]))
"""


def test_every_collection_with_an_index_is_checked() -> None:
    # In a process of its own: other tests declare collections, too.
    done = subprocess.run([sys.executable, "-c", LIST], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) == {collection.name for collection in INDEXED}
